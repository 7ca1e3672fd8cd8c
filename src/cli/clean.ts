import { hostname } from 'node:os'
import { openAuthority } from '../activities/authority.ts'
import type { Authority } from '../activities/authority.ts'
import { CleanRefused, removeKept, survey } from '../break-glass/clean.ts'
import type { Cleanable, Surveyed } from '../break-glass/clean.ts'
import { manualHolder } from '../break-glass/holder.ts'
import type { RunOpenness } from '../break-glass/holder.ts'
import { notedRuns } from '../break-glass/noted-runs.ts'
import { readConfig } from '../config.ts'
import { LockHeld, NotSigned, ReinstateError } from '../errors.ts'
import { openHosts } from '../host/hosts.ts'
import type { AllHosts } from '../host/hosts.ts'
import { readInventory } from '../host/inventory.ts'
import { readKeyIfThere } from '../worker-key.ts'
import type { RunNote } from '../workflows/messages.ts'
import { BadInput, exitCodes } from './exit-codes.ts'
import type { ExitCode } from './exit-codes.ts'
import { cleanLines } from './rendering/clean-lines.ts'
import { note as tell, print, printJson } from './terminal.ts'
import { confirm } from './undo-by-hand.ts'
import { whatTemporalSaysOfAll } from './what-temporal-says.ts'
import { userName } from '../host/user-name.ts'

interface CleanOptions {
  /** A run, or a host of the inventory. */
  readonly what: string
  readonly olderThanSeconds?: number
  /** Hosts that are gone. */
  readonly without: readonly string[]
  readonly by: string
  readonly yes: boolean
  readonly json: boolean
}

/** Removes what closed runs keep on their hosts, after a yes. */
export async function cleanHosts(options: CleanOptions): Promise<ExitCode> {
  const { inventory: file, knownHosts, localRoot, keyFile } = readConfig()
  const inventory = await readInventory(file)
  const hosts = openHosts({ inventory, knownHosts, localRoot, localDocker: 'not needed' })
  try {
    const key = readKeyIfThere(keyFile)
    const authority = key && openAuthority(key)
    const isHost = inventory.hosts.has(options.what)
    if (!isHost && options.olderThanSeconds !== undefined)
      throw new BadInput(`--older-than needs a host of the inventory; ${options.what} is none`)
    const notes = isHost ? await notesOf(hosts, options) : [await noteOf(hosts, options.what)]
    const openness = await whatTemporalSaysOfAll(notes.map(({ ref }) => ref))
    const runs: Surveyed[] = []
    for (const [index, note] of notes.entries()) {
      const temporal = openness[index] ?? { state: 'unknown', why: '' }
      const found = await survey(hosts, note, authority)
      runs.push({ ...found, temporal, ...whyRefused(found, temporal, { authority, ...options }) })
    }
    const chosen = isHost ? runs.filter((run) => isDue(run, options)) : runs
    return await clean(hosts, chosen, { isHost, ...options })
  } finally {
    await hosts.close()
  }
}

async function notesOf(
  hosts: AllHosts,
  { what: host, olderThanSeconds = 0 }: CleanOptions,
): Promise<readonly RunNote[]> {
  const { runs, unreadable } = await notedRuns(hosts, host)
  for (const token of unreadable) tell(`the note of run ${token} on ${host} cannot be read; it stays`)
  return runs
    .filter(({ note, since }) => note.plan.hosts.includes(host) && isOlder(since, olderThanSeconds))
    .map(({ note }) => note)
}

/** Finds the newest run of an id, or the run of a token, on any host of the inventory. */
async function noteOf(hosts: AllHosts, run: string): Promise<RunNote> {
  const unread: string[] = []
  const found = await Promise.all(
    hosts.names.map(async (host) => {
      try {
        const { runs } = await notedRuns(hosts, host)
        return runs.filter(({ note: { ref, plan } }) => isNamed(ref, run) && plan.hosts.includes(host))
      } catch (error) {
        if (!(error instanceof ReinstateError)) throw error
        unread.push(error.message)
        return []
      }
    }),
  )
  const [newest] = found.flat().sort((one, other) => other.since.getTime() - one.since.getTime())
  if (newest) return newest.note
  const also = unread.length === 0 ? '' : `; not asked: ${unread.join('; ')}`
  throw new BadInput(`no host of the inventory keeps anything of a run ${run}${also}`, 'reinstate status')
}

function isNamed({ run, token }: RunNote['ref'], named: string): boolean {
  return run === named || token === named
}

function whyRefused(
  { note, excluded }: Cleanable,
  { state, why }: RunOpenness,
  { authority, without }: CleanOptions & { readonly authority: Authority | undefined },
): { readonly refused?: string } {
  const missing = excluded.find(({ host }) => !without.includes(host))
  const refused =
    unsigned(note, authority) ??
    (state === 'open' ? `${why}: only closed runs are cleaned` : undefined) ??
    (missing && `${missing.host}: ${missing.why}; to clean the other hosts: --without ${missing.host}`)
  return refused === undefined ? {} : { refused }
}

/** A host can change only what it keeps itself: without the workers' key, equal notes on all hosts are enough. */
function unsigned(note: RunNote, authority: Authority | undefined): string | undefined {
  try {
    authority?.checkNote(note)
    return undefined
  } catch (error) {
    if (error instanceof NotSigned) return error.message
    throw error
  }
}

/** By default, only runs that a rollback has nothing left to undo of. */
function isDue({ undoable, lastChange }: Surveyed, { olderThanSeconds }: CleanOptions): boolean {
  return olderThanSeconds === undefined ? undoable.length === 0 : isOlder(lastChange, olderThanSeconds)
}

function isOlder(time: Date, seconds: number): boolean {
  return time.getTime() <= Date.now() - seconds * 1000
}

async function clean(
  hosts: AllHosts,
  runs: readonly Surveyed[],
  { isHost, ...options }: CleanOptions & { readonly isHost: boolean },
): Promise<ExitCode> {
  const { json, yes, what } = options
  if (!json) print(runs.length === 0 ? [`${what} keeps no run that is to be cleaned`] : cleanLines(runs))
  const due = runs.filter(({ refused }) => refused === undefined)
  const asked = due.length > 0 && (!json || yes)
  if (asked) await confirm(question(due), options, 'nothing was removed')
  const cleaned: { readonly run: Surveyed; readonly left: readonly string[]; readonly failed?: string }[] = []
  for (const run of asked ? due : []) {
    const one = { run, ...(await cleanOne(hosts, run, options)) }
    cleaned.push(one)
    const { run: id } = run.note.ref
    tell(one.failed === undefined ? `cleaned ${id}` : `not cleaned: ${id}: ${one.failed}`)
    one.left.forEach((left) => tell(`  left: ${left}`))
  }
  const isDone = cleaned.every(({ left, failed }) => left.length === 0 && failed === undefined)
  if (json)
    printJson(
      runs.map((run) =>
        jsonOf(
          run,
          cleaned.find((one) => one.run === run),
        ),
      ),
    )
  return isDone && (isHost || json || due.length > 0) ? exitCodes.done : exitCodes.failed
}

function question(due: readonly Surveyed[]): string {
  const lost = due.filter(({ undoable }) => undoable.length > 0).map(({ note }) => note.ref.run)
  const warning =
    lost.length === 0
      ? ''
      : `; ${lost.length === 1 ? 'this run' : `these ${lost.length} runs`} can then no longer be rolled back: ${lost.join(', ')}`
  return `remove this${warning}`
}

async function cleanOne(
  hosts: AllHosts,
  run: Surveyed,
  { by }: CleanOptions,
): Promise<{ readonly left: readonly string[]; readonly failed?: string }> {
  const holder = manualHolder(`${userName()}@${hostname()}`, run.note.ref)
  try {
    return { left: await removeKept(hosts, run, { by, holder }) }
  } catch (error) {
    if (!(error instanceof LockHeld) && !(error instanceof CleanRefused)) throw error
    return { left: [], failed: error.message }
  }
}

function jsonOf(
  { note: { ref, plan }, lastChange, undoable, kept, excluded, temporal, refused }: Surveyed,
  cleaned?: { readonly left: readonly string[]; readonly failed?: string },
) {
  return {
    ...{ ...ref, plan: plan.plan, hosts: plan.hosts, lastChange: lastChange.toISOString(), temporal },
    ...{ undoable, kept, excluded, removed: cleaned !== undefined && cleaned.failed === undefined },
    ...{ left: cleaned?.left ?? [] },
    ...(refused === undefined && cleaned?.failed === undefined
      ? {}
      : { refused: refused ?? cleaned?.failed }),
  }
}
