import { randomBytes } from 'node:crypto'
import { command, question } from '../shell/command.ts'
import { sh, written } from '../shell/script.ts'
import { boundHost } from './bound-host.ts'
import type { Machine } from './channel.ts'
import { askHost, questionFailed } from './questions.ts'
import { decodeName, encodeName } from './receipts.ts'

/** A lock as it lies on a host. */
export interface HeldLock {
  /** The stack. */
  readonly name: string
  readonly holder: string
  readonly since: Date
}

/** All locks on a host that are held. */
export async function heldLocks(machine: Machine, signal: AbortSignal): Promise<readonly HeldLock[]> {
  const asked = question(
    written(`
for lock in ${machine.root}/locks/*; do
  [ -f "$lock" ] && read -r holder <"$lock" || continue
  echo "$(stat -c %Y "$lock") \${lock##*/} $holder"
done`),
  )
  const redact = (text: string) => text
  const reply = await askHost(machine, asked, { signal, redact })
  if (reply.exit !== '0' && reply.exit !== '1')
    throw questionFailed(machine.name, 'which locks are held', reply)
  return reply.stdout.split('\n').flatMap((line) => {
    const [, seconds, name, holder] = /^(\d+) (\S+) (\S+)$/.exec(line) ?? []
    if (seconds === undefined || name === undefined || holder === undefined) return []
    return [{ name: decodeName(name), holder: decodeName(holder), since: new Date(Number(seconds) * 1000) }]
  })
}

/**
 * Removes a lock that its holder did not give back, where that holder still has it. Who did it and why is written to
 * unlocked.log on the host first. @throws CommandFailed where another holds it by now
 */
export async function breakLock(
  machine: Machine,
  { name, holder }: Pick<HeldLock, 'name' | 'holder'>,
  said: string,
): Promise<void> {
  const host = boundHost(
    machine,
    {
      ...{ runToken: `unlock-${randomBytes(6).toString('hex')}`, phase: 'unlock', step: 'lock' },
      ...{ attempt: 1, signal: new AbortController().signal, beat: () => {}, secrets: [] },
    },
    { patienceSeconds: 60 },
  )
  const script = sh`
lock=${`${machine.root}/locks/${encodeName(name)}`}
read -r holder <"$lock"
[ "$holder" = ${encodeName(holder)} ] || { echo "another holds it now" >&2; exit 3; }
umask 077
printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" ${said} >>${`${machine.root}/unlocked.log`}
sync
rm -- "$lock"
sync`
  await host.run('remove', command(script, { timeoutSeconds: 60 }))
}
