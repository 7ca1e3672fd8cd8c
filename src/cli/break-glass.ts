import { userInfo, hostname } from 'node:os'
import { gather } from '../break-glass/gather.ts'
import type { Gathered } from '../break-glass/gather.ts'
import { holderByHand, parseHolder } from '../break-glass/holder.ts'
import { notedRuns } from '../break-glass/noted-runs.ts'
import type { NotedRun } from '../break-glass/noted-runs.ts'
import { readConfig } from '../config.ts'
import { openHosts } from '../host/hosts.ts'
import type { AllHosts } from '../host/hosts.ts'
import { readInventory } from '../host/inventory.ts'
import type { RunNote } from '../workflows/messages.ts'
import { BadInput, exitCodes } from './exit-codes.ts'
import type { ExitCode } from './exit-codes.ts'
import { handReport, noteLines, stillToUndo, undoPlanLines } from './rendering/break-glass-lines.ts'
import { note as tell, print, printJson } from './terminal.ts'
import { agreeTo, takeOver, undoByHand } from './undo-by-hand.ts'
import type { ByHand } from './undo-by-hand.ts'
import { whatTemporalSays } from './what-temporal-says.ts'

export interface BreakGlass extends ByHand {
  readonly fromHost: string
  readonly run?: string
  readonly json: boolean
  /** Although Temporal says that the run is open. */
  readonly force: boolean
  /** Hosts of the run that are gone. */
  readonly without: readonly string[]
}

/** Rolls a run back out of what its hosts know, with no Temporal and no worker; without a run, lists those they know. */
export async function rollbackFromHost(options: BreakGlass): Promise<ExitCode> {
  const { inventory: file, knownHosts, localRoot } = readConfig()
  const inventory = await readInventory(file)
  if (!inventory.hosts.has(options.fromHost)) {
    const known = [...inventory.hosts.keys()].join(', ')
    throw new BadInput(`${file} names no host ${options.fromHost}; it names: ${known || 'none'}`)
  }
  const hosts = openHosts({ inventory, knownHosts, localRoot, localDocker: 'not needed' })
  try {
    const runs = await notedRuns(hosts, options.fromHost)
    return options.run === undefined
      ? await list(hosts, runs, options)
      : await rollback(hosts, chosen(runs, options.run, options.fromHost), options)
  } finally {
    await hosts.close()
  }
}

async function list(
  hosts: AllHosts,
  runs: readonly NotedRun[],
  { fromHost, json }: BreakGlass,
): Promise<ExitCode> {
  const locks = await hosts.locks(fromHost)
  const holds = ({ note }: NotedRun) =>
    locks.some(({ holder }) => {
      const parsed = parseHolder(holder)
      return parsed.is !== 'unknown' && parsed.ref.token === note.ref.token
    })
  const listed = await Promise.all(
    runs.map(async (run) => ({ ...run, holdsLock: holds(run), ...(await gather(hosts, run.note)) })),
  )
  if (json) {
    printJson(
      listed.map(({ note: { ref, plan }, since, holdsLock, request, undone }) => ({
        ...{ ...ref, plan: plan.plan, hosts: plan.hosts, startedAt: since.toISOString(), holdsLock },
        ...{ toUndo: stillToUndo(request).map(({ step }) => step.step), undone },
      })),
    )
  } else print(noteLines(fromHost, listed))
  return exitCodes.done
}

/** By its id, of which the newest counts, or by its token. */
function chosen(runs: readonly NotedRun[], run: string, host: string): RunNote {
  const found = runs.find(({ note: { ref } }) => ref.run === run || ref.token === run)
  if (found) return found.note
  throw new BadInput(`${host} knows nothing of a run ${run}`, `reinstate rollback --from-host ${host}`)
}

async function rollback(hosts: AllHosts, note: RunNote, options: BreakGlass): Promise<ExitCode> {
  const { run } = note.ref
  const verdict = await whatTemporalSays(note.ref)
  if (verdict.says === 'open' && !options.force) {
    throw new BadInput(
      `${verdict.why}: it would go on while it is rolled back here; to do so all the same: --force --reason`,
      `reinstate cancel ${run}`,
    )
  }
  const found = await gather(hosts, note)
  refuseUnaccounted(found, options)
  if (!options.json) print(undoPlanLines(note, found, verdict))
  if (found.anyToUndo) await agreeTo(`undo these steps of ${run}`, options)

  const holder = holderByHand(`${userInfo().username}@${hostname()}`, note.ref)
  const there = note.plan.hosts.filter((host) => !found.away.some((away) => away.host === host))
  for (const host of found.anyToUndo ? there : []) await takeOver(hosts, { host, holder, note }, options)
  for (const { host, token } of found.running) {
    const { state } = await hosts.stop(host, token)
    tell(`stopped ${token} on ${host}: ${state}`)
  }
  const { result, left } = await undoByHand(hosts, found, options)
  for (const host of there) await hosts.releaseLock(host, { name: note.plan.stack, holder })
  const complete = result.notUndone.length === 0 && result.notStarted.length === 0
  if (options.json) {
    const state = complete ? 'rolled-back' : 'failed'
    printJson({ ...note.ref, state, ...result, undoneBefore: found.undone, away: found.away })
  } else print(handReport(note, { result, found }))
  // As the rollback of a worker ends: rolled back is no success. 4 where somebody has to decide first.
  return left ? exitCodes.waits : exitCodes.failed
}

/** What cannot be read is left out only where a person said so: a rollback must not look whole when it is not. */
function refuseUnaccounted({ away, unreadable }: Gathered, { without, fromHost }: BreakGlass): void {
  const missing = away.filter(({ host }) => !without.includes(host))
  if (missing.length > 0) {
    const lines = missing.map(({ host, why }) => `  ${host}: ${why}`)
    const words = missing.map(({ host }) => `--without ${host}`).join(' ')
    throw new BadInput(
      `the run worked on other hosts, too, and what it did there is not known here:\n${lines.join('\n')}\n` +
        `Fix that, or leave them as they are: ${words}`,
    )
  }
  if (unreadable.length === 0) return
  throw new BadInput(
    `the journal on ${fromHost} cannot be read by this version: ${unreadable.join(', ')}; use the version that wrote it`,
  )
}
