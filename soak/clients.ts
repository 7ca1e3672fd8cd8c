import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { HeartbeatDetails } from '../src/host/host.ts'
import type { Outcome, Tells, Told } from './client.ts'

/** Workers of a soak; each carries out several attempts at a time. */
export interface Clients {
  /** One attempt; undefined where its worker was killed. `beat` gets what the next attempt resumes from. */
  attempt(
    work: { readonly step: string; readonly script: string; readonly resume?: HeartbeatDetails | undefined },
    beat: (beat: HeartbeatDetails) => void,
  ): Promise<Outcome | undefined>
  /** Kills one with all that it is doing, and starts another. */
  killOne(choose: () => number): void
  close(): void
}

interface Attempt {
  readonly beat: (beat: HeartbeatDetails) => void
  readonly end: (outcome: Outcome | undefined) => void
}

interface Client {
  readonly child: ChildProcess
  readonly attempts: Map<number, Attempt>
}

export function startClients(count: number, place: Extract<Told, { is: 'place' }>): Clients {
  let clients = Array.from({ length: count }, start)
  let next = 0
  let closed = false

  function start(): Client {
    const child = fork(
      join(import.meta.dirname, `client.${import.meta.filename.endsWith('.ts') ? 'ts' : 'js'}`),
    )
    const client: Client = { child, attempts: new Map() }
    child.on('message', (tells: Tells) => {
      const attempt = client.attempts.get(tells.attempt)
      if (tells.is === 'beat') return attempt?.beat(tells.beat)
      client.attempts.delete(tells.attempt)
      attempt?.end(tells.outcome)
    })
    // What is sent to one that was just killed is lost; `exit` tells.
    child.on('error', () => {})
    child.once('exit', () => {
      for (const { end } of client.attempts.values()) end(undefined)
      if (!closed) clients = clients.map((other) => (other === client ? start() : other))
    })
    child.send(place)
    return client
  }

  return {
    attempt: ({ step, script, resume }, beat) =>
      new Promise((resolve) => {
        const attempt = ++next
        const client = clients[attempt % clients.length]
        if (client === undefined || !client.child.connected) return resolve(undefined)
        client.attempts.set(attempt, { beat, end: resolve })
        client.child.send({
          is: 'work',
          attempt,
          step,
          script,
          ...(resume === undefined ? {} : { resume }),
        } satisfies Told)
      }),
    killOne(choose) {
      clients[Math.floor(choose() * clients.length)]?.child.kill('SIGKILL')
    },
    close() {
      closed = true
      for (const { child } of clients) child.kill('SIGKILL')
    },
  }
}
