import { readFileSync } from 'node:fs'

export const OWNER_LABEL = 'reinstate.testbed.owner'

/** This process, as a label's value: its id, and where the kernel tells it when it started, as ids are given again. */
export function thisOwner(): string {
  return `${process.pid}@${startOf(process.pid)}`
}

/** Whether the process that a label names has ended. `kept` belongs to nobody and stays until somebody removes it. */
export function ownerHasEnded(owner: string): boolean {
  if (owner === 'kept') return false
  const [pid, start] = owner.split('@')
  return !isAlive(Number(pid)) || startOf(Number(pid)) !== start
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** In ticks since the boot; empty where there is no /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The program's name stands in brackets and may hold anything; the 20th word after it is the start.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
