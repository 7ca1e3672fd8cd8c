import { canonical } from '../activities/authority.ts'
import type { Authority } from '../activities/authority.ts'
import { NotSigned, ReinstateError } from '../errors.ts'
import type { AllHosts } from '../host/hosts.ts'
import type { Receipt } from '../host/receipts.ts'
import { isNote } from '../host/run-notes.ts'
import type { JournalEntry } from '../plan/plan.ts'
import type { RollbackRequest, RunNote } from '../workflows/messages.ts'
import { notedRuns, parseEntry } from './noted-runs.ts'

/** What the hosts of a run know of it. */
export interface Gathered {
  /** What is still to undo, in the order of the plan. */
  readonly request: RollbackRequest
  /** Whether at least one of these steps can be undone. */
  readonly anyToUndo: boolean
  /** Steps that were undone before. */
  readonly undone: readonly string[]
  /** Commands that still run. They have to be stopped first. */
  readonly running: readonly { readonly host: string; readonly token: string }[]
  /** Hosts of the run whose journal could not be read, or whose note differs. What the run did there is unknown. */
  readonly excluded: readonly { readonly host: string; readonly why: string }[]
  /** By step: how many undos of it were started before. */
  readonly undoAttempts: ReadonlyMap<string, number>
  /** Journal entries that are left out: broken, unsigned, or of another host. */
  readonly refused: readonly RefusedEntry[]
}

export interface RefusedEntry {
  readonly host: string
  readonly step: string
  readonly why: string
  /** Whether the step belongs to another host. The journal of that host counts; no entry is missing here. */
  readonly isForeign: boolean
}

interface OnHost {
  readonly host: string
  readonly entries: readonly { readonly entry: JournalEntry; readonly began: number }[]
  readonly receipts: readonly Receipt[]
  readonly refused: readonly RefusedEntry[]
}

/**
 * Reads the journal of a run from all of its hosts. Changes nothing. What lies on a host is data that the host may have
 * made up: an entry counts only for the host on which it lies, and with an `authority` only where a worker signed it.
 */
export async function gather(
  hosts: AllHosts,
  note: RunNote,
  authority: Authority | undefined,
): Promise<Gathered> {
  const found = await Promise.all(
    note.plan.hosts.map(async (host) => {
      try {
        return await readHost(hosts, { host, note, authority })
      } catch (error) {
        if (!(error instanceof ReinstateError)) throw error
        return { host, why: error.message }
      }
    }),
  )
  const read = found.flatMap((one) => ('entries' in one ? [one] : []))
  const receipts = read.flatMap(({ host, receipts: all }) => all.map((receipt) => ({ host, ...receipt })))
  const marked = receipts.filter(({ undone }) => undone)
  const isUndone = ({ phase, step }: JournalEntry) =>
    marked.some(
      ({ host, token }) => host === step.host && partsOf(token).phaseAndStep === `${phase}/${step.step}`,
    )
  const entries = inPlanOrder(note, firstOfEach(read.flatMap((one) => one.entries)))
  const journal = entries.filter((entry) => !isUndone(entry))
  return {
    request: { ...note, journal },
    anyToUndo: journal.some(({ step }) => step.cannotUndo === undefined),
    undone: entries.filter(isUndone).map(({ step }) => step.step),
    running: receipts.filter(({ state }) => state === 'running' || state === 'orphaned'),
    excluded: found.flatMap((one) => ('why' in one ? [one] : [])),
    undoAttempts: attemptsOf(receipts),
    refused: read.flatMap((one) => one.refused),
  }
}

interface Reading {
  readonly host: string
  readonly note: RunNote
  readonly authority: Authority | undefined
}

async function readHost(hosts: AllHosts, reading: Reading): Promise<OnHost> {
  const { host, note } = reading
  if (!hosts.names.includes(host)) throw new HostExcluded(`the inventory does not name ${host}`)
  const { runs } = await notedRuns(hosts, host)
  const own = runs.find((run) => run.note.ref.token === note.ref.token)
  if (!own) throw new HostExcluded(`there is no trace of ${note.ref.run} on ${host}`)
  if (canonical(own.note) !== canonical(note))
    throw new HostExcluded(`its note of ${note.ref.run} differs: one of the two hosts has changed it`)
  const [receipts, journal] = await Promise.all([
    hosts.receipts(host, note.ref.token),
    hosts.journal(host, note.ref.token),
  ])
  const began = new Map(receipts.map(({ token, started }) => [token, started?.getTime()]))
  const entries: { entry: JournalEntry; began: number }[] = []
  const refused: RefusedEntry[] = []
  for (const { token, json } of journal.filter((one) => !isNote(one.token))) {
    const entry = parseEntry(json)
    const why = entry ? whyRefused(entry, reading) : 'it cannot be read: it is broken, or of another version'
    if (entry && why === undefined) entries.push({ entry, began: began.get(token) ?? Infinity })
    else {
      const isForeign = entry !== undefined && entry.step.host !== host
      refused.push({ host, step: partsOf(token).step, why: why ?? '', isForeign })
    }
  }
  return { host, receipts, entries, refused }
}

function whyRefused(entry: JournalEntry, { host, note, authority }: Reading): string | undefined {
  const { phase, step } = entry
  if (step.host !== host) return `it is for the host ${step.host}`
  const isInPlan = note.phases.some(
    (one) => one.phase === phase && one.steps.some((named) => named.step === step.step),
  )
  if (!isInPlan) return 'the note of the run names no such step'
  try {
    authority?.checkEntry(note, entry)
    return undefined
  } catch (error) {
    if (error instanceof NotSigned) return error.message
    throw error
  }
}

class HostExcluded extends ReinstateError {
  override readonly name = 'NotKnownHere'
}

/** A step that was tried again has several entries: the prior state of the first is what was there before the run. */
function firstOfEach(entries: OnHost['entries']): readonly JournalEntry[] {
  const first = new Map<string, JournalEntry>()
  for (const { entry } of [...entries].sort((one, other) => one.began - other.began)) {
    if (!first.has(entry.step.step)) first.set(entry.step.step, entry)
  }
  return [...first.values()]
}

function inPlanOrder({ phases }: RunNote, entries: readonly JournalEntry[]): readonly JournalEntry[] {
  const order = phases.flatMap(({ steps }) => steps.map(({ step }) => step))
  return [...entries].sort((one, other) => order.indexOf(one.step.step) - order.indexOf(other.step.step))
}

function attemptsOf(receipts: readonly Receipt[]): ReadonlyMap<string, number> {
  const attempts = new Map<string, number>()
  for (const { step, attempt } of receipts.map(({ token }) => partsOf(token))) {
    const [, count] = /^undo-(\d+)$/.exec(attempt) ?? []
    if (count !== undefined) attempts.set(step, Math.max(Number(count), attempts.get(step) ?? 0))
  }
  return attempts
}

/** A token is run, phase, step, attempt and name, joined by `_`. */
function partsOf(token: string): {
  readonly step: string
  readonly attempt: string
  readonly phaseAndStep: string
} {
  const [, phase = '', step = '', attempt = ''] = token.split('_')
  return { step, attempt, phaseAndStep: `${phase}/${step}` }
}
