import { spawn } from 'node:child_process'
import type { TestHost } from './test-host.ts'
import { processes } from './processes.ts'

export interface Watched {
  /** Stops watching. Returns each observed argument list, or all lists of one sample, once. */
  readonly stop: () => Promise<readonly string[]>
  /** The number of samples. */
  readonly looks: () => number
}

const EVERY_MILLISECONDS = 500

/** Samples the argument lists of all processes on a test host, including those in its containers. */
export function watchTestHost({ name }: TestHost): Watched {
  const seen = new Set<string>()
  let [looks, rest] = [0, '']
  // One line per sample, from two programs: one program per process would be too much load.
  const script = String.raw`while :; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\n\0' '  '; echo; sleep 0.5; done`
  const watching = spawn('docker', ['exec', name, 'sh', '-c', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = new Promise((resolve) => watching.once('close', resolve))
  watching.stdout.setEncoding('latin1').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    looks += lines.length
    for (const line of lines) seen.add(line)
  })
  return {
    looks: () => looks,
    stop: async () => {
      watching.kill('SIGKILL')
      await ended
      return [...seen]
    },
  }
}

/** Samples this machine, where the worker, Temporal and the CLI run. */
export function watchThisMachine(): Watched {
  const seen = new Set<string>()
  let looks = 0
  const timer = setInterval(() => {
    for (const { commandLine } of processes()) seen.add(commandLine)
    looks += 1
  }, EVERY_MILLISECONDS)
  return {
    looks: () => looks,
    stop: () => {
      clearInterval(timer)
      return Promise.resolve([...seen])
    },
  }
}
