import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow'
import { planAttributes, stateAttribute } from './search-attributes.ts'
import type { ResolvedPhase, ResolvedPlan } from '../plan/plan.ts'
import type { Leftover } from '../steps/step-kind.ts'
import { openDecisions } from './decisions.ts'
import type { Decisions } from './decisions.ts'
import { runDetails } from './details.ts'
import type { RunRef } from './messages.ts'
import type { RunState, RunStatus, StepOutline } from './status.ts'
import { statusQuery } from './signals.ts'

type PhaseState = RunStatus['phases'][number]['state']

/** What people see of a run: the query `status`, the current details, the search attributes; and where they decide. */
export interface RunDisplay {
  readonly decisions: Decisions
  readonly planned: (
    plan: Pick<ResolvedPlan, 'plan' | 'title' | 'hosts' | 'downtime'>,
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
export function openDisplay(ref: RunRef, about: Pick<RunStatus, 'title' | 'by'>): RunDisplay {
  let status: RunStatus = {
    run: ref.run,
    plan: '',
    ...about,
    state: 'resolving',
    since: new Date().toISOString(),
    hosts: [],
    phases: [],
    decisions: [],
    answers: [],
    leftovers: [],
  }
  let shownState: RunState | undefined
  const show = () => {
    status = { ...status, decisions: decisions.open(), answers: decisions.answers() }
    const state = status.decisions.length > 0 ? 'waiting-for-decision' : status.state
    setCurrentDetails(runDetails(status))
    if (state === shownState) return
    shownState = state
    upsertSearchAttributes(stateAttribute(state))
  }
  // A signal that came before the first line of the workflow is taken while the handlers are being set.
  let isOpen = false
  const decisions = openDecisions(() => isOpen && show(), about.by)
  isOpen = true
  const change = (changed: Partial<RunStatus>) => {
    status = { ...status, ...changed }
    show()
  }

  setHandler(
    statusQuery,
    () => {
      const waits = status.decisions.map(({ title: about }) => about).join('; ')
      return waits === ''
        ? status
        : { ...status, state: 'waiting-for-decision', waitsFor: `a decision: ${waits}` }
    },
    { description: 'Where this run is: phases, what it waits for, decisions, leftovers' },
  )

  return {
    decisions,
    planned: ({ plan, title: planTitle, hosts, downtime }, phases) => {
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

function outlineOf({ step, title, host, kind, role, source, success }: StepOutline): StepOutline {
  return {
    ...{ step, title, host },
    ...(kind === undefined ? {} : { kind }),
    ...(role === undefined ? {} : { role }),
    ...(source === undefined ? {} : { source }),
    ...(success === undefined ? {} : { success }),
  }
}
