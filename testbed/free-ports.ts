import { randomInt } from 'node:crypto'
import { isFree } from '../src/embedded/ports.ts'

/** Below the kernel's ephemeral ports, so that a test host keeps its ports over a reboot. */
const FROM = 20_000
const UP_TO = 32_000

/**
 * Returns free ports of the loopback interface. Each of vitest's workers has a range of its own: what it starts listens
 * later, and another worker must not choose the same port in between.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const workers = 4
  const width = (UP_TO - FROM) / workers
  const from = FROM + (Number(process.env['VITEST_POOL_ID'] ?? 0) % workers) * width
  const found = new Set<number>()
  while (found.size < count) {
    const port = randomInt(from, from + width)
    if (await isFree(port)) found.add(port)
  }
  return [...found]
}
