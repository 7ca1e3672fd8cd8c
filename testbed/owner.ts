import { readFileSync } from 'node:fs'

export const OWNER_LABEL = 'reinstate.testbed.owner'

/** This process as the value of a label: its PID and, because PIDs are reused, its start time if the kernel reports it. */
export function thisOwner(): string {
  return `${process.pid}@${startOf(process.pid)}`
}

/** Whether the process of a label has ended. `kept` has no process and stays until it is removed by hand. */
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

/** In ticks since the boot; empty without /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The program's name in parentheses may contain anything; the 20th word after it is the start time.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
