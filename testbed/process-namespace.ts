import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { sleep } from './sshd.ts'

export const inits = ['reaps', 'does not reap'] as const
/** What the first process does with those that end and whose parent is gone. */
export type Init = (typeof inits)[number]

/** Processes of this machine that see only each other, as in a container: their first one is no usual init. */
export interface ProcessNamespace {
  /** The words that start a program in it. */
  readonly enter: readonly string[]
  /** Kills a process by its number in there. */
  kill(pid: string): void
  /** One letter, as in /proc: `Z` for a zombie; undefined where there is no such process. */
  stateOf(pid: string): string | undefined
  /** Ends it with all that is in it. */
  remove(): void
}

const FIRST_PROCESS: Readonly<Record<Init, readonly string[]>> = {
  reaps: ['sh', '-c', 'while :; do sleep 3600 & wait; done'],
  'does not reap': ['sleep', '36000'],
}

/** Starts one; its /proc is its own when this returns. */
export async function startProcessNamespace(init: Init): Promise<ProcessNamespace> {
  const words = ['--pid', '--fork', '--kill-child', '--mount-proc', ...FIRST_PROCESS[init]]
  const outside = spawn('unshare', words, { stdio: 'ignore' })
  const first = await firstChild(outside.pid ?? 0)
  // Its /proc is mounted before it becomes another program.
  while (readFileSync(`/proc/${first}/comm`, 'utf8') === 'unshare\n') await sleep(10)
  const enter = ['nsenter', '-t', first, '-p', '-m']
  const inside = (...words: readonly string[]): string =>
    execFileSync('nsenter', [...enter.slice(1), ...words], { encoding: 'utf8', stdio: 'pipe' })
  return {
    enter,
    kill: (pid) => void inside('kill', '-KILL', pid),
    stateOf: (pid) => {
      const found = inside('sh', '-c', 'cat "/proc/$1/stat" 2>/dev/null || :', 'sh', pid)
      return found === '' ? undefined : found.split(') ')[1]?.[0]
    },
    remove: () => void outside.kill('SIGKILL'),
  }
}

async function firstChild(pid: number): Promise<string> {
  for (;;) {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    if (child !== undefined && child !== '') return child
    await sleep(10)
  }
}
