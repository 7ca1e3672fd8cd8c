import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Config, Ports } from '../config.ts'
import { startInBackground, stopRunning } from './background-process.ts'
import { hasDied, readRunning } from './background-record.ts'
import { keepClosedRuns, namespaceAnswers } from './namespace.ts'
import { searchAttributes } from './search-attributes.ts'
import { findTemporalBinary } from './temporal-binary.ts'

/** An embedded server that runs in the background. */
export interface EmbeddedServer {
  readonly address: string
  readonly ui: string
}

const NAME = 'temporal'
const RETENTION_DAYS = 30

/** The embedded server of this home, if it is up. */
export async function runningServer(home: string): Promise<EmbeddedServer | undefined> {
  const record = await readRunning(home, NAME)
  const { address, ui } = record?.details ?? {}
  return address === undefined || ui === undefined ? undefined : { address, ui }
}

/** Whether the server of this home was killed rather than stopped. */
export async function serverDied(home: string): Promise<boolean> {
  return await hasDied(home, NAME)
}

/**
 * Starts the real Temporal dev server in the background, with its database, log and record in `home`; it listens on
 * the loopback interface only and is ready when this returns. @throws BinaryMissing · NotReady
 */
export async function startServer(
  { home, ports, temporalBinary }: Pick<Config, 'home' | 'ports' | 'temporalBinary'>,
  tell: (line: string) => void,
): Promise<EmbeddedServer> {
  const program = await findTemporalBinary({ home, temporalBinary }, tell)
  const server = { address: `127.0.0.1:${ports.temporal}`, ui: `http://127.0.0.1:${ports.ui}` }
  await startInBackground({
    home,
    name: NAME,
    program,
    words: serverWords(home, ports),
    mark: 'start-dev',
    details: { ...server },
    isReady: () => namespaceAnswers(server.address),
  })
  await keepClosedRuns(server.address, RETENTION_DAYS)
  return server
}

/** Stops it; what was running goes on when it is started again. Answers whether there was one. */
export async function stopServer(home: string): Promise<boolean> {
  return await stopRunning(home, NAME, 15)
}

/** Two ports that nobody listens on, for tests. */
export async function freePorts(): Promise<Ports> {
  const [temporal, ui] = await Promise.all([freePort(), freePort()])
  return { temporal, ui }
}

/** The dev server's command line, tuned: the transfer setting alone halves the time of an activity. */
export function serverWords(home: string, { temporal, ui }: Ports): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', `${temporal}`],
    ...['--ui-ip', '127.0.0.1', '--ui-port', `${ui}`, '--ui-disable-news-fetch'],
    ...['--db-filename', join(home, 'temporal.db'), '--log-level', 'warn'],
    ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=10000'],
    // WAL with NORMAL may lose the last moments of a power cut, never the file; the hosts' receipts make up for it.
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ...Object.entries(searchAttributes).flatMap(([attribute, { name }]) => [
      '--search-attribute',
      `${attribute}=${name}`,
    ]),
  ]
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const listener = createServer()
    listener.once('error', reject)
    listener.listen(0, '127.0.0.1', () => {
      const address = listener.address()
      listener.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
