import { randomInt } from 'node:crypto'
import { isFree } from '../src/embedded/ports.ts'

/**
 * Ports of the loopback interface that nobody listens on, below those that the kernel gives away: a test host that
 * reboots gets its own back.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>()
  while (found.size < count) {
    const port = randomInt(20_000, 32_000)
    if (await isFree(port)) found.add(port)
  }
  return [...found]
}
