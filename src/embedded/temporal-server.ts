import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { portVariables } from '../config.ts'
import type { Config, Ports } from '../config.ts'
import { startInBackground, stopRunning } from './background-process.ts'
import { hasDied, readRecord, readRunning } from './background-record.ts'
import { keepClosedRuns, namespaceAnswers } from './namespace.ts'
import { NotReady, PortTaken } from './not-up.ts'
import { freePort, holderOf, holderText, isFreeSoon } from './ports.ts'
import { searchAttributes } from './search-attributes.ts'
import { findTemporalBinary } from './temporal-binary.ts'

/** An embedded server that runs in the background. */
export interface EmbeddedServer {
  readonly address: string
  readonly ui: string
}

const NAME = 'temporal'
const RETENTION_DAYS = 30
const START_ATTEMPTS = 5

/** What of the configuration a server is started by. */
export type ServerSettings = Pick<Config, 'home' | 'ports' | 'temporalBinary'> &
  Partial<Pick<Config, 'namedPorts'>>

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

/** What the server of this home last listened on, whether it is up or was killed; undefined after `stopServer`. */
export async function lastServer(home: string): Promise<EmbeddedServer | undefined> {
  const { address, ui } = (await readRecord(home, NAME))?.details ?? {}
  return address === undefined || ui === undefined ? undefined : { address, ui }
}

/**
 * Starts the real Temporal dev server in the background, with its database, log and record in `home`; it listens on
 * the loopback interface only and is ready when this returns. A server that was killed gets the ports again that it had.
 * Where another program has one of them by now, the server takes a free one and `tell` gets one line that says so. A port
 * in `namedPorts` is not exchanged: links and firewalls outside may depend on it. Its other ports (HTTP API, metrics,
 * internal services) the server chooses anew at each start.
 * @throws BinaryMissing · PortTaken, for a named port in use · NotReady
 */
export async function startServer(
  { home, ports, namedPorts = [], temporalBinary }: ServerSettings,
  tell: (line: string) => void,
): Promise<EmbeddedServer> {
  const program = await findTemporalBinary({ home, temporalBinary }, tell)
  const wanted = await portsToAskFor(home, ports, namedPorts)
  for (let attempt = 1; ; attempt++) {
    const { chosen, moves } = await freeOnes(wanted, namedPorts)
    const server = { address: `127.0.0.1:${chosen.temporal}`, ui: `http://127.0.0.1:${chosen.ui}` }
    try {
      await startInBackground({
        home,
        name: NAME,
        program,
        words: serverWords(home, chosen),
        mark: 'start-dev',
        details: { ...server },
        isReady: async ({ pid }) => (await namespaceAnswers(server.address)) && holdsAll(pid, chosen),
      })
    } catch (error) {
      // Another program was faster by a moment, on one of these ports or on one that the server chose itself.
      if (attempt < START_ATTEMPTS && (await foundPortTaken(error))) continue
      throw error
    }
    await keepClosedRuns(server.address, RETENTION_DAYS)
    moves.forEach(tell)
    return server
  }
}

/** Stops it; what was running goes on when it is started again. Answers whether there was one. */
export async function stopServer(home: string): Promise<boolean> {
  return await stopRunning(home, NAME, 15)
}

/** The dev server's command line, tuned: the transfer setting alone halves the time of an activity. */
export function serverWords(home: string, { temporal, ui }: Ports): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', `${temporal}`],
    ...['--ui-ip', '127.0.0.1', '--ui-port', `${ui}`, '--ui-disable-news-fetch'],
    ...['--db-filename', join(home, 'temporal.db'), '--log-level', 'warn'],
    ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=10000'],
    // Its HTTP API has no authentication: a web page in the user's browser could start workflows through it.
    ...['--dynamic-config-value', 'frontend.httpAllowedHosts=["none.invalid"]'],
    // WAL with NORMAL may lose the last moments of a power cut, never the file; the hosts' receipts make up for it.
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ...Object.entries(searchAttributes).flatMap(([attribute, { name }]) => [
      '--search-attribute',
      `${attribute}=${name}`,
    ]),
  ]
}

/** A named port as it is named; any other as the killed server had it. */
async function portsToAskFor(home: string, ports: Ports, named: readonly (keyof Ports)[]): Promise<Ports> {
  const last = await lastServer(home)
  if (last === undefined) return ports
  const had = { temporal: portOf(last.address), ui: portOf(last.ui) }
  return {
    temporal: named.includes('temporal') ? ports.temporal : (had.temporal ?? ports.temporal),
    ui: named.includes('ui') ? ports.ui : (had.ui ?? ports.ui),
  }
}

function portOf(address: string): number | undefined {
  return Number(/:(\d+)$/.exec(address)?.[1]) || undefined
}

/** The wanted ports, with another one for each that is in use, and a line for each such move. @throws PortTaken */
async function freeOnes(
  wanted: Ports,
  named: readonly (keyof Ports)[],
): Promise<{ readonly chosen: Ports; readonly moves: readonly string[] }> {
  const moves: string[] = []
  const choose = async (which: keyof Ports, except: readonly number[], moved: (port: number) => string) => {
    const port = wanted[which]
    if (await isFreeSoon(port)) return port
    const holder = holderText(port)
    if (named.includes(which)) throw new PortTaken(port, { variable: portVariables[which], holder })
    const other = await freePort([...Object.values(wanted), ...except])
    moves.push(`${which === 'ui' ? 'UI port' : 'port'} ${port} is in use by ${holder}; ${moved(other)}`)
    return other
  }
  const temporal = await choose('temporal', [], (port) => `Temporal is now at 127.0.0.1:${port}`)
  const ui = await choose('ui', [temporal], (port) => `the Temporal UI is now at http://127.0.0.1:${port}`)
  return { chosen: { temporal, ui }, moves }
}

/** Whether this process, or one that it started, listens on both: a Temporal of others may answer there. */
function holdsAll(pid: number, { temporal, ui }: Ports): boolean {
  return [temporal, ui].every((port) => holderOf(port)?.session === pid)
}

async function foundPortTaken(error: unknown): Promise<boolean> {
  if (!(error instanceof NotReady)) return false
  const log = await readFile(error.log, 'utf8').catch(() => '')
  return log.includes('address already in use')
}
