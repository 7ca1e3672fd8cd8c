import { randomInt } from 'node:crypto'
import { isFree } from '../src/embedded/ports.ts'

/**
 * Returns free ports of the loopback interface, below the kernel's ephemeral ports, so that a test host keeps its ports over a
 * reboot.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>()
  while (found.size < count) {
    const port = randomInt(20_000, 32_000)
    if (await isFree(port)) found.add(port)
  }
  return [...found]
}
