import type { AllHosts } from '../host/hosts.ts'
import { isNote } from '../host/run-notes.ts'
import type { Receipt } from '../host/receipts.ts'
import { ReinstateError } from '../errors.ts'
import type { JournalEntry } from '../plan/plan.ts'
import type { RollbackRequest, RunNote } from '../workflows/messages.ts'
import { notedRuns, parseEntry } from './noted-runs.ts'

/** All that the hosts of a run know of it. */
export interface Gathered {
  /** What is still to undo, in the order of the plan. */
  readonly request: RollbackRequest
  /** Whether any of it can be undone at all. */
  readonly anyToUndo: boolean
  /** Steps that were undone before. */
  readonly undone: readonly string[]
  /** Commands that still run: to be stopped first. */
  readonly running: readonly { readonly host: string; readonly token: string }[]
  /** Hosts of the run whose journal could not be read: what it did there is not known here. */
  readonly away: readonly { readonly host: string; readonly why: string }[]
  /** By step: how often its undo was tried before. */
  readonly undoAttempts: ReadonlyMap<string, number>
  /** Entries that were there and could not be read, by receipt. */
  readonly unreadable: readonly string[]
}

interface OnHost {
  readonly entries: readonly { readonly entry: JournalEntry; readonly began: number }[]
  readonly receipts: readonly Receipt[]
  readonly unreadable: readonly string[]
}

/** Reads the journal of a run from all of its hosts. Changes nothing. */
export async function gather(hosts: AllHosts, note: RunNote): Promise<Gathered> {
  const found = await Promise.all(
    note.plan.hosts.map(async (host) => {
      try {
        return { host, ...(await readHost(hosts, host, note)) }
      } catch (error) {
        if (!(error instanceof ReinstateError)) throw error
        return { host, why: error.message }
      }
    }),
  )
  const read = found.flatMap((one) => ('entries' in one ? [one] : []))
  const receipts = read.flatMap(({ host, receipts: all }) => all.map((receipt) => ({ host, ...receipt })))
  const isUndone = new Set(
    receipts.filter(({ undone }) => undone).map(({ token }) => partsOf(token).phaseAndStep),
  )
  const entries = inPlanOrder(note, firstOfEach(read.flatMap((one) => one.entries)))
  const undone = ({ phase, step }: JournalEntry) => isUndone.has(`${phase}/${step.step}`)
  const journal = entries.filter((entry) => !undone(entry))
  return {
    request: { ...note, journal },
    anyToUndo: journal.some(({ step }) => step.cannotUndo === undefined),
    undone: entries.filter(undone).map(({ step }) => step.step),
    running: receipts.filter(({ state }) => state === 'running' || state === 'orphaned'),
    away: found.flatMap((one) => ('why' in one ? [{ host: one.host, why: one.why }] : [])),
    undoAttempts: attemptsOf(receipts),
    unreadable: read.flatMap((one) => one.unreadable),
  }
}

async function readHost(hosts: AllHosts, host: string, { ref }: RunNote): Promise<OnHost> {
  if (!hosts.names.includes(host)) throw new NotKnownHere(`the inventory does not name ${host}`)
  const known = await notedRuns(hosts, host)
  if (!known.some(({ note }) => note.ref.token === ref.token))
    throw new NotKnownHere(`there is no trace of ${ref.run} on ${host}`)
  const [receipts, journal] = await Promise.all([
    hosts.receipts(host, ref.token),
    hosts.journal(host, ref.token),
  ])
  const began = new Map(receipts.map(({ token, started }) => [token, started?.getTime()]))
  const read = journal
    .filter(({ token }) => !isNote(token))
    .map(({ token, json }) => ({ token, entry: parseEntry(json), began: began.get(token) ?? Infinity }))
  return {
    receipts,
    entries: read.flatMap(({ entry, began: at }) => (entry ? [{ entry, began: at }] : [])),
    unreadable: read.filter(({ entry }) => !entry).map(({ token }) => token),
  }
}

class NotKnownHere extends ReinstateError {
  override readonly name = 'NotKnownHere'
}

/** A step that was tried again has several: the first one's prior state is what was there before the run. */
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
  const tries = new Map<string, number>()
  for (const { step, attempt } of receipts.map(({ token }) => partsOf(token))) {
    const [, count] = /^undo-(\d+)$/.exec(attempt) ?? []
    if (count !== undefined) tries.set(step, Math.max(Number(count), tries.get(step) ?? 0))
  }
  return tries
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
