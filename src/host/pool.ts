import { setTimeout as pause } from 'node:timers/promises'
import type { Client, ClientChannel } from 'ssh2'
import { HostUnreachable } from '../errors.ts'
import { commandLine } from './channel.ts'
import type { Channel, Reach } from './channel.ts'
import { connect } from './connect.ts'
import type { Target } from './target.ts'

// OpenSSH's own MaxSessions. A host that allows fewer is found out when it refuses one.
const USUAL_SESSIONS = 10
const REFUSED_FOR_MS = 10_000

/** One connection to a host, made when it is first needed and again after it broke; programs beyond its sessions wait. */
export function pooledReach(name: string, resolveTarget: () => Promise<Target>): Reach {
  let connecting: Promise<Client> | undefined
  let sessions = USUAL_SESSIONS
  let open = 0
  let waiting: (() => void)[] = []

  function connection(): Promise<Client> {
    connecting ??= resolveTarget()
      .then(connect)
      .then(
        (client) => {
          client.once('close', forget)
          // Every open channel listens for the connection's end.
          client.setMaxListeners(0)
          return client
        },
        (error: unknown) => {
          forget()
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
    const woken = waiting
    waiting = []
    for (const wake of woken) wake()
  }

  async function takeSession(): Promise<void> {
    while (open >= sessions) await new Promise<void>((resolve) => waiting.push(resolve))
    open += 1
  }

  async function start(line: string): Promise<Channel> {
    const since = Date.now()
    for (;;) {
      await takeSession()
      try {
        const client = await connection()
        const channel = await exec(client, line)
        void channel.ended.then(giveBack)
        return channel
      } catch (error) {
        giveBack()
        if (!(error instanceof SessionRefused)) throw error
        if (open > 0) sessions = open
        // With none of ours open the host is still busy with one that we hung up on.
        else if (Date.now() - since > REFUSED_FOR_MS) throw new HostUnreachable(name, 'it opens no session')
        else await pause(200)
      }
    }
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
    close: async () => {
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
  // Writing to a channel whose other end is gone is told by `ended`.
  channel.on('error', () => {})
  channel.stderr.on('error', () => {})
  return { input: channel, output: channel, errors: channel.stderr, ended, close: () => channel.close() }
}
