import { spawn } from 'node:child_process'
import type { TestHost } from './test-host.ts'
import { processes } from './processes.ts'

export interface Watched {
  /** Ends it. All that was seen, each once: an argument list, or all of one look. */
  readonly stop: () => Promise<readonly string[]>
  /** How often it looked. */
  readonly looks: () => number
}

const EVERY_MILLISECONDS = 500

/** Looks again and again at the argument lists of all that runs on a test host, its containers' processes included. */
export function watchTestHost({ name }: TestHost): Watched {
  const seen = new Set<string>()
  let [looks, rest] = [0, '']
  // All in one line, by two programs: one for each process would be a load of its own.
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

/** The same for this machine: where the worker, Temporal and the command line run. */
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
