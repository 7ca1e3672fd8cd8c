import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { command } from '../src/shell/command.ts'
import { sh } from '../src/shell/script.ts'
import { makeLocal } from '../testbed/local.ts'
import type { Shell } from '../testbed/local.ts'

/** Counts of rounds in which many clients start one command at once. All but the first two must be 0. */
export interface Rounds {
  readonly starts: number
  readonly rounds: number
  /** Rounds in which the command did not run exactly once. */
  readonly notOnce: number
  /** Starts that did not return its output. */
  readonly notAnswered: number
  /** Staging directories that are left after all rounds. */
  readonly unfinished: number
}

interface TogetherOptions {
  readonly shell: Shell
  readonly starts: number
  readonly rounds: number
  /** Called after each round; `unfinished` is counted at the end. */
  readonly onProgress?: (rounds: Rounds) => void
}

/** Has many clients start the same command at the same time, each through its own program on the host. */
export async function together({ shell, starts, rounds, onProgress }: TogetherOptions): Promise<Rounds> {
  const local = makeLocal(shell)
  const hosts = local.hosts({ patienceSeconds: 300 })
  const counted = { starts, rounds: 0, notOnce: 0, notAnswered: 0, unfinished: 0 }

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
    counted.notAnswered += answers.filter((answer) => answer !== `${number}\n`).length
    if (!existsSync(effect) || readFileSync(effect, 'utf8') !== 'x') counted.notOnce += 1
  }

  try {
    for (let number = 1; number <= rounds; number++) {
      await round(number)
      onProgress?.(counted)
    }
    await hosts.close()
    counted.unfinished = await unfinished(join(local.root, 'runs'))
    return counted
  } finally {
    local.remove()
  }
}

/** Counts the staging directories after the supervisors had time to end. */
async function unfinished(runs: string): Promise<number> {
  for (const until = Date.now() + 60_000; ; await pause(100)) {
    const left = readdirSync(runs).filter((name) => name.startsWith('.'))
    if (left.length === 0 || Date.now() > until) return left.length
  }
}

export function isOnceEach({ notOnce, notAnswered, unfinished: left }: Rounds): boolean {
  return notOnce + notAnswered + left === 0
}
