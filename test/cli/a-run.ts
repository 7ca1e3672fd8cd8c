import type { ClosedAs } from '../../src/workflows/run-states.ts'
import type { Decision, RunStatus } from '../../src/workflows/status.ts'
import type {
  PhaseSnapshot,
  RollbackSnapshot,
  StepSnapshot,
  RunSnapshot,
} from '../../src/cli/run/snapshot.ts'
import { asEnded } from '../../src/cli/run/phases.ts'
import type { UndoStep } from '../../src/cli/run/undo-steps.ts'

// Times are shown in the reader's own zone; the tests read in UTC.
process.env['TZ'] = 'UTC'

export const RUN = 'guestbook-20261121-0755'
export const NOW = new Date('2026-11-21T08:00:00Z')

export function at(clock: string): string {
  return `2026-11-21T${clock}.000Z`
}

/** A run of a plan with one phase, as far as the changes say. */
export function aRun({
  status = {},
  ...changes
}: Partial<Omit<RunSnapshot, 'status'>> & { readonly status?: Partial<RunStatus> } = {}): RunSnapshot {
  const known = changes.phases ?? [aPhase()]
  const phases = changes.endedAt === undefined ? known : asEnded(known, changes.endedAt)
  return {
    startedAt: at('07:55:00'),
    ...(changes.endedAt === undefined ? {} : { closedAs: closedAsFor(status.state) }),
    rollbacks: [],
    clears: [],
    ...changes,
    phases,
    status: {
      run: RUN,
      plan: 'guestbook',
      title: 'Restore the guestbook',
      state: 'running',
      since: at('07:55:01'),
      hosts: ['server'],
      phases: [],
      decisions: [],
      answers: [],
      leftovers: [],
      ...status,
    },
  }
}

/** How Temporal closes a run that ended by itself in this state. */
export function closedAsFor(state: RunStatus['state'] = 'running'): ClosedAs {
  return state === 'done' || state === 'rolled-back' ? 'COMPLETED' : 'FAILED'
}

export function aPhase(changes: Partial<PhaseSnapshot> = {}): PhaseSnapshot {
  return {
    phase: 'restore-data',
    title: 'Bring the data back',
    state: 'running',
    startedAt: at('07:55:02'),
    steps: [aStep()],
    ...changes,
  }
}

export function aStep(changes: Partial<StepSnapshot> = {}): StepSnapshot {
  return {
    step: 'copy-db',
    title: 'Restore volume n8n_db',
    host: 'server',
    state: 'running',
    attempt: 1,
    startedAt: at('07:55:03'),
    ...changes,
  }
}

/** A step that is proven. */
export function aProvenStep(changes: Partial<StepSnapshot> = {}): StepSnapshot {
  return aStep({
    state: 'done',
    endedAt: at('07:55:15'),
    evidence: { strength: 'proven', summary: '312 files, 4.2 MB, sha256 as in the backup' },
    ...changes,
  })
}

export function aGate(changes: Partial<Decision> = {}): Decision {
  return {
    decision: 'gate/cutover',
    kind: 'gate',
    title: 'may "Cut over" begin?',
    phase: 'cutover',
    since: at('07:58:00'),
    expires: at('11:58:00'),
    choices: [
      { choice: 'approve', does: 'it begins' },
      { choice: 'reject', does: 'all is rolled back' },
    ],
    happened: 'All that was to be proven before the cutover is proven.',
    impact: ['Visitors get the old stack.'],
    advice: { choice: 'approve', text: 'Approve once the list below is what you expect.' },
    undoes: ['create-volume: removes volume n8n_db'],
    shows: ['**What it would do**', '', '- stop the stack old (on server)'],
    approvers: [],
    digest: '9ef2d6d83f',
    timesAsked: 1,
    ...changes,
  }
}

export function aRollback(changes: Partial<RollbackSnapshot> = {}): RollbackSnapshot {
  const phases = [
    {
      phase: 'restore-data',
      title: 'Bring the data back',
      state: 'undone' as const,
      steps: [
        { step: 'create-volume', title: '', host: 'server' },
        { step: 'stop-stack', title: '', host: 'server' },
      ],
    },
  ]
  return {
    workflowId: `${RUN}/rollback`,
    status: aRun({ status: { state: 'rolled-back', phases } }).status,
    startedAt: at('07:56:00'),
    endedAt: at('07:56:10'),
    closedAs: 'COMPLETED',
    steps: [
      anUndo({
        step: 'create-volume',
        title: 'Create volume n8n_db',
        startedAt: at('07:56:00'),
        endedAt: at('07:56:04'),
      }),
      anUndo(),
    ],
    ...changes,
  }
}

export function anUndo(changes: Partial<UndoStep> = {}): UndoStep {
  return {
    ...{ phase: 'restore-data', step: 'stop-stack', title: 'Stop the stack old', host: 'server' },
    ...{ state: 'undone', startedAt: at('07:56:04'), endedAt: at('07:56:10') },
    ...changes,
  }
}

/** A rollback that goes on. */
export function aRunningRollback(changes: Partial<RollbackSnapshot> = {}): RollbackSnapshot {
  const { endedAt: _, closedAs: __, status, ...open } = aRollback()
  return { ...open, status: { ...status, state: 'rolling-back' }, ...changes }
}
