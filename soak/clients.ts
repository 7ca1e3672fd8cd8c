import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { HeartbeatDetails } from '../src/host/host.ts'
import type { Outcome, Report, Request } from './client.ts'

/** The workers of a soak. Each runs several attempts at once. */
export interface Clients {
  /** Runs one attempt; undefined if its worker was killed. `beat` receives the details that the next attempt resumes from. */
  attempt(
    work: { readonly step: string; readonly script: string; readonly resume?: HeartbeatDetails | undefined },
    beat: (beat: HeartbeatDetails) => void,
  ): Promise<Outcome | undefined>
  /** Kills a worker with its attempts, and starts another. */
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

export function startClients(count: number, place: Extract<Request, { is: 'place' }>): Clients {
  let clients = Array.from({ length: count }, start)
  let next = 0
  let closed = false

  function start(): Client {
    const child = fork(
      join(import.meta.dirname, `client.${import.meta.filename.endsWith('.ts') ? 'ts' : 'js'}`),
    )
    const client: Client = { child, attempts: new Map() }
    child.on('message', (report: Report) => {
      const attempt = client.attempts.get(report.attempt)
      if (report.is === 'beat') return attempt?.beat(report.beat)
      client.attempts.delete(report.attempt)
      attempt?.end(report.outcome)
    })
    // A message to a killed worker is lost; `exit` reports that.
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
        } satisfies Request)
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
