import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Config } from '../config.ts'
import { packageFolder } from '../config.ts'
import { BinaryMissing } from './not-up.ts'

/**
 * Returns the path of the `temporal` program (server, UI and CLI): TEMPORAL_CLI_PATH, then PATH, then the copy fetched
 * earlier, then a new copy, which takes about ten seconds once. @throws BinaryMissing
 */
export async function findTemporalBinary(
  { home, temporalBinary }: Pick<Config, 'home' | 'temporalBinary'>,
  tell: (line: string) => void,
): Promise<string> {
  if (temporalBinary !== undefined) {
    if (await isProgram(temporalBinary)) return temporalBinary
    throw new BinaryMissing(`TEMPORAL_CLI_PATH is ${temporalBinary}, which is not an executable file`)
  }
  const onPath = await execa('sh', ['-c', 'command -v temporal'], { reject: false })
  if (onPath.exitCode === 0 && onPath.stdout !== '') return onPath.stdout.trim()

  const fetched = join(home, 'bin', 'temporal')
  if (await isProgram(fetched)) return fetched
  tell('fetching the Temporal server, once')
  return await fetchTemporal(home)
}

async function fetchTemporal(home: string): Promise<string> {
  const script = packageFolder('scripts', 'fetch-temporal')
  const { exitCode, stdout, stderr } = await execa('sh', [script], {
    env: { REINSTATE_HOME: home },
    reject: false,
  })
  const path = stdout.trim().split('\n').at(-1) ?? ''
  if (exitCode === 0 && (await isProgram(path))) return path
  throw new BinaryMissing(
    `${script} failed: ${stderr.trim().split('\n').at(-1) || stdout.trim() || 'nothing'}`,
  )
}

async function isProgram(path: string): Promise<boolean> {
  if (path === '') return false
  try {
    await access(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
