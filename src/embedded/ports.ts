import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Ports } from '../config.ts'

/** Below Linux's range of ephemeral ports, so that a killed server finds its port free again. */
const FROM = 12_000
const UP_TO = 20_000

/** The program that listens on a port. */
export interface PortHolder {
  readonly pid: number
  readonly program: string
  /** The id of its session: the process id of its detached ancestor. */
  readonly session: number
}

/** Whether a program can listen on this port of the loopback interface. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const listener = createServer()
    // Another error, such as a port below 1024 for a user, is for the server itself to report.
    listener.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'))
    listener.listen(port, '127.0.0.1', () => listener.close(() => resolve(true)))
  })
}

/** As `isFree`; waits up to 2 s for a killed process to release its port. A port of another program is reported at once. */
export async function becomesFree(port: number): Promise<boolean> {
  for (const until = Date.now() + 2000; ; await wait(50)) {
    if (await isFree(port)) return true
    // A dying process has no open files to be found by.
    if (holderOf(port) !== undefined || Date.now() > until) return false
  }
}

/** A random free port, other than those in `except`. */
export async function freePort(except: readonly number[] = []): Promise<number> {
  for (;;) {
    const port = randomInt(FROM, UP_TO)
    if (!except.includes(port) && (await isFree(port))) return port
  }
}

/** Two random free ports. */
export async function freePorts(): Promise<Ports> {
  const temporal = await freePort()
  return { temporal, ui: await freePort([temporal]) }
}

/** The program that listens on a port of this machine; undefined if there is none, or if it is another user's. */
export function holderOf(port: number): PortHolder | undefined {
  const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningOn(port, table)))
  if (sockets.size === 0) return undefined
  const pid = read(() => readdirSync('/proc'))
    ?.filter((name) => /^\d+$/.test(name))
    .find((process) => openFiles(process).some((file) => sockets.has(file)))
  if (pid === undefined) return undefined
  const program = read(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim()) ?? 'a program'
  return { pid: Number(pid), program, session: sessionOf(pid) }
}

/** The program that listens on a port, for a message. */
export function holderText(port: number): string {
  const holder = holderOf(port)
  return holder === undefined ? 'another program' : `${holder.program} (process ${holder.pid})`
}

function listeningOn(port: number, table: string): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const lines = (read(() => readFileSync(table, 'utf8')) ?? '').split('\n').slice(1)
  return lines.flatMap((line) => {
    // `sl local remote state queues timer retransmits uid timeout inode …`; 0A is LISTEN.
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    return state === '0A' && local.endsWith(wanted) ? [`socket:[${inode}]`] : []
  })
}

function openFiles(pid: string): string[] {
  const files = read(() => readdirSync(`/proc/${pid}/fd`)) ?? []
  return files.flatMap((file) => read(() => readlinkSync(`/proc/${pid}/fd/${file}`)) ?? [])
}

function sessionOf(pid: string): number {
  // `pid (name) state parent group session …`; a name may hold anything, also a bracket.
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? ''
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3] ?? 0)
}

/** A process may end between two reads, or belong to another user. */
function read<Value>(look: () => Value): Value | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}
