import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { portVariables } from '../config.ts'
import type { Config, Ports } from '../config.ts'
import { startInBackground, stopRunning } from './background-process.ts'
import { hasDied, readRecord, readRunning } from './background-record.ts'
import { setRetention, namespaceAnswers } from './namespace.ts'
import { NotReady, PortTaken } from './not-up.ts'
import { freePort, holderOf, holderText, becomesFree } from './ports.ts'
import { searchAttributes } from './search-attributes.ts'
import { findTemporalBinary } from './temporal-binary.ts'

/** An embedded server that runs in the background. */
export interface EmbeddedServer {
  readonly address: string
  readonly ui: string
  /** Where the UI has payloads decrypted. Absent without codec keys. */
  readonly codec?: string
}

const NAME = 'temporal'
const RETENTION_DAYS = 30
const START_ATTEMPTS = 5

/** The configuration of a server. */
export type ServerSettings = Pick<Config, 'home' | 'ports' | 'temporalBinary'> &
  Partial<Pick<Config, 'namedPorts' | 'codecKeys'>>

/** The embedded server of this home, if it is up. */
export async function runningServer(home: string): Promise<EmbeddedServer | undefined> {
  const record = await readRunning(home, NAME)
  const { address, ui, codec } = record?.details ?? {}
  if (address === undefined || ui === undefined) return undefined
  return { address, ui, ...(codec !== undefined && { codec }) }
}

/** Whether the server of this home was killed rather than stopped. */
export async function serverDied(home: string): Promise<boolean> {
  return await hasDied(home, NAME)
}

/** The last addresses of the server of this home, whether it is up or was killed; undefined after `stopServer`. */
export async function lastServer(home: string): Promise<EmbeddedServer | undefined> {
  const { address, ui } = (await readRecord(home, NAME))?.details ?? {}
  return address === undefined || ui === undefined ? undefined : { address, ui }
}

/**
 * Starts the real Temporal dev server in the background, with its database, log and record in `home`, and returns once it
 * is ready. It listens on the loopback interface only. After a kill it keeps its ports; if another program has taken one,
 * the server takes a free port and reports that in one line. A port in `namedPorts` is never replaced: links and firewall
 * rules may depend on it. The server chooses its other ports (HTTP API, metrics, internal services) at each start. With codec
 * keys, its UI uses a codec endpoint, which the caller starts.
 * @throws BinaryMissing · PortTaken, for a named port in use · NotReady
 */
export async function startServer(
  { home, ports, namedPorts = [], temporalBinary, codecKeys }: ServerSettings,
  tell: (line: string) => void,
): Promise<EmbeddedServer> {
  const program = await findTemporalBinary({ home, temporalBinary }, tell)
  const wanted = await preferredPorts(home, ports, namedPorts)
  for (let attempt = 1; ; attempt++) {
    const { chosen, moves } = await choosePorts(wanted, namedPorts)
    const isEncrypted = codecKeys !== undefined && existsSync(codecKeys.file)
    const server: EmbeddedServer = {
      address: `127.0.0.1:${chosen.temporal}`,
      ui: `http://127.0.0.1:${chosen.ui}`,
      ...(isEncrypted && { codec: `http://127.0.0.1:${await freePort(Object.values(chosen))}` }),
    }
    try {
      await startInBackground({
        home,
        name: NAME,
        program,
        args: serverArgs(home, chosen, server.codec),
        mark: 'start-dev',
        details: { ...server },
        isReady: async ({ pid }) => (await namespaceAnswers(server.address)) && holdsAll(pid, chosen),
      })
    } catch (error) {
      // Another program took one of these ports, or one that the server chose, in the meantime.
      if (attempt < START_ATTEMPTS && (await foundPortTaken(error))) continue
      throw error
    }
    await setRetention(server.address, RETENTION_DAYS)
    moves.forEach(tell)
    return server
  }
}

/** Stops the server; runs continue when it is started again. Returns whether it ran. */
export async function stopServer(home: string): Promise<boolean> {
  return await stopRunning(home, NAME, 15)
}

/** The dev server's arguments. The transfer setting alone halves the time of an activity. */
export function serverArgs(home: string, { temporal, ui }: Ports, codec?: string): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', `${temporal}`],
    ...['--ui-ip', '127.0.0.1', '--ui-port', `${ui}`, '--ui-disable-news-fetch'],
    ...(codec === undefined ? [] : ['--ui-codec-endpoint', codec]),
    ...['--db-filename', join(home, 'temporal.db'), '--log-level', 'warn'],
    ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=10000'],
    // Its HTTP API has no authentication: a web page in the user's browser could start workflows through it.
    ...['--dynamic-config-value', 'frontend.httpAllowedHosts=["none.invalid"]'],
    // WAL with NORMAL may lose the last transactions before a power cut, never the file; receipts on hosts make up for it.
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ...Object.entries(searchAttributes).flatMap(([attribute, { name }]) => [
      '--search-attribute',
      `${attribute}=${name}`,
    ]),
  ]
}

/** Named ports, and for the others those of the killed server. */
async function preferredPorts(home: string, ports: Ports, named: readonly (keyof Ports)[]): Promise<Ports> {
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

/** Replaces each wanted port that is in use by a free one, with a line about it. @throws PortTaken */
async function choosePorts(
  wanted: Ports,
  named: readonly (keyof Ports)[],
): Promise<{ readonly chosen: Ports; readonly moves: readonly string[] }> {
  const moves: string[] = []
  const choose = async (which: keyof Ports, except: readonly number[], moved: (port: number) => string) => {
    const port = wanted[which]
    if (await becomesFree(port)) return port
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

/** Whether this process or a child of it listens on both ports: another Temporal may answer there. */
function holdsAll(pid: number, { temporal, ui }: Ports): boolean {
  return [temporal, ui].every((port) => holderOf(port)?.session === pid)
}

async function foundPortTaken(error: unknown): Promise<boolean> {
  if (!(error instanceof NotReady)) return false
  const log = await readFile(error.log, 'utf8').catch(() => '')
  return log.includes('address already in use')
}
