import type { Gathered } from '../../break-glass/gather.ts'
import type { RunOpenness } from '../../break-glass/holder.ts'
import type { NotedRun } from '../../break-glass/noted-runs.ts'
import type { UndoResult } from '../../break-glass/undo-journal.ts'
import type { JournalEntry } from '../../plan/plan.ts'
import type { RollbackRequest, RunNote } from '../../workflows/messages.ts'
import { columns } from './columns.ts'
import { dateAndClock } from './time.ts'
import { countOf } from '../../steps/format.ts'

type Listed = NotedRun & Gathered & { readonly holdsLock: boolean }

/** The runs that a host keeps, and what to type for the newest that left something. */
export function noteLines(host: string, runs: readonly Listed[], unreadable: readonly string[]): string[] {
  const broken = unreadable.map(
    (token) => `  the note of run ${token} cannot be read: it is broken, or version 0.1 wrote it`,
  )
  if (runs.length === 0) return [`${host} keeps no run`, ...broken]
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
    ...broken,
    ...(first ? [`  next: reinstate rollback ${first.note.ref.run} --from-host ${host}`] : []),
  ]
}

/** Entries of steps that can be undone. */
export function stillToUndo({ journal }: Pick<RollbackRequest, 'journal'>): readonly JournalEntry[] {
  return journal.filter(({ step }) => step.cannotUndo === undefined)
}

/** The undos in their order, each as it will be carried out, and where the journal was read. */
export function undoPlanLines({ ref, plan }: RunNote, found: Gathered, verdict: RunOpenness): string[] {
  const { request, undone, running, excluded: away, refused } = found
  return [
    `${ref.run} (${plan.title}), by the journal on ${plan.hosts.join(', ')}`,
    `  Temporal: ${verdict.state}: ${verdict.why}`,
    ...running.map(({ host, token }) => `  still runs on ${host}, and will be stopped first: ${token}`),
    ...away.map(({ host, why }) => `  excluded: ${host}: ${why}`),
    ...refused.map(({ host, step, why }) => `  refused entry: ${step} on ${host}: ${why}`),
    ...(undone.length > 0 ? [`  undone before: ${undone.join(', ')}`] : []),
    ...secretLines(request),
    found.anyToUndo
      ? `  ${countOf(stillToUndo(request).length, 'step')} to undo, the newest first:`
      : '  nothing is left to undo',
    ...[...request.journal].reverse().flatMap(undoLines),
  ]
}

/** An undo as it will be carried out: its script, or what its kind gets. The text comes from a host. */
export function undoLines({ phase, step }: JournalEntry): string[] {
  const { title, host, kind, cannotUndo, fields } = step
  const head = `    ${phase}/${step.step}  ${host}  ${cannotUndo === undefined ? title : `stays: ${cannotUndo}`}`
  if (cannotUndo !== undefined) return [head]
  const { undo, ...rest } = fields
  const shown = Object.entries(typeof undo === 'string' ? { environment: rest['environment'] } : fields)
  return [
    head,
    ...(typeof undo === 'string' ? undo.trimEnd().split('\n') : [`${kind}:`]).map((line) => `      ${line}`),
    ...shown.flatMap(([name, value]) =>
      value === undefined ? [] : [`        ${name}: ${JSON.stringify(value, withoutFileBytes)}`],
    ),
  ]
}

/** The bytes of an embedded file say nothing to a person; its name and sha256 stay. */
function withoutFileBytes(key: string, value: unknown): unknown {
  return key === 'gzip' ? undefined : value
}

/** The result, in the shape of every run's report. */
export function handReport(
  { ref, plan }: RunNote,
  { result, found }: { readonly result: UndoResult; readonly found: Gathered },
): string[] {
  const { undone, leftovers, notUndone, notStarted } = result
  const complete = notUndone.length === 0 && notStarted.length === 0
  const left = leftovers.length === 0 ? 'nothing' : countOf(leftovers.length, 'thing')
  return [
    '',
    `${ref.run} ${complete ? 'rolled back' : 'rollback incomplete'}, without Temporal`,
    `  undone: ${undone.join(', ') || 'nothing'}     left behind: ${left}`,
    ...(found.undone.length > 0 ? [`  undone before: ${found.undone.join(', ')}`] : []),
    ...leftovers.map(({ what, why }) => `  left behind: ${what}: ${why}`),
    ...notUndone.map(({ step, why }) => `  not undone: ${step}: ${why}`),
    ...(notStarted.length > 0 ? [`  not started: ${notStarted.join(', ')}`] : []),
    ...found.excluded.map(({ host, why }) => `  excluded: ${host}: ${why}`),
    ...(complete
      ? []
      : [
          `  next: reinstate rollback ${ref.run} --from-host ${plan.hosts.find((host) => !found.excluded.some((away) => away.host === host)) ?? plan.hosts[0] ?? ''}`,
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
  return [
    `  may need secrets (--secrets FILE; the run had ${secrets.file}): ${naming.map(({ step }) => step.step).join(', ')}`,
  ]
}
