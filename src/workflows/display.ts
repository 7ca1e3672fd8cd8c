import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow'
import { planAttributes, stateAttribute } from './search-attributes.ts'
import type { ResolvedGate, ResolvedPhase, ResolvedPlan } from '../plan/plan.ts'
import type { Leftover } from '../steps/step-kind.ts'
import { isWhollyGuarded } from './answers.ts'
import { openDecisions } from './decisions.ts'
import type { Decisions } from './decisions.ts'
import { runDetails } from './details.ts'
import { reasonOf } from './failures.ts'
import { observeAnswer, observeQuestion, observeStart, observeState } from './observe.ts'
import { meaningOf } from './run-states.ts'
import type { ChildNotices, RunRef } from './messages.ts'
import type { Decision, PhaseClear, RunState, RunStatus, StepOutline, UnreachableHost } from './status.ts'
import { statusQuery } from './signals.ts'

type PhaseState = RunStatus['phases'][number]['state']

/**
 * The current impact of a run: one sentence on visitors, one on data, and one line for each step that a rollback would
 * undo. `unanswered`: what follows where nobody may answer a question but people who are away, while the site is down.
 */
export interface Facts {
  readonly visitors: () => string | undefined
  readonly data: () => string | undefined
  readonly undoes: () => readonly string[]
  readonly unanswered: (
    asked: Pick<Decision, 'approvers' | 'expires' | 'otherwise'>,
    run: string,
  ) => string | undefined
}

const UNKNOWN: Facts = {
  ...{ visitors: () => undefined, data: () => undefined },
  ...{ undoes: () => [], unanswered: () => undefined },
}

/** What people see of a run: the query `status`, the current details and the search attributes. */
export interface RunDisplay {
  readonly decisions: Decisions
  readonly planned: (
    plan: Pick<ResolvedPlan, 'plan' | 'title' | 'hosts' | 'downtime' | 'hash' | 'revision' | 'taskQueues'>,
    phases: readonly PhaseOutline[],
  ) => void
  /** `detail`: what it waits for, or why it ended. */
  readonly is: (state: RunState, detail?: string) => void
  readonly phase: (phase: string, state: PhaseState, workflowId?: string) => void
  readonly clear: (phase: string, clear: PhaseClear) => void
  readonly downtime: (known: NonNullable<RunStatus['downtime']>) => void
  readonly left: (leftovers: readonly Leftover[]) => void
  readonly undone: (step: string) => void
  /** What a child shows that concerns the whole run: its open decisions, and the hosts that do not answer it. */
  readonly ofChild: (workflowId: string, notices: ChildNotices) => void
}

export type PhaseOutline = Pick<ResolvedPhase, 'phase' | 'title'> & {
  readonly gate?: Pick<ResolvedGate, 'criteria'>
  readonly steps: readonly StepOutline[]
}

/** Sets the handlers. Call it in a workflow's first lines. Computes the facts anew at each display. */
export function openDisplay(
  ref: RunRef,
  start: Pick<RunStatus, 'title' | 'by'>,
  { visitors, data, undoes, unanswered }: Facts = UNKNOWN,
): RunDisplay {
  let status: RunStatus = {
    run: ref.run,
    plan: '',
    ...start,
    state: 'resolving',
    since: new Date().toISOString(),
    hosts: [],
    phases: [],
    decisions: [],
    answers: [],
    leftovers: [],
  }
  let planHash = ''
  let shownState: RunState | undefined
  const noticed = new Map<string, ChildNotices>()
  /** All that is known now, with the state that people must see first. */
  const current = (): RunStatus => {
    const ignoredMore = decisions.ignoredMore()
    const notAnswering = [...noticed.values()].flatMap(({ unreachable }) => unreachable)
    const retried = [...noticed.values()].flatMap((notices) => notices.retried ?? [])
    const sentence = visitors()
    return {
      ...status,
      ...stateNow(status, decisions.open(), notAnswering),
      decisions: decisions.open(),
      answers: decisions.answers(),
      ...(ignoredMore > 0 && { ignoredMore }),
      ...(notAnswering.length > 0 && { unreachable: notAnswering }),
      ...(retried.length > 0 && { retried }),
      ...(sentence !== undefined && { visitors: sentence }),
      ...(canBeRolledBack(status.state) && { undoes: undoes() }),
    }
  }
  const show = () => {
    const now = current()
    setCurrentDetails(runDetails(now))
    if (now.state === shownState) return
    shownState = now.state
    observeState(ref.run, now)
    upsertSearchAttributes(stateAttribute(now.state))
  }
  // Signals that came before the workflow's first line arrive while the handlers are set.
  let isOpen = false
  const decisions = openDecisions({
    changed: () => isOpen && show(),
    startedBy: start.by,
    facts: (asked) => ({
      impact: [visitors(), ...(isWhollyGuarded(asked) ? [unanswered(asked, ref.run)] : []), data()].filter(
        (line) => line !== undefined,
      ),
      undoes: undoes(),
    }),
    identity: () => `${ref.token} ${planHash}`,
    asked: (question) => observeQuestion(ref.run, question),
    answered: (answer) => observeAnswer(ref.run, answer),
  })
  isOpen = true
  const change = (changed: Partial<RunStatus>) => {
    status = { ...status, ...changed }
    show()
  }

  setHandler(statusQuery, current, {
    description: 'The state of this run: phases, what it waits for, decisions, leftovers',
  })

  observeStart(ref, start.by)
  return {
    decisions,
    planned: ({ plan, title: planTitle, hosts, downtime, hash = '', ...about }, phases) => {
      planHash = hash
      upsertSearchAttributes(planAttributes({ plan, hosts, run: ref.run }))
      const outlines = phases.map(({ phase, title: phaseTitle, gate, steps }) => ({
        phase,
        title: phaseTitle,
        state: 'waiting' as const,
        ...(gate?.criteria && { criteria: gate.criteria }),
        steps: steps.map(outlineOf),
      }))
      change({
        ...{ plan, title: planTitle, hosts, phases: outlines },
        ...(about.revision && { revision: about.revision }),
        ...(about.taskQueues && { taskQueues: about.taskQueues }),
        ...(downtime ? { downtime } : {}),
      })
    },
    is: (state, detail) => {
      const { detail: _, ...rest } = status
      status = {
        ...rest,
        state,
        since: new Date().toISOString(),
        ...(detail === undefined ? {} : { detail }),
      }
      show()
    },
    phase: (phase, state, workflowId) =>
      change({
        phases: status.phases.map((before) =>
          before.phase === phase
            ? { ...before, state, ...(workflowId === undefined ? {} : { workflowId }) }
            : before,
        ),
      }),
    clear: (phase, clear) =>
      change({
        phases: status.phases.map((before) => (before.phase === phase ? { ...before, clear } : before)),
      }),
    downtime: (known) => change({ downtime: { ...status.downtime, ...known } }),
    left: (leftovers) => change({ leftovers: [...status.leftovers, ...leftovers] }),
    undone: (step) => change({ undone: [...(status.undone ?? []), step] }),
    ofChild: (workflowId, notices) => {
      noticed.set(workflowId, notices)
      decisions.mirror(workflowId, notices.decisions)
      show()
    },
  }
}

/** Only then what a rollback would do is shown with the run itself, and not with a question. */
function canBeRolledBack(state: RunState): boolean {
  const { isOpen, changes } = meaningOf(state)
  return !isOpen && changes === 'kept'
}

/** An open question, then a host that does not answer, hide the state that the run would show otherwise. */
function stateNow(
  { state, detail, phases }: RunStatus,
  decisions: readonly Decision[],
  unreachable: readonly UnreachableHost[],
): Pick<RunStatus, 'state' | 'detail'> {
  const [first] = decisions
  if (first) return { state: 'waiting-for-decision', detail: decisions.map(({ title }) => title).join('; ') }
  if (unreachable.length > 0)
    return { state: 'host-unreachable', detail: unreachable.map(({ failure }) => failure).join('; ') }
  const clearing = phases.filter((phase) => phase.state === 'clearing')
  if (state === 'running' && clearing.length > 0 && !phases.some((phase) => phase.state === 'running'))
    return { state: 'clearing', detail: clearing.map(({ title }) => title).join('; ') }
  return { state, ...(detail === undefined ? {} : { detail }) }
}

/** Reads a workflow's input. If the input is refused, the status says so. @throws what `read` throws */
export function readShowing<Request>(ref: RunRef, read: () => Request): Request {
  try {
    return read()
  } catch (error) {
    openDisplay(ref, { title: ref.run }).is('refused', reasonOf(error).message)
    throw error
  }
}

function outlineOf({ step, title, host, kind, role, source, success }: StepOutline): StepOutline {
  return {
    ...{ step, title, host },
    ...(kind === undefined ? {} : { kind }),
    ...(role === undefined ? {} : { role }),
    ...(source === undefined ? {} : { source }),
    ...(success === undefined ? {} : { success }),
  }
}
