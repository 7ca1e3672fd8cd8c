import type { Gathered } from '../../break-glass/gather.ts'
import type { Verdict } from '../../break-glass/holder.ts'
import type { NotedRun } from '../../break-glass/noted-runs.ts'
import type { Undone } from '../../break-glass/undo-journal.ts'
import type { JournalEntry } from '../../plan/plan.ts'
import type { RollbackRequest, RunNote } from '../../workflows/messages.ts'
import { columns } from './columns.ts'
import { dateAndClock } from './time.ts'
import { countOf } from '../../steps/format.ts'

type Listed = NotedRun & Gathered & { readonly holdsLock: boolean }

/** The runs that a host knows, and what to type for the newest that left something. */
export function noteLines(host: string, runs: readonly Listed[]): string[] {
  if (runs.length === 0) return [`${host} knows of no run`]
  const rows = runs.map(({ note: { ref, plan }, since, request, undone, running, holdsLock }) => [
    ref.run,
    plan.plan,
    dateAndClock(since.toISOString()),
    plan.hosts.join(' '),
    `${stillToUndo(request).length}`,
    `${undone.length}`,
    [holdsLock ? 'holds the lock' : '', running.length > 0 ? 'a command runs' : '']
      .filter(Boolean)
      .join(', '),
  ])
  const first = runs.find(({ anyToUndo }) => anyToUndo)
  return [
    ...columns([['RUN', 'PLAN', 'STARTED', 'HOSTS', 'TO UNDO', 'UNDONE', ''], ...rows]),
    ...(first ? [`  next: reinstate rollback ${first.note.ref.run} --from-host ${host}`] : []),
  ]
}

/** Entries of steps that can be undone. */
export function stillToUndo({ journal }: Pick<RollbackRequest, 'journal'>): readonly JournalEntry[] {
  return journal.filter(({ step }) => step.cannotUndo === undefined)
}

/** What is about to be undone, first things first, and what that is known from. */
export function undoPlanLines({ ref, plan }: RunNote, found: Gathered, verdict: Verdict): string[] {
  const { request, undone, running, away } = found
  return [
    `${ref.run} (${plan.title}), by the journal on ${plan.hosts.join(', ')}`,
    `  Temporal: ${verdict.says === 'unknown' ? 'nothing is known of it' : verdict.says}: ${verdict.why}`,
    ...running.map(({ host, token }) => `  still runs on ${host}, and is stopped first: ${token}`),
    ...away.map(({ host, why }) => `  left as it is: ${host}: ${why}`),
    ...(undone.length > 0 ? [`  undone before: ${undone.join(', ')}`] : []),
    ...secretLines(request),
    found.anyToUndo
      ? `  ${countOf(stillToUndo(request).length, 'step')} to undo, the newest first:`
      : '  nothing is left to undo',
    ...columns(
      [...request.journal]
        .reverse()
        .map(({ phase, step }) => [
          `${phase}/${step.step}`,
          step.host,
          step.cannotUndo === undefined ? step.title : `stays: ${step.cannotUndo}`,
        ]),
      '    ',
    ),
  ]
}

/** How it ended, shaped as the report of any run. */
export function handReport(
  { ref, plan }: RunNote,
  { result, found }: { readonly result: Undone; readonly found: Gathered },
): string[] {
  const { undone, leftovers, notUndone, notStarted } = result
  const complete = notUndone.length === 0 && notStarted.length === 0
  const left = leftovers.length === 0 ? 'nothing' : countOf(leftovers.length, 'thing')
  return [
    '',
    `${ref.run} ${complete ? 'rolled back' : 'rollback incomplete'}, by hand`,
    `  undone: ${undone.join(', ') || 'nothing'}     left behind: ${left}`,
    ...(found.undone.length > 0 ? [`  undone before: ${found.undone.join(', ')}`] : []),
    ...leftovers.map(({ what, why }) => `  left behind: ${what}: ${why}`),
    ...notUndone.map(({ step, why }) => `  not undone: ${step}: ${why}`),
    ...(notStarted.length > 0 ? [`  not come to: ${notStarted.join(', ')}`] : []),
    ...found.away.map(({ host, why }) => `  left as it is: ${host}: ${why}`),
    ...(complete
      ? []
      : [
          `  next: reinstate rollback ${ref.run} --from-host ${plan.hosts.find((host) => !found.away.some((away) => away.host === host)) ?? plan.hosts[0] ?? ''}`,
        ]),
  ]
}

/** Names only; whether an undo needs the value is found when it is undone. */
function secretLines({
  plan: { secrets },
  journal,
}: {
  readonly plan: RunNote['plan']
  readonly journal: readonly JournalEntry[]
}): string[] {
  const naming = journal.filter(({ step }) => JSON.stringify(step.fields).includes('secrets.'))
  if (!secrets || naming.length === 0) return []
  return [`  may need secrets of ${secrets.file}: ${naming.map(({ step }) => step.step).join(', ')}`]
}
