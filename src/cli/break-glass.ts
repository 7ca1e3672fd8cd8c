import { hostname } from 'node:os'
import { openAuthority } from '../activities/authority.ts'
import type { Authority } from '../activities/authority.ts'
import { gather } from '../break-glass/gather.ts'
import type { Gathered } from '../break-glass/gather.ts'
import { manualHolder, parseHolder } from '../break-glass/holder.ts'
import { notedRuns } from '../break-glass/noted-runs.ts'
import type { NotedRun, NotedRuns } from '../break-glass/noted-runs.ts'
import { readConfig } from '../config.ts'
import { openHosts } from '../host/hosts.ts'
import type { AllHosts } from '../host/hosts.ts'
import { readInventory } from '../host/inventory.ts'
import { readKeyIfThere } from '../worker-key.ts'
import type { RunNote } from '../workflows/messages.ts'
import { BadInput, exitCodes } from './exit-codes.ts'
import type { ExitCode } from './exit-codes.ts'
import { handReport, noteLines, stillToUndo, undoPlanLines } from './rendering/break-glass-lines.ts'
import { note as tell, print, printJson, someoneIsThere } from './terminal.ts'
import { confirm, takeOrTakeOverLock, undoByHand } from './undo-by-hand.ts'
import type { ManualUndoOptions } from './undo-by-hand.ts'
import { whatTemporalSays } from './what-temporal-says.ts'
import { userName } from '../host/user-name.ts'

export interface BreakGlass extends ManualUndoOptions {
  readonly fromHost: string
  readonly run?: string
  readonly json: boolean
  /** Even where Temporal says that the run is open. */
  readonly force: boolean
  /** Hosts of the run that are gone. */
  readonly without: readonly string[]
  /** Without the workers' key: each undo is shown and asked about. */
  readonly unsigned: boolean
}

/** Rolls a run back by what its hosts keep, without Temporal or a worker. Without a run, lists the runs that they keep. */
export async function rollbackFromHost(options: BreakGlass): Promise<ExitCode> {
  const { inventory: file, knownHosts, localRoot, keyFile } = readConfig()
  const inventory = await readInventory(file)
  if (!inventory.hosts.has(options.fromHost)) {
    const known = [...inventory.hosts.keys()].join(', ')
    throw new BadInput(`${file} names no host ${options.fromHost}; it names: ${known || 'none'}`)
  }
  const hosts = openHosts({ inventory, knownHosts, localRoot, localDocker: 'not needed' })
  try {
    const key = readKeyIfThere(keyFile)
    const authority = key && openAuthority(key)
    const noted = await notedRuns(hosts, options.fromHost)
    if (options.run === undefined) return await list({ hosts, noted, authority }, options)
    const note = chosen(noted, options.run, options.fromHost)
    refuseUnsigned(note, authority, { ...options, keyFile })
    return await rollback({ hosts, note, authority }, options)
  } finally {
    await hosts.close()
  }
}

/** A host may have changed what it keeps: it is carried out only where a worker signed it, or a person agrees to each undo. */
function refuseUnsigned(
  note: RunNote,
  authority: Authority | undefined,
  { unsigned, keyFile }: BreakGlass & { readonly keyFile: string },
): void {
  if (authority && unsigned)
    throw new BadInput(`--unsigned is for a machine without the workers' key; this one has ${keyFile}`)
  if (authority) return authority.checkNote(note)
  if (unsigned) {
    if (!someoneIsThere()) throw new BadInput('--unsigned asks about each undo, and this is no terminal')
    return
  }
  throw new BadInput(
    `the workers' key ${keyFile} is missing, so what the host keeps cannot be verified. Bring it from a worker ` +
      '(reinstate key export), or, where it is lost, decide on each undo by itself: --unsigned',
    'reinstate key import FILE',
  )
}

interface Glass {
  readonly hosts: AllHosts
  readonly authority: Authority | undefined
}

async function list(
  { hosts, noted, authority }: Glass & { readonly noted: NotedRuns },
  { fromHost, json }: BreakGlass,
): Promise<ExitCode> {
  const { runs, unreadable } = noted
  const locks = await hosts.locks(fromHost)
  const holds = ({ note }: NotedRun) =>
    locks.some(({ holder }) => {
      const parsed = parseHolder(holder)
      return parsed.is !== 'unknown' && parsed.ref.token === note.ref.token
    })
  const listed: (NotedRun & Gathered & { readonly holdsLock: boolean })[] = []
  for (const run of runs)
    listed.push({ ...run, holdsLock: holds(run), ...(await gather(hosts, run.note, authority)) })
  if (json) {
    printJson(
      listed.map(({ note: { ref, plan }, since, holdsLock, request, undone }) => ({
        ...{ ...ref, plan: plan.plan, hosts: plan.hosts, startedAt: since.toISOString(), holdsLock },
        ...{ toUndo: stillToUndo(request).map(({ step }) => step.step), undone },
      })),
    )
  } else print(noteLines(fromHost, listed, unreadable))
  return exitCodes.done
}

/** Finds a run by its id (the newest counts) or by its token. */
function chosen({ runs, unreadable }: NotedRuns, run: string, host: string): RunNote {
  const found = runs.find(({ note: { ref } }) => ref.run === run || ref.token === run)
  if (found) return found.note
  if (unreadable.includes(run))
    throw new BadInput(
      `the note of run ${run} on ${host} cannot be read: it is broken, or version 0.1 wrote it, which then rolls it back`,
    )
  throw new BadInput(`${host} keeps nothing of a run ${run}`, `reinstate rollback --from-host ${host}`)
}

async function rollback(
  { hosts, note, authority }: Glass & { readonly note: RunNote },
  options: BreakGlass,
): Promise<ExitCode> {
  const { run } = note.ref
  const verdict = await whatTemporalSays(note.ref)
  if (verdict.state === 'open' && !options.force) {
    throw new BadInput(
      `${verdict.why}: the run would continue during the rollback; to roll it back anyway: --force --reason`,
      `reinstate cancel ${run}`,
    )
  }
  const found = await gather(hosts, note, authority)
  refuseUnaccounted(found, options)
  if (!options.json) print(undoPlanLines(note, found, verdict))
  if (found.anyToUndo) await confirm(`undo these steps of ${run}`, options)

  const holder = manualHolder(`${userName()}@${hostname()}`, note.ref)
  const there = note.plan.hosts.filter((host) => !found.excluded.some((away) => away.host === host))
  for (const host of found.anyToUndo ? there : [])
    await takeOrTakeOverLock(hosts, { host, holder, note }, options)
  for (const { host, token } of found.running) {
    const { state } = await hosts.stop(host, token)
    tell(`stopped ${token} on ${host}: ${state}`)
  }
  const { result, left } = await undoByHand(hosts, found, options)
  for (const host of there) await hosts.releaseLock(host, { name: note.plan.stack, holder })
  const complete = result.notUndone.length === 0 && result.notStarted.length === 0
  if (options.json) {
    const state = complete ? 'rolled-back' : 'rollback-incomplete'
    printJson({ ...note.ref, state, ...result, undoneBefore: found.undone, away: found.excluded })
  } else print(handReport(note, { result, found }))
  if (left) return exitCodes.waits
  return complete ? exitCodes.done : exitCodes.failed
}

/** What is unknown is left out only where the operator names it: a rollback must not look complete when it is not. */
function refuseUnaccounted({ excluded: away, refused }: Gathered, { without, skip }: BreakGlass): void {
  const missing = away.filter(({ host }) => !without.includes(host))
  if (missing.length > 0) {
    const lines = missing.map(({ host, why }) => `  ${host}: ${why}`)
    const words = missing.map(({ host }) => `--without ${host}`).join(' ')
    throw new BadInput(
      `what the run did on its other hosts is not known here:\n${lines.join('\n')}\n` +
        `Fix that, or leave these hosts as they are: ${words}`,
    )
  }
  const left = refused.filter(({ step, isForeign }) => !isForeign && !skip.includes(step))
  if (left.length === 0) return
  const lines = left.map(({ host, step, why }) => `  ${step} on ${host}: ${why}`)
  const words = [...new Set(left.map(({ step }) => `--skip ${step}`))].join(' ')
  throw new BadInput(
    `journal entries were refused:\n${lines.join('\n')}\n` +
      `Find out who changed them, or leave these entries as they are: ${words}`,
  )
}
