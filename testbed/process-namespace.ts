import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { sleep } from './sshd.ts'

export const inits = ['reaps', 'does not reap'] as const
/** What the first process does with orphans that end. */
export type Init = (typeof inits)[number]

/** A PID namespace, as of a container, whose first process is not a usual init. */
export interface ProcessNamespace {
  /** The words that start a program in it. */
  readonly enter: readonly string[]
  /** Kills a process by its PID in the namespace. */
  kill(pid: string): void
  /** The state letter of /proc, such as `Z` for a zombie; undefined without the process. */
  stateOf(pid: string): string | undefined
  /** Ends the namespace with all its processes. */
  remove(): void
}

const FIRST_PROCESS: Readonly<Record<Init, readonly string[]>> = {
  reaps: ['sh', '-c', 'while :; do sleep 3600 & wait; done'],
  'does not reap': ['sleep', '36000'],
}

/** Starts a namespace, with its own /proc. */
export async function startProcessNamespace(init: Init): Promise<ProcessNamespace> {
  const words = ['--pid', '--fork', '--kill-child', '--mount-proc', ...FIRST_PROCESS[init]]
  const outside = spawn('unshare', words, { stdio: 'ignore' })
  const first = await firstChild(outside.pid ?? 0)
  // /proc is mounted before the exec.
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
