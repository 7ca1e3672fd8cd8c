import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../testbed/random.ts'
import type { Sshd } from '../testbed/sshd.ts'
import type { Clients } from './clients.ts'
import { PHASE, RUN_TOKEN } from './client.ts'
import type { Proxy } from './proxy.ts'
import type { Fault } from './tally.ts'
import type { Work } from './work.ts'

/** The targets of faults. */
export interface Fixture {
  readonly sshd: Sshd
  readonly proxy: Proxy
  readonly clients: Clients
  /** The owners in the receipts of killed supervisors. */
  readonly killed: Set<string>
}

interface Target {
  readonly work: Work
  readonly ended: () => boolean
}

/** A fault, and its delay after the request of a command. */
export interface PlannedFault {
  readonly is: Fault
  readonly afterMs: number
  /** False if there was no target left. */
  readonly strike: (fixture: Fixture, target: Target) => Promise<boolean>
}

const shares: readonly (readonly [Fault, number])[] = [
  ['cut socket', 0.05],
  ['killed session', 0.05],
  ['killed supervisor', 0.08],
  ['killed client', 0.045],
  ['duplicate client', 0.06],
]

/** Plans a fault for about every fourth command. */
export function planFault(random: Random): PlannedFault | undefined {
  let left = random()
  const afterMs = random() * random() * 600
  const choice = random()
  for (const [is, share] of shares) {
    left -= share
    if (left < 0)
      return { is, afterMs, strike: (fixture, target) => strike(is, fixture, { ...target, choice }) }
  }
  return undefined
}

async function strike(
  is: Fault,
  fixture: Fixture,
  target: Target & { readonly choice: number },
): Promise<boolean> {
  const choose = (): number => target.choice
  switch (is) {
    case 'cut socket':
      return fixture.proxy.cut(choose)
    case 'killed session':
      return fixture.sshd.killSession(choose)
    case 'killed client':
      fixture.clients.killOne(choose)
      return true
    case 'killed supervisor':
      return killSupervisor(fixture, target)
    case 'duplicate client':
      return false
  }
}

async function killSupervisor({ sshd, killed }: Fixture, { work, ended }: Target): Promise<boolean> {
  for (; !ended(); await pause(2)) {
    const owner = ownerOf(sshd.root, work)
    const [, pid, born] = owner.split('.')
    if (pid === undefined || born === undefined) continue
    // PIDs are reused.
    if (bornOf(pid) !== born) return false
    killed.add(owner)
    return killProcess(Number(pid))
  }
  return false
}

/** False if it has already ended. */
function killProcess(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

/** Returns the owner in the receipt of a command; empty without one. */
export function ownerOf(root: string, { number }: Work): string {
  const receipt = join(root, 'runs', `${RUN_TOKEN}_${PHASE}_r${number}_1_count`)
  if (!existsSync(receipt)) return ''
  return readdirSync(receipt).find((name) => name.startsWith('owner.')) ?? ''
}

function bornOf(pid: string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
