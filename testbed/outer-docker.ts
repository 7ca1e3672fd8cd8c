import { execa } from 'execa'

/** What a program said, as it said it. */
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

/** The test bed could not do what a test or the demo asked of it. */
export class TestbedFailed extends Error {
  override readonly name = 'TestbedFailed'
}

/** Runs the docker program against the engine of this machine, whatever it exits with; after the timeout with 124. */
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

/** As askDocker, for what has to work: answers what it printed, without its last line feeds. @throws TestbedFailed */
export async function docker(words: readonly string[], options: Options = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await askDocker(words, options)
  if (exitCode === 0) return stdout.trimEnd()
  throw new TestbedFailed(`docker ${words.slice(0, 3).join(' ')} … exited ${exitCode}: ${stderr || stdout}`)
}
