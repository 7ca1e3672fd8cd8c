import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow'
import { planAttributes, stateAttribute } from './search-attributes.ts'
import type { ResolvedPhase, ResolvedPlan } from '../plan/plan.ts'
import type { Leftover } from '../steps/step-kind.ts'
import { openDecisions } from './decisions.ts'
import type { Decisions } from './decisions.ts'
import { runDetails } from './details.ts'
import { reasonOf } from './failures.ts'
import type { RunRef } from './messages.ts'
import type { RunState, RunStatus, StepOutline } from './status.ts'
import { statusQuery } from './signals.ts'

type PhaseState = RunStatus['phases'][number]['state']

/** What people see of a run: the query `status`, the current details and the search attributes. */
export interface RunDisplay {
  readonly decisions: Decisions
  readonly planned: (
    plan: Pick<ResolvedPlan, 'plan' | 'title' | 'hosts' | 'downtime' | 'hash'>,
    phases: readonly PhaseOutline[],
  ) => void
  readonly is: (state: RunState, waitsFor?: string) => void
  readonly phase: (phase: string, state: PhaseState, workflowId?: string) => void
  readonly downtime: (known: NonNullable<RunStatus['downtime']>) => void
  readonly left: (leftovers: readonly Leftover[]) => void
}

export type PhaseOutline = Pick<ResolvedPhase, 'phase' | 'title'> & {
  readonly steps: readonly StepOutline[]
}

/** Sets the handlers: to be called in a workflow's first lines. */
export function openDisplay(ref: RunRef, start: Pick<RunStatus, 'title' | 'by'>): RunDisplay {
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
  const show = () => {
    const ignoredMore = decisions.ignoredMore()
    status = {
      ...status,
      decisions: decisions.open(),
      answers: decisions.answers(),
      ...(ignoredMore > 0 && { ignoredMore }),
    }
    const state = status.decisions.length > 0 ? 'waiting-for-decision' : status.state
    setCurrentDetails(runDetails(status))
    if (state === shownState) return
    shownState = state
    upsertSearchAttributes(stateAttribute(state))
  }
  // Signals that came before the workflow's first line arrive while the handlers are set.
  let isOpen = false
  const decisions = openDecisions({
    changed: () => isOpen && show(),
    startedBy: start.by,
    identity: () => `${ref.token} ${planHash}`,
  })
  isOpen = true
  const change = (changed: Partial<RunStatus>) => {
    status = { ...status, ...changed }
    show()
  }

  setHandler(
    statusQuery,
    () => {
      const waits = status.decisions.map(({ title }) => title).join('; ')
      return waits === ''
        ? status
        : { ...status, state: 'waiting-for-decision', waitsFor: `a decision: ${waits}` }
    },
    { description: 'The state of this run: phases, what it waits for, decisions, leftovers' },
  )

  return {
    decisions,
    planned: ({ plan, title: planTitle, hosts, downtime, hash = '' }, phases) => {
      planHash = hash
      upsertSearchAttributes(planAttributes({ plan, hosts, run: ref.run }))
      const outlines = phases.map(({ phase, title: phaseTitle, steps }) => ({
        phase,
        title: phaseTitle,
        state: 'waiting' as const,
        steps: steps.map(outlineOf),
      }))
      change({ plan, title: planTitle, hosts, phases: outlines, ...(downtime ? { downtime } : {}) })
    },
    is: (state, waitsFor) => {
      const { waitsFor: _, ...rest } = status
      status = {
        ...rest,
        state,
        since: new Date().toISOString(),
        ...(waitsFor === undefined ? {} : { waitsFor }),
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
    downtime: (known) => change({ downtime: { ...status.downtime, ...known } }),
    left: (leftovers) => change({ leftovers: [...status.leftovers, ...leftovers] }),
  }
}

/** Reads a workflow's input; where it is refused, leaves a status that says so. @throws what `read` throws */
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
