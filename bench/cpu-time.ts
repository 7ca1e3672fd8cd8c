import { readFile } from 'node:fs/promises'

const TICKS_A_SECOND = 100

/** Seconds of processor time that a process has used so far, its ended children's included. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold anything; what is counted comes behind it.
  const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = [11, 12, 13, 14].map((index) => Number(words[index]))
  return ticks.reduce((sum, number) => sum + number, 0) / TICKS_A_SECOND
}

/** The most memory that a process held, and what it holds, in MB. */
export async function memoryOf(pid: number): Promise<{ readonly peak: number; readonly now: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const megabytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1000
  return { peak: megabytes('VmHWM'), now: megabytes('VmRSS') }
}
