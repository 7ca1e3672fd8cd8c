import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { command } from '../src/shell/command.ts'
import { sh } from '../src/shell/script.ts'
import { makeLocal } from '../testbed/local.ts'
import type { Shell } from '../testbed/local.ts'

/** Rounds in which one command is started by many at once; all but the first two numbers must be 0. */
export interface Rounds {
  readonly starts: number
  readonly rounds: number
  /** Rounds in which it did not run once. */
  readonly notOnce: number
  /** Starts that were not told how it ended. */
  readonly notTold: number
  /** Receipts that were begun and never got their name, of all rounds. */
  readonly unfinished: number
}

interface TogetherOptions {
  readonly shell: Shell
  readonly starts: number
  readonly rounds: number
  /** After each round, how things stand; `unfinished` is counted at the end. */
  readonly told?: (rounds: Rounds) => void
}

/** Has many clients start the same command at the same time, each by a program of its own on the host; round after round. */
export async function together({ shell, starts, rounds, told }: TogetherOptions): Promise<Rounds> {
  const local = makeLocal(shell)
  const hosts = local.hosts({ patienceSeconds: 300 })
  const counted = { starts, rounds: 0, notOnce: 0, notTold: 0, unfinished: 0 }

  async function round(number: number): Promise<void> {
    const effect = join(local.directory, `effect-${number}`)
    const script = command(sh`printf x >>${effect}; echo ${number}`)
    const step = {
      ...{ runToken: randomBytes(8).toString('hex'), phase: 'together', step: 'start', attempt: 1 },
      ...{ secrets: [], beat: () => {} },
    }
    const start = async (): Promise<string> => {
      const host = hosts.bind('here', { ...step, signal: new AbortController().signal })
      return (await host.run('count', script)).stdout
    }
    const answers = await Promise.all(Array.from({ length: starts }, () => start().catch(String)))
    counted.rounds += 1
    counted.notTold += answers.filter((answer) => answer !== `${number}\n`).length
    if (!existsSync(effect) || readFileSync(effect, 'utf8') !== 'x') counted.notOnce += 1
  }

  try {
    for (let number = 1; number <= rounds; number++) {
      await round(number)
      told?.(counted)
    }
    await hosts.close()
    counted.unfinished = await unfinished(join(local.root, 'runs'))
    return counted
  } finally {
    local.remove()
  }
}

/** What lies there without a name when the supervisors have had time to end. */
async function unfinished(runs: string): Promise<number> {
  for (const until = Date.now() + 60_000; ; await pause(100)) {
    const left = readdirSync(runs).filter((name) => name.startsWith('.'))
    if (left.length === 0 || Date.now() > until) return left.length
  }
}

export function isOnceEach({ notOnce, notTold, unfinished: left }: Rounds): boolean {
  return notOnce + notTold + left === 0
}
