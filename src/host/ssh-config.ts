import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import { promisify } from 'node:util'

/** The settings of one host in an ssh_config file. */
export interface SshConfig {
  readonly address: string
  readonly port: number
  readonly user: string
  readonly keyFiles: readonly string[]
  readonly agent?: string
  readonly jump?: string
}

/**
 * Reads a host's settings with `ssh -G`: another reader would differ in Match, Include and order.
 * Undefined if the file or the `ssh` program does not exist.
 */
export async function readSshConfig(file: string, host: string): Promise<SshConfig | undefined> {
  if (
    !(await access(file).then(
      () => true,
      () => false,
    ))
  )
    return undefined
  const printed = await promisify(execFile)('ssh', ['-F', file, '-G', '--', host], { timeout: 4000 }).catch(
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    },
  )
  return printed === undefined ? undefined : parseSshConfig(printed.stdout)
}

/** Parses the lines `keyword value` that `ssh -G` prints. */
export function parseSshConfig(printed: string): SshConfig {
  const lines = printed
    .split('\n')
    .map((line) => [line.split(' ', 1)[0], line.slice(line.indexOf(' ') + 1)] as const)
  const all = (keyword: string): readonly string[] =>
    lines.filter(([word, value]) => word === keyword && value !== 'none').map(([, value]) => value)
  const [agent] = all('identityagent').filter((value) => value !== 'SSH_AUTH_SOCK')
  const [jump] = all('proxyjump')
  return {
    address: all('hostname')[0] ?? '',
    port: Number(all('port')[0] ?? 22),
    user: all('user')[0] ?? '',
    keyFiles: all('identityfile').map(atHome),
    ...(agent === undefined ? {} : { agent: atHome(agent) }),
    ...(jump === undefined ? {} : { jump }),
  }
}

/** Expands `~/` to the home directory. */
export function atHome(path: string): string {
  return path.replace(/^~(?=\/)/, homedir())
}
