import { readFile } from 'node:fs/promises'

const TICKS_A_SECOND = 100

/** The CPU time of a process and its ended children, in seconds. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may contain anything; the counters follow it.
  const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = [11, 12, 13, 14].map((index) => Number(words[index]))
  return ticks.reduce((sum, number) => sum + number, 0) / TICKS_A_SECOND
}

/** The peak and current memory of a process, in MB. */
export async function memoryOf(pid: number): Promise<{ readonly peak: number; readonly now: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const megabytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1000
  return { peak: megabytes('VmHWM'), now: megabytes('VmRSS') }
}
