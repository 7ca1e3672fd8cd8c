import { execa } from 'execa'

/** The unprocessed output of a program. */
export interface Answer {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

interface Options {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly timeoutSeconds?: number
}

/** The test bed failed to do what a test or the demo requested. */
export class TestbedFailed extends Error {
  override readonly name = 'TestbedFailed'
}

/** Runs the docker program against this machine's engine. Returns any exit code; 124 after the timeout. */
export async function askDocker(
  words: readonly string[],
  { env = {}, stdin, timeoutSeconds = 300 }: Options = {},
): Promise<Answer> {
  const { exitCode, stdout, stderr, timedOut, message } = await execa('docker', words, {
    env,
    ...(stdin === undefined ? { stdin: 'ignore' } : { input: stdin }),
    reject: false,
    stripFinalNewline: false,
    timeout: timeoutSeconds * 1000,
    maxBuffer: 256 * 1024 * 1024,
  })
  if (timedOut) return { exitCode: 124, stdout, stderr: `${stderr}\nno answer in ${timeoutSeconds} s` }
  return { exitCode: exitCode ?? 127, stdout, stderr: exitCode === undefined ? (message ?? '') : stderr }
}

/** Like askDocker, but returns the output without trailing line feeds. @throws TestbedFailed for an exit code other than 0 */
export async function docker(words: readonly string[], options: Options = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await askDocker(words, options)
  if (exitCode === 0) return stdout.trimEnd()
  throw new TestbedFailed(`docker ${words.slice(0, 3).join(' ')} … exited ${exitCode}: ${stderr || stdout}`)
}
