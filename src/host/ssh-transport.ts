import { setTimeout as pause } from 'node:timers/promises'
import type { Client, ClientChannel } from 'ssh2'
import { HostUnreachable } from '../errors.ts'
import { commandLine } from './channel.ts'
import type { Channel, HostObserver, LentChannel, Transport } from './channel.ts'
import { connect } from './connect.ts'
import { channelPool } from './channel-pool.ts'
import type { Target } from './target.ts'

// OpenSSH's default MaxSessions. A lower limit is detected when the host refuses a session.
const DEFAULT_SESSIONS = 10
const REFUSED_FOR_MS = 10_000

/** One connection to a host, made at first use and again after it broke. Programs beyond its sessions wait. */
export function sshTransport(
  name: string,
  resolveTarget: () => Promise<Target>,
  observer?: HostObserver,
): Transport {
  let isClosing = false
  let connecting: Promise<Client> | undefined
  let sessions = DEFAULT_SESSIONS
  let open = 0
  let waiting: (() => void)[] = []
  let hungUp = 0
  const programs = channelPool({ maxIdle: DEFAULT_SESSIONS, onIdle: wakeAll })

  function connection(): Promise<Client> {
    connecting ??= resolveTarget()
      .then(connect)
      .then(
        (client) => {
          observer?.connected(name)
          client.once('close', () => {
            forget()
            if (!isClosing) observer?.lost(name)
          })
          // Every open channel listens for the end of the connection.
          client.setMaxListeners(0)
          return client
        },
        (error: unknown) => {
          forget()
          observer?.failed(name, error instanceof Error ? error.message : String(error))
          throw error
        },
      )
    return connecting
  }

  function forget(): void {
    connecting = undefined
  }

  function giveBack(): void {
    open -= 1
    wakeAll()
  }

  function wakeAll(): void {
    const woken = waiting
    waiting = []
    for (const wake of woken) wake()
  }

  async function borrow(line: string, { fresh } = { fresh: false }): Promise<LentChannel> {
    for (;;) {
      const waiting = fresh ? undefined : programs.take(line)
      if (waiting !== undefined) return waiting
      if (open < sessions) return programs.lend(line, await start(line))
      await sessionGivenBack()
    }
  }

  async function start(line: string): Promise<Channel> {
    const since = Date.now()
    for (;;) {
      while (open >= sessions) await sessionGivenBack()
      open += 1
      try {
        const client = await connection()
        const channel = await exec(client, line)
        void channel.ended.then(giveBack)
        return { ...channel, close: () => hangUp(channel) }
      } catch (error) {
        giveBack()
        if (!(error instanceof SessionRefused)) throw error
        // A session that was hung up on stays open on the host until its program ends.
        const busy = Math.max(since, hungUp) + REFUSED_FOR_MS > Date.now()
        if (open > 0 && (hungUp === 0 || !busy)) sessions = open
        else if (!busy) throw new HostUnreachable(name, 'it refuses every session')
        else await pause(200)
      }
    }
  }

  /** Waits until a program ends, or closes one that waits for a request. */
  async function sessionGivenBack(): Promise<void> {
    const returned = new Promise<void>((resolve) => waiting.push(resolve))
    programs.releaseOldest()
    await returned
  }

  function hangUp(channel: Channel): void {
    hungUp = Date.now()
    channel.close()
  }

  function exec(client: Client, line: string): Promise<Channel> {
    return new Promise((resolve, reject) => {
      const broke = (): void => reject(new HostUnreachable(name, 'the connection broke'))
      client.once('close', broke)
      try {
        client.exec(line, (error, channel) => {
          client.off('close', broke)
          if (error === undefined || error === null) resolve(sshChannel(client, channel))
          else reject('reason' in error ? new SessionRefused() : new HostUnreachable(name, error.message))
        })
      } catch (error) {
        client.off('close', broke)
        forget()
        reject(new HostUnreachable(name, error instanceof Error ? error.message : String(error)))
      }
    })
  }

  return {
    open: (words) => start(commandLine(words)),
    borrow: (words, options) => borrow(commandLine(words), options),
    close: async () => {
      isClosing = true
      const client = await connecting?.catch(() => undefined)
      client?.end()
    },
  }
}

class SessionRefused extends Error {}

function sshChannel(client: Client, channel: ClientChannel): Channel {
  const ended = new Promise<number | undefined>((resolve) => {
    let exitCode: number | undefined
    const broke = (): void => resolve(undefined)
    channel.once('exit', (code: number | null) => {
      exitCode = code ?? undefined
    })
    channel.once('close', () => {
      client.off('close', broke)
      resolve(exitCode)
    })
    client.once('close', broke)
  })
  // `ended` reports a write to a closed channel.
  channel.on('error', () => {})
  channel.stderr.on('error', () => {})
  return { input: channel, output: channel, errors: channel.stderr, ended, close: () => channel.close() }
}
