import type { Config } from '../config.ts'
import { packageFolder } from '../config.ts'
import { originsOf } from '../codec/endpoint.ts'
import { startInBackground, stopRunning, tailOf } from './background-process.ts'
import { readRunning } from './background-record.ts'
import type { EmbeddedServer } from './temporal-server.ts'

const NAME = 'codec'

/**
 * Starts the codec endpoint that the embedded UI uses, in the background; not if it runs already. Does not throw: runs
 * need no UI.
 */
export async function ensureCodecEndpoint(
  { home, codecKeys }: Pick<Config, 'home' | 'codecKeys'>,
  { ui, codec }: EmbeddedServer,
  tell: (line: string) => void,
): Promise<void> {
  if (codec === undefined) return
  const running = await readRunning(home, NAME)
  if (running?.details['codec'] === codec && running.details['ui'] === ui) return
  await stopCodecEndpoint(home)
  const { port } = new URL(codec)
  const origins = originsOf(ui).flatMap((origin) => ['--origin', origin])
  try {
    await startInBackground({
      home,
      name: NAME,
      program: process.execPath,
      args: [packageFolder('bin', 'reinstate'), 'codec', 'serve', '--port', port, ...origins],
      environment: { REINSTATE_HOME: home, REINSTATE_CODEC_KEYS: codecKeys.file },
      mark: 'reinstate',
      details: { codec, ui },
      isReady: async ({ log }) => (await tailOf(log)).includes(codec),
    })
  } catch (error) {
    tell(`the Temporal UI cannot decrypt runs: ${(error as Error).message}`)
  }
}

/** Stops it. Returns whether it ran. */
export async function stopCodecEndpoint(home: string): Promise<boolean> {
  return await stopRunning(home, NAME, 5)
}
