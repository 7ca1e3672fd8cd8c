import { readFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'

const LOOK_MS = 2000

/**
 * The share of time, 0 to 1, in which a process waited for a CPU while nothing was measured: the influence of other
 * processes on the figures. Without kernel support, derived from the load of the last minute.
 */
export async function pressureFromOthers(): Promise<number> {
  const [before, started] = [await waitedMicroseconds(), performance.now()]
  await wait(LOOK_MS)
  const after = await waitedMicroseconds()
  if (before === undefined || after === undefined) return Math.min((loadavg()[0] ?? 0) / 2, 1)
  return (after - before) / 1000 / (performance.now() - started)
}

async function waitedMicroseconds(): Promise<number | undefined> {
  const text = await readFile('/proc/pressure/cpu', 'utf8').catch(() => '')
  const [, total] = /^some .*total=(\d+)/m.exec(text) ?? []
  return total === undefined ? undefined : Number(total)
}
