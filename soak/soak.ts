import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { HeartbeatDetails } from '../src/host/host.ts'
import { processes } from '../testbed/processes.ts'
import { randomFrom } from '../testbed/random.ts'
import { startSshd } from '../testbed/sshd.ts'
import type { Outcome } from './client.ts'
import { startClients } from './clients.ts'
import { planFault } from './injure.ts'
import type { Fixture } from './injure.ts'
import { judged } from './judge.ts'
import { openProxy } from './proxy.ts'
import { faults, wrongs } from './tally.ts'
import type { Tally, Wrong } from './tally.ts'
import { makeWork } from './work.ts'
import type { Work } from './work.ts'

const CLIENTS = 3
const AT_ONCE = 9

interface SoakOptions {
  readonly runs: number
  readonly seed: number
  /** The time after which a command counts as stuck. */
  readonly stuckSeconds: number
  /** Starts no more commands; running ones end. */
  readonly stop: AbortSignal
  /** Called after each command. */
  readonly onProgress: (tally: Tally) => void
}

/** Runs commands with killed workers and cut connections, and checks their outcomes. */
export async function soak({ runs, seed, stuckSeconds, stop, onProgress }: SoakOptions): Promise<Tally> {
  const sshd = await startSshd([], { ownGroup: true })
  const proxy = await openProxy(sshd.port)
  const entry = {
    address: '127.0.0.1',
    port: proxy.port,
    user: userInfo().username,
    key: sshd.keyFile,
    hostKey: sshd.hostKey,
  }
  const clients = startClients(CLIENTS, { is: 'place', entry, root: sshd.root, directory: sshd.directory })
  const counts = join(sshd.directory, 'counts')
  mkdirSync(counts)
  const fixture: Fixture = { ...{ sshd, proxy, clients }, killed: new Set() }
  const counted = {
    runs: 0,
    faults: zeros(faults),
    wrongs: zeros(wrongs),
    ends: {} as Record<string, number>,
    notes: [] as string[],
  }
  const endings: { readonly work: Work; readonly effect: string }[] = []
  let next = 0

  function wrong(kind: Wrong, work: Work, what: string): void {
    counted.wrongs[kind] += 1
    counted.notes.push(`${kind}: run ${work.number}: ${what}`)
  }

  /** Retries like Temporal, with the last heartbeat of the previous attempt, until there is an outcome. */
  async function outcomeOf(work: Work): Promise<Outcome | undefined> {
    let resume: HeartbeatDetails | undefined
    for (const until = Date.now() + stuckSeconds * 1000; Date.now() < until;) {
      const attempt = { step: `r${work.number}`, script: work.script.text, resume }
      const outcome = await Promise.race([
        clients.attempt(attempt, (beat) => {
          resume = beat
        }),
        pause(until - Date.now(), 'stuck' as const, { ref: false }),
      ])
      if (outcome === 'stuck') return undefined
      if (outcome !== undefined && outcome.name !== 'HostUnreachable') return outcome
      await pause(100)
    }
    return undefined
  }

  async function one(number: number): Promise<void> {
    const random = randomFrom(seed * 1_000_003 + number)
    const work = makeWork(number, random, counts)
    const fault = planFault(random)
    const running = [outcomeOf(work)]
    let ended = false
    void running[0]?.then(() => (ended = true))
    if (fault !== undefined) {
      await pause(fault.afterMs)
      if (fault.is === 'duplicate client') {
        running.push(outcomeOf(work))
        counted.faults[fault.is] += 1
      } else if (await fault.strike(fixture, { work, ended: () => ended })) counted.faults[fault.is] += 1
    }
    const outcomes = await Promise.all(running)
    for (const outcome of outcomes) {
      const found = judged(work, outcome, { ...fixture, root: sshd.root })
      if (found !== undefined) wrong(found.wrong, work, found.what)
      const end = outcome === undefined ? 'stuck' : (outcome.state ?? outcome.name)
      counted.ends[end] = (counted.ends[end] ?? 0) + 1
      // A command must have no effect after its end was reported.
      if (outcome !== undefined) endings.push({ work, effect: read(work.counter) })
    }
    const [first, second] = outcomes
    if (second !== undefined && (first?.name !== second.name || first.code !== second.code))
      wrong(
        'false states',
        work,
        `one client got ${JSON.stringify(first)}, another ${JSON.stringify(second)}`,
      )
    counted.runs += 1
    onProgress(counted)
  }

  async function hand(): Promise<void> {
    while (next < runs && !stop.aborted) await one(next++)
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, hand))
    clients.close()
    proxy.close()
    const left = await processesLeft(sshd.root, stuckSeconds)
    if (left.length > 0) {
      counted.wrongs.stuck += left.length
      counted.notes.push(`stuck: left running: ${left.join(' | ')}`)
    }
    for (const { work, effect } of endings) {
      const now = read(work.counter)
      if (now.split('x').length > 2) wrong('doubled', work, now)
      else if (now !== effect)
        wrong('false states', work, `it was reported as ended at "${effect}", and continued to "${now}"`)
    }
    return counted
  } finally {
    clients.close()
    proxy.close()
    await sshd.remove()
  }
}

/** Waits for the processes of remote-run.sh to end, and returns those that do not. */
async function processesLeft(root: string, seconds: number): Promise<readonly string[]> {
  for (const until = Date.now() + seconds * 1000; ; await pause(200)) {
    const left = processes().filter(({ commandLine }) => commandLine.includes(`${root}/bin/`))
    if (left.length === 0 || Date.now() > until) return left.map(({ commandLine }) => commandLine)
  }
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, 'latin1') : ''
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  // fromEntries loses the names' type.
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>
}
