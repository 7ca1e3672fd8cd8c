import type { Command } from 'commander'
import { holderWords } from '../../break-glass/holder.ts'
import type { Verdict } from '../../break-glass/holder.ts'
import { readConfig } from '../../config.ts'
import { openHosts } from '../../host/hosts.ts'
import type { AllHosts } from '../../host/hosts.ts'
import { readInventory } from '../../host/inventory.ts'
import type { HeldLock } from '../../host/locks.ts'
import { BadInput, exitCodes } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { whoAmI } from '../plan-argument.ts'
import { between, dateAndClock } from '../rendering/time.ts'
import { askLine, note, print, printJson, someoneIsThere } from '../terminal.ts'
import { whatTemporalSaysOf } from '../what-temporal-says.ts'

interface Options {
  readonly by?: string
  readonly reason?: string
  readonly yes?: boolean
  readonly force?: boolean
  readonly json?: boolean
}

type Judged = HeldLock & { readonly temporal: Verdict; readonly removed: boolean }

export function define(command: Command): void {
  command
    .argument('<host>', 'a host of the inventory')
    .argument('[stack]', 'the stack that is locked; without it, all of the host')
    .option('--yes', 'does not ask where Temporal says that the run is closed')
    .option('--force', 'with --reason: also where the run is open, or nobody knows')
    .option('--reason <text>', 'is kept on the host, in unlocked.log')
    .option('--by <name>', 'who does it; the login name unless said')
    .option('--json', 'prints the locks as JSON; removes one only with --yes or --force')
    .addHelpText('after', '\nExample:\n  reinstate unlock server guestbook')
    .action(async (host: string, stack: string | undefined, options: Options) => {
      process.exitCode = await unlock(host, stack, options)
    })
}

async function unlock(host: string, stack: string | undefined, options: Options): Promise<ExitCode> {
  if (options.force && options.reason === undefined)
    throw new BadInput('--force needs a --reason, which is kept on the host')
  const { inventory: file, knownHosts, localRoot } = readConfig()
  const inventory = await readInventory(file)
  if (!inventory.hosts.has(host)) {
    const known = [...inventory.hosts.keys()].join(', ')
    throw new BadInput(`${file} names no host ${host}; it names: ${known || 'none'}`)
  }
  const hosts = openHosts({ inventory, knownHosts, localRoot })
  try {
    const locks = (await hosts.locks(host)).filter(({ name }) => stack === undefined || name === stack)
    const judged: Judged[] = []
    for (const lock of locks) {
      const temporal = await whatTemporalSaysOf(lock.holder)
      if (!options.json) print(lockLines(host, lock, temporal))
      const removed = await decide(lock, temporal, options)
      if (removed) await remove(hosts, { host, lock, temporal }, options)
      judged.push({ ...lock, temporal, removed })
    }
    if (options.json) printJson(judged)
    else if (locks.length === 0) print([`${host} has no lock${stack === undefined ? '' : ` on ${stack}`}`])
    return judged.every(({ removed }) => removed) || options.json ? exitCodes.done : exitCodes.failed
  } finally {
    await hosts.close()
  }
}

/** Only what Temporal says is closed goes without a person; what is open goes by force only. */
async function decide({ name }: HeldLock, { says, why }: Verdict, options: Options): Promise<boolean> {
  const { yes = false, force = false, json = false } = options
  if (force) return true
  if (says === 'open') {
    note(`  not removed: ${why}; end it first: reinstate cancel, or --force with a --reason`)
    return false
  }
  if (says === 'closed' && yes) return true
  if (json) return false
  if (!someoneIsThere()) {
    const next = says === 'closed' ? '--yes' : '--force with a --reason, once you know that it is over'
    note(`  not removed: nobody is here to ask; ${next}`)
    return false
  }
  return /^y(es)?$/i.test((await askLine(`remove the lock on ${name} (yes or no)? `)) ?? '')
}

async function remove(
  hosts: AllHosts,
  { host, lock, temporal }: { readonly host: string; readonly lock: HeldLock; readonly temporal: Verdict },
  { by = whoAmI(), reason }: Options,
): Promise<void> {
  const because = reason === undefined ? '' : `, because: ${reason}`
  const said = `${by} removed the lock on ${lock.name} of ${lock.holder}, ${temporal.says}: ${temporal.why}${because}`
  await hosts.breakLock(host, lock, said)
  note(`  removed; unlocked.log on ${host} says so`)
}

function lockLines(host: string, { name, holder, since }: HeldLock, { says, why }: Verdict): string[] {
  const from = since.toISOString()
  return [
    `${name} on ${host} is held by ${holderWords(holder)}`,
    `  since ${dateAndClock(from)}, ${between(from, new Date())} ago`,
    `  Temporal: ${says === 'unknown' ? 'nothing is known of it' : says}: ${why}`,
  ]
}
