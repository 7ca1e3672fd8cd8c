import type { Command } from 'commander'
import { describeHolder, parseHolder } from '../../break-glass/holder.ts'
import type { RunOpenness } from '../../break-glass/holder.ts'
import { readConfig } from '../../config.ts'
import { openHosts } from '../../host/hosts.ts'
import type { AllHosts } from '../../host/hosts.ts'
import { readInventory } from '../../host/inventory.ts'
import type { HeldLock } from '../../host/locks.ts'
import { BadInput, exitCodes } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { personName, whoAmI } from '../plan-argument.ts'
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

type Judged = HeldLock & { readonly temporal: RunOpenness; readonly removed: boolean }

export function define(command: Command): void {
  command
    .argument('<host>', 'a host of the inventory')
    .argument('[stack]', 'the locked stack. Default: all locks of the host')
    .option('--yes', 'does not ask if Temporal says that the run is closed')
    .option('--force', 'with --reason: even if the run is open or unknown')
    .option('--reason <text>', 'is logged on the host, in unlocked.log')
    .option('--by <name>', 'who removes it. Default: the login name', personName)
    .option('--json', 'prints the locks as JSON; removes one only with --yes or --force')
    .addHelpText('after', '\nExample:\n  reinstate unlock server guestbook')
    .action(async (host: string, stack: string | undefined, options: Options) => {
      process.exitCode = await unlock(host, stack, options)
    })
}

async function unlock(host: string, stack: string | undefined, options: Options): Promise<ExitCode> {
  if (options.force && options.reason === undefined)
    throw new BadInput('--force needs a --reason, which is logged on the host')
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

/**
 * A lock of a closed run, or of one that has given its locks back, needs a yes; of an unknown run, a yes at a terminal or
 * --force; of another open run, --force.
 */
async function decide(
  { name, holder }: HeldLock,
  { state, why, unlockedSince }: RunOpenness,
  options: Options,
): Promise<boolean> {
  const { yes = false, force = false, json = false } = options
  if (force) return true
  const isFree = state === 'closed' || unlockedSince !== undefined
  if (state === 'open' && !isFree) {
    const parsed = parseHolder(holder)
    const run = parsed.is === 'run' ? parsed.ref.run : 'RUN'
    note(`  not removed: ${why}; end it first: reinstate cancel ${run}, or --force with a --reason`)
    return false
  }
  if (isFree && yes) return true
  if (json) return false
  if (!someoneIsThere()) {
    const next = isFree ? '--yes' : '--force with a --reason, if the holder is dead'
    note(`  not removed: no terminal to ask; ${next}`)
    return false
  }
  return /^y(es)?$/i.test((await askLine(`remove the lock on ${name} (yes or no)? `)) ?? '')
}

async function remove(
  hosts: AllHosts,
  {
    host,
    lock,
    temporal,
  }: { readonly host: string; readonly lock: HeldLock; readonly temporal: RunOpenness },
  { by = whoAmI(), reason }: Options,
): Promise<void> {
  const because = reason === undefined ? '' : `, because: ${reason}`
  const said = `${by} removed the lock on ${lock.name} of ${lock.holder}, ${temporal.state}: ${temporal.why}${because}`
  await hosts.breakLock(host, lock, said)
  note(`  removed, and logged in unlocked.log on ${host}`)
}

function lockLines(
  host: string,
  { name, holder, since }: HeldLock,
  { state, why, unlockedSince }: RunOpenness,
): string[] {
  const from = since.toISOString()
  return [
    `${name} on ${host} is held by ${describeHolder(holder)}`,
    `  since ${dateAndClock(from)}, ${between(from, new Date())} ago`,
    `  Temporal: ${state}: ${why}`,
    ...(unlockedSince === undefined
      ? []
      : [
          `  it waits at an unlocked gate and holds no lock since ${dateAndClock(unlockedSince)}: this one is left over`,
        ]),
  ]
}
