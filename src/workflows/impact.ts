/** What a run means for visitors and for data, in sentences for people. Pure. */
import type { JournalEntry } from '../plan/plan.ts'
import type { HeldPort } from '../steps/step-kind.ts'
import { onHost } from './messages.ts'
import type { DowntimeState } from './messages.ts'
import type { Decision } from './status.ts'
import { escaped } from './text.ts'

/**
 * Whether visitors are without an answer now, in one sentence. `hasChanged`: whether the run may have changed a host;
 * `hasCleared`: whether it has undone what phases did.
 * `phasesDone`: their titles, which a plan that names no downtime leaves to people to judge. `noDowntime`: it names none on purpose.
 * `freed`: ports that somebody freed since people last approved a gate.
 */
export function visitorsInWords(
  state: DowntimeState | undefined,
  {
    hasChanged,
    hasCleared = false,
    phasesDone = [],
    noDowntime,
    freed = [],
  }: {
    readonly hasChanged: boolean
    readonly hasCleared?: boolean
    readonly phasesDone?: readonly string[]
    readonly noDowntime?: true | undefined
    readonly freed?: readonly HeldPort[]
  },
): string {
  if (freed.length > 0 && state?.downSince === undefined && state?.servedSince === undefined) {
    const own = hasChanged
      ? state
        ? ` This run has not taken the site down; step ${state.from} will.`
        : ''
      : ' This run has changed nothing.'
    return `Visitors: **check whether the site answers**: ${freed.map(freedText).join('; ')}.${own}`
  }
  if (!hasChanged)
    return `Visitors: not affected by this run; ${hasCleared ? 'all that it changed is cleared' : 'it has changed nothing'}.`
  if (noDowntime)
    return 'Visitors: no downtime is planned. If the site does not answer, this run may be the cause.'
  if (!state) {
    const done = phasesDone.length === 0 ? '' : ` Done so far: ${phasesDone.map(escaped).join('; ')}.`
    return `Visitors: **not known**: the plan does not say which of its steps take a site down.${done}`
  }
  const { from, to, downSince, servedSince } = state
  if (servedSince !== undefined) return `Visitors: the site answers again since ${clock(servedSince)}.`
  if (downSince !== undefined)
    return `Visitors: **the site is DOWN** since ${clock(downSince)}. It comes back only with step ${to} or with a rollback.`
  return `Visitors: this run has not taken the site down; step ${from} will.`
}

/** `container web no longer holds port 8080/tcp`. */
export function freedText({ holder, port }: HeldPort): string {
  return `${escaped(holder)} no longer holds port ${port}`
}

interface Undone {
  /** The steps that the run had begun. */
  readonly journal: readonly string[]
  /** When an undo of a step succeeded. */
  readonly undone: ReadonlyMap<string, string>
}

/** Whether the run took the site down, and by now neither the restored site nor the old one answers. */
export function isDownAfterUndo(
  { from, to, downSince, servedSince }: DowntimeState,
  { journal, undone }: Undone,
): boolean {
  const wasTaken = journal.includes(from) || downSince !== undefined
  return wasTaken && !undone.has(from) && (servedSince === undefined || undone.has(to))
}

/** The same during a rollback and after it. `undone`: when an undo of the step succeeded. */
export function visitorsAfterUndo(
  state: DowntimeState | undefined,
  { noDowntime, ...so }: Undone & { readonly noDowntime?: true | undefined },
): string {
  const { journal, undone } = so
  if (!state) return visitorsInWords(state, { hasChanged: journal.length > 0, noDowntime })
  const { from, downSince } = state
  if (isDownAfterUndo(state, so)) {
    const since = downSince === undefined ? '' : ` since ${clock(downSince)}`
    return `Visitors: **the site is DOWN**${since}, until the undo of ${from} is done.`
  }
  if (!journal.includes(from) && downSince === undefined)
    return 'Visitors: not affected; the run never took the site down.'
  const backSince = undone.get(from)
  return backSince === undefined
    ? `Visitors: the restored site answers; **it goes down** while the rollback puts the old one back.`
    : `Visitors: the site is as before the run since ${clock(backSince)}.`
}

/** Which changes a rollback cannot put back, in one sentence. */
export function dataInWords(journal: readonly JournalEntry[], { hasCleared = false } = {}): string {
  if (journal.length === 0)
    return hasCleared ? 'Data: all that this run changed is cleared.' : 'Data: nothing was changed.'
  const stays = journal.flatMap(({ step: { step, cannotUndo } }) =>
    cannotUndo === undefined ? [] : [`${step} (${escaped(cannotUndo)})`],
  )
  if (stays.length === 0) return 'Data: a rollback can put back everything that this run changed.'
  return stays.length === journal.length
    ? `Data: a rollback can put back nothing of what this run did: ${stays.join('; ')}.`
    : `Data: a rollback can put back what this run changed, but not ${stays.join('; ')}.`
}

/** A question that only approvers may answer. */
type Guarded = Pick<Decision, 'approvers' | 'expires' | 'otherwise'>

/** What anyone may do instead of waiting. `guard`: who then decides on the rollback; empty: nobody has to. */
interface WayOut {
  readonly run: string
  readonly guard: readonly string[]
  readonly canUndo: boolean
}

/**
 * What follows while a site is down and none of the approvers can be reached, in sentences. `wayOut`: absent where a cancel
 * has no effect.
 */
export function ifNobodyAnswers({ approvers, expires, otherwise }: Guarded, wayOut?: WayOut): string {
  const at = expires === undefined ? 'later' : `at ${clock(expires)}`
  const then = otherwise === undefined ? `${at} it only asks again` : `${at} ${otherwise}`
  const waits = `If ${approvers.map(escaped).join(' or ')} cannot answer: nobody else may. The site stays down meanwhile; ${then}.`
  if (!wayOut) return waits
  const { run, guard, canUndo } = wayOut
  if (!canUndo) return waits
  const does =
    guard.length === 0
      ? 'what it did is rolled back'
      : `it asks ${guard.map(escaped).join(', ')} whether to roll back`
  return `${waits} Anyone may end the run (reinstate cancel ${run}): ${does}.`
}

/** What a rollback would do, one line of Markdown for each step, newest first. */
export function undoLines(journal: readonly JournalEntry[]): readonly string[] {
  return [...journal].reverse().map(({ step: { step, title, host, cannotUndo }, undoes }) => {
    const does =
      cannotUndo === undefined
        ? escaped(undoes ?? `undoes "${title}"`)
        : `**is not undone**; the plan says why: ${escaped(cannotUndo)}`
    return `- ${step}${onHost(host)}: ${does}`
  })
}

/** `2026-11-21 23:20 UTC`. */
export function clock(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`
}
