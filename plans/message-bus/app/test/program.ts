import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import pino from 'pino'
import { readSettings } from '../src/config.ts'
import type { Settings } from '../src/config.ts'

type Environment = Readonly<Record<string, string>>

const program = new URL('../src/bus.js', import.meta.url).pathname
export const silent = pino({ level: 'silent' })

/** Runs `bus.js` to its end. Returns its exit status and output. */
export async function runBus(
  words: readonly string[],
  environment: Environment,
): Promise<{ readonly exitCode: number | null; readonly output: string }> {
  const child = start(words, environment)
  const [output, errors, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  return { exitCode, output: output + errors }
}

export interface Running {
  readonly process: ChildProcess
  /** Sends SIGTERM and waits. Returns the exit status and the log. */
  readonly stop: () => Promise<{ readonly exitCode: number | null; readonly log: string }>
}

/** Starts a service; `stop` it, or `process.kill` it. */
export function startService(command: string, environment: Environment): Running {
  const child = start([command], environment)
  const log = Promise.all([text(child.stdout), text(child.stderr)])
  return {
    process: child,
    stop: async () => {
      child.kill('SIGTERM')
      const [exitCode] =
        child.exitCode === null && child.signalCode === null ? await once(child, 'exit') : [child.exitCode]
      return { exitCode, log: (await log).join('') }
    },
  }
}

/** Starts a daemon and waits until it listens. */
export async function startDaemon(environment: Environment): Promise<Running> {
  const daemon = startService('daemon', environment)
  const url = `http://127.0.0.1:${environment['PORT']}/version`
  const isUp = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    )
  while (!(await isUp())) {
    if (daemon.process.exitCode !== null) throw new Error(`the daemon ended: ${(await daemon.stop()).log}`)
    await wait(20)
  }
  return daemon
}

/** The variables of a bus of one's own: a free port, a new folder, short times. */
export async function ownVariables(databaseUrl: string, more: Environment = {}): Promise<Environment> {
  const port = await freePort()
  return {
    DATABASE_URL: databaseUrl,
    PORT: String(port),
    DAEMON_URL: `ws://127.0.0.1:${port}`,
    BUS_FOLDER: mkdtempSync(join(tmpdir(), 'bus-')),
    MESSAGE_BUS_CIRCUIT_BREAKER_TIMEOUT_SECS: '2',
    MESSAGE_BUS_CLEANUP_INTERVAL_SECS: '1',
    ...more,
  }
}

export function settingsOf(environment: Environment): Settings {
  return readSettings({ ...environment })
}

/** Returns a port on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function start(words: readonly string[], environment: Environment) {
  return spawn(process.execPath, [program, ...words], {
    env: { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
