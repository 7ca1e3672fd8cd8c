import { randomBytes } from 'node:crypto'
import { command, question } from '../shell/command.ts'
import { shellFile } from '../shell/shell-file.ts'
import { boundHost } from './bound-host.ts'
import type { Machine } from './channel.ts'
import { askHost, questionFailed } from './questions.ts'
import { decodeName, encodeName } from './receipts.ts'

/** A lock on a host. `name` is the stack. */
export interface HeldLock {
  readonly name: string
  readonly holder: string
  readonly since: Date
}

/** Returns all locks on a host. */
export async function heldLocks(machine: Machine, signal: AbortSignal): Promise<readonly HeldLock[]> {
  const asked = question(shellFile('../host/list-locks.sh', { locks: `${machine.root}/locks` }))
  const redact = (text: string) => text
  const reply = await askHost(machine, asked, { signal, redact })
  if (reply.exit !== '0' && reply.exit !== '1')
    throw questionFailed(machine.name, 'the locks of the host', reply)
  return reply.stdout.split('\n').flatMap((line) => {
    const [, seconds, name, holder] = /^(\d+) (\S+) (\S+)$/.exec(line) ?? []
    if (seconds === undefined || name === undefined || holder === undefined) return []
    return [{ name: decodeName(name), holder: decodeName(holder), since: new Date(Number(seconds) * 1000) }]
  })
}

/**
 * Removes a lock whose holder is gone. First logs `reason` to unlocked.log on the host.
 * @throws CommandFailed if its holder has changed
 */
export async function breakLock(
  machine: Machine,
  { name, holder }: Pick<HeldLock, 'name' | 'holder'>,
  reason: string,
): Promise<void> {
  const host = boundHost(
    machine,
    {
      ...{ runToken: `unlock-${randomBytes(6).toString('hex')}`, phase: 'unlock', step: 'lock' },
      ...{ attempt: 1, signal: new AbortController().signal, beat: () => {}, secrets: [] },
    },
    { patienceSeconds: 60 },
  )
  const script = shellFile('../host/break-lock.sh', {
    lock: `${machine.root}/locks/${encodeName(name)}`,
    ...{ expected: encodeName(holder), reason, log: `${machine.root}/unlocked.log` },
  })
  await host.run('remove', command(script, { timeoutSeconds: 60 }))
}
