import type { RunState } from '../../workflows/status.ts'
import { decisionCommands } from '../../workflows/answer-command.ts'
import { plainLines } from '../../workflows/text.ts'
import { isPassedOver, nextCommands } from '../rendering/outcome-lines.ts'
import { progressText } from '../rendering/progress.ts'
import { between, utc } from '../rendering/time.ts'
import { visitorsOf, whyItEnded } from '../run/how-it-ended.ts'
import { hasFailed, isWorking, wasDone } from '../run/phases.ts'
import { openDecisions, rollbackOf, stateOf } from '../run/snapshot.ts'
import type { OpenDecision, PhaseSnapshot, RunSnapshot, StepSnapshot } from '../run/snapshot.ts'
import type { UndoStep } from '../run/undo-steps.ts'
import { block, code, text } from './markdown-report.ts'

/** The content of a stand-up report on a run, before it is rendered. Times are ISO times. */
export interface Standup {
  readonly run: string
  readonly title: string
  readonly state: RunState
  readonly at: string
  /** What was done before is counted, not listed. */
  readonly since: string
  readonly steps: { readonly done: number; readonly all: number }
  readonly why?: string
  readonly visitors?: string
  readonly decisions: readonly {
    readonly decision: string
    readonly title: string
    readonly since: string
    readonly expires?: string
    readonly commands: readonly string[]
  }[]
  /** By role; by host where no step of the plan has a role. In the order of the plan. */
  readonly groups: readonly StandupGroup[]
  /** The commands to type now. */
  readonly next: readonly string[]
}

export interface StandupGroup {
  readonly of: string
  readonly done: readonly StandupStep[]
  readonly running: readonly StandupStep[]
  readonly blocked: readonly StandupStep[]
  /** What begins as soon as nothing is in its way. */
  readonly next: readonly StandupStep[]
}

export interface StandupStep {
  readonly step: string
  /** What the step is in the document that the plan was made from: its row, or its rows with commas between. */
  readonly source?: string
  readonly said: string
  /** When it ended, or began if it still runs. */
  readonly at?: string
  /** From its begin to its end, for people. */
  readonly took?: string
  /** The open decision that it waits for. */
  readonly decision?: string
}

type Column = Exclude<keyof StandupGroup, 'of'>

export function standupOf(
  snapshot: RunSnapshot,
  { since, now }: { readonly since: string; readonly now: Date },
): Standup {
  const { status, phases } = snapshot
  const steps = phases.flatMap((phase) => phase.steps)
  const why = whyItEnded(snapshot, utc)
  const visitors = visitorsOf(snapshot)
  return {
    ...{ run: status.run, title: status.title, state: stateOf(snapshot), at: now.toISOString(), since },
    steps: { done: steps.filter(isDone).length, all: steps.length },
    ...(why === undefined ? {} : { why }),
    ...(visitors === undefined ? {} : { visitors: plainLines([visitors]).join(' ') }),
    decisions: openDecisions(snapshot).map(({ decision }) => ({
      ...{ decision: decision.decision, title: decision.title, since: decision.since },
      ...(decision.expires === undefined ? {} : { expires: decision.expires }),
      commands: decisionCommands(status.run, decision),
    })),
    groups: groupsOf(snapshot, { since, now }),
    next: nextCommands(snapshot),
  }
}

function isDone(step: StepSnapshot): boolean {
  return wasDone(step) || isPassedOver(step)
}

type Placed = StandupStep & { readonly column: Column }

function groupsOf(
  snapshot: RunSnapshot,
  { since, now }: { readonly since: string; readonly now: Date },
): readonly StandupGroup[] {
  const open = openDecisions(snapshot)
  const rollback = rollbackOf(snapshot)
  const steps = snapshot.phases.flatMap((phase) => phase.steps.map((step) => ({ step, phase })))
  const hasRoles = steps.some(({ step }) => step.role !== undefined)
  const groupOf = ({ role, host }: StepSnapshot) =>
    hasRoles ? (role ?? snapshot.status.plan) : host === '' ? 'people' : host
  const firstWaiting = snapshot.phases.find(({ state }) => state === 'waiting')
  const placed = steps.flatMap(({ step, phase }): (Placed & { readonly of: string })[] => {
    const undo = rollback?.steps.find((one) => one.step === step.step && one.phase === phase.phase)
    const place = rollback
      ? undo && placeOfUndo(undo, open)
      : placeOf(step, phase, { open, now, isNext: phase === firstWaiting })
    return place && !isBefore(place, since) ? [{ ...place, of: groupOf(step) }] : []
  })
  const columnOf = (of: string, column: Column): StandupStep[] =>
    placed
      .filter((one) => one.of === of && one.column === column)
      .map(({ of: _, column: __, ...step }) => step)
  return [...new Set(placed.map(({ of }) => of))].map((of) => ({
    of,
    done: columnOf(of, 'done'),
    running: columnOf(of, 'running'),
    blocked: columnOf(of, 'blocked'),
    next: columnOf(of, 'next'),
  }))
}

function isBefore({ column, at }: Placed, since: string): boolean {
  return column === 'done' && at !== undefined && at < since
}

function placeOf(
  step: StepSnapshot,
  phase: PhaseSnapshot,
  around: { readonly open: readonly OpenDecision[]; readonly now: Date; readonly isNext: boolean },
): Placed | undefined {
  const { state, title, source, evidence, failure, startedAt, endedAt, beat } = step
  const place = (column: Column, said: string, at?: string): Placed => {
    const asks = column === 'blocked' ? blockerOf(step.step, phase.phase, around.open) : undefined
    return {
      ...{ column, step: step.step, said },
      ...(source === undefined ? {} : { source: [source].flat().join(', ') }),
      ...(at === undefined ? {} : { at }),
      ...(column !== 'running' && startedAt !== undefined && endedAt !== undefined
        ? { took: between(startedAt, endedAt) }
        : {}),
      ...(asks === undefined ? {} : { decision: asks }),
    }
  }
  if (isDone(step))
    return place('done', wasDone(step) ? (evidence?.summary ?? title) : `${state}: ${title}`, endedAt)
  if (isWorking(step))
    return place('running', [title, progressText(beat, around.now)].filter(Boolean).join(', '), startedAt)
  if (hasFailed(step)) return place('blocked', failure ?? title, endedAt)
  if (state !== 'waiting') return undefined
  if (blockerOf(step.step, phase.phase, around.open) !== undefined) return place('blocked', title)
  return phase.state === 'running' || around.isNext ? place('next', title) : undefined
}

function placeOfUndo(
  { step, title, state, startedAt, endedAt, why }: UndoStep,
  open: readonly OpenDecision[],
): Placed {
  const about = (column: Column, said: string, at?: string): Placed => ({
    ...{ column, step, said },
    ...(at === undefined ? {} : { at }),
  })
  if (state === 'undone') return about('done', `undone: ${title}`, endedAt)
  if (state === 'stays') return about('done', `stays: ${why ?? title}`)
  if (state === 'undoing') return about('running', `undo: ${title}`, startedAt)
  if (state === 'waiting') return about('next', `undo: ${title}`)
  const asks = open.find(({ decision }) => decision.step === step)?.decision.decision
  return {
    ...about('blocked', why ?? `not undone: ${title}`, endedAt),
    ...(asks === undefined ? {} : { decision: asks }),
  }
}

/** The open decision about a step, or about the whole of its phase. */
function blockerOf(step: string, phase: string, open: readonly OpenDecision[]): string | undefined {
  const about = open.map(({ decision }) => decision).filter((one) => one.phase === phase)
  return (about.find((one) => one.step === step) ?? about.find((one) => one.step === undefined))?.decision
}

/** A comment for an issue. */
export function standupMarkdown(standup: Standup): string {
  const { run, title, state, at, since, steps, why, visitors, decisions, groups, next } = standup
  const share = steps.all === 0 ? '' : ` (${percentOf(steps)} %)`
  return [
    `## ${text(title || run)}: ${state}`,
    '',
    `Run ${code(run)} at ${utc(at)}: ${steps.done} of ${steps.all} steps done${share}. Listed as done: since ${utc(since)}.`,
    ...(why === undefined ? [] : ['', text(why)]),
    ...(visitors === undefined ? [] : ['', text(visitors)]),
    ...decisions.flatMap(({ title: asked, since: from, expires, commands }) => [
      '',
      `**Waits for a decision** since ${utc(from)}${expires === undefined ? '' : `, until ${utc(expires)}`}: ${text(asked)}`,
      '',
      ...block(commands),
    ]),
    ...teamLines(standup),
    ...groups.flatMap(groupLines),
    '',
    '### Next command',
    '',
    ...block(next),
  ].join('\n')
}

const COLUMNS: readonly (readonly [Column, string])[] = [
  ['done', 'Done'],
  ['running', 'Runs'],
  ['blocked', 'Blocked'],
  ['next', 'Next'],
]

function percentOf({ done, all }: Standup['steps']): number {
  return Math.round((100 * done) / all)
}

/** Everybody in one list, by the numbers of the source's issues. Nothing where there is one group. */
function teamLines({ groups, steps }: Standup): string[] {
  if (groups.length < 2) return []
  return [
    '',
    `### Team: ${percentOf(steps)} % done`,
    '',
    ...COLUMNS.flatMap(([column, name]) =>
      groups
        .filter((group) => group[column].length > 0)
        .map((group) => `- **${name}** ${text(group.of)}: ${teamItems(group[column])}`),
    ),
  ]
}

function teamItems(steps: readonly StandupStep[]): string {
  const names = steps.flatMap(({ step, source }) => source?.match(/(?<=^|, )#\d+/g) ?? code(step))
  const asked = steps.flatMap(({ decision }) => (decision === undefined ? [] : [code(decision)]))
  const by = asked.length === 0 ? '' : `, by ${[...new Set(asked)].join(', ')}`
  return `${[...new Set(names)].join(', ')}${by}`
}

function groupLines(group: StandupGroup): string[] {
  return [
    '',
    `### ${text(group.of)}`,
    '',
    ...COLUMNS.flatMap(([column, name]) => group[column].map((step) => stepLine(name, step))),
  ]
}

function stepLine(column: string, { step, source, said, at, took, decision }: StandupStep): string {
  const about = source === undefined ? '' : ` (${text(source)})`
  const by = decision === undefined ? '' : `, by the decision ${code(decision)}`
  const times = [...(at === undefined ? [] : [utc(at)]), ...(took === undefined ? [] : [`took ${took}`])]
  const when = times.length === 0 ? '' : ` (${times.join(', ')})`
  return `- **${column}** ${code(step)}${about}${by}: ${text(said)}${when}`
}
