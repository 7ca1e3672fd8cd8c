import { describe, expect, it } from 'vitest'
import { exitCodeFor } from '../../src/cli/outcome.ts'
import { reportLines } from '../../src/cli/rendering/report.ts'
import { aGate, aPhase, aProvenStep, aRollBack, aStep, aStory, at, RUN } from './stories.ts'

const failedPhase = aPhase({
  state: 'failed',
  endedAt: at('07:55:30'),
  steps: [aStep({ state: 'failed', failure: 'volume n8n_db differs from its backup (3 files)' })],
})

describe('when a run is done', () => {
  const done = aStory({
    endedAt: at('07:57:05'),
    status: { state: 'done' },
    phases: [aPhase({ state: 'done', endedAt: at('07:57:00'), steps: [aProvenStep()] })],
  })

  it('shows each step with its evidence, and the time of each phase', () => {
    expect(reportLines(done)).toEqual([
      'Bring the data back (restore-data): done, 1 min 58 s',
      '  copy-db  proven  312 files, 4.2 MB, sha256 as in the backup',
      '',
      `${RUN} done in 2 min 5 s: 1 step, 1 proven by a sum`,
    ])
    expect(exitCodeFor(done)).toBe(0)
  })

  it('names the steps that somebody passed over', () => {
    const steps = [aProvenStep(), aStep({ step: 'reindex', state: 'skipped' })]
    const lines = reportLines({ ...done, phases: [aPhase({ state: 'done', steps })] })
    expect(lines.at(-1)).toBe(
      `${RUN} done in 2 min 5 s: 2 steps, 1 proven by a sum; passed over, unproven: reindex`,
    )
  })

  it('says where there was nothing to do', () => {
    const steps = [aProvenStep({ nothingToDo: 'the volume equals its backup' })]
    expect(reportLines({ ...done, phases: [aPhase({ steps })] })[1]).toBe(
      '  copy-db  proven  312 files, 4.2 MB, sha256 as in the backup (nothing to do: the volume equals its backup)',
    )
  })
})

describe('when a run is rolled back', () => {
  const rolledBack = aStory({
    endedAt: at('07:56:10'),
    status: { state: 'rolled-back' },
    phases: [failedPhase],
    rollBacks: [aRollBack()],
    failure: { type: 'RolledBack', message: 'step copy-db failed …' },
  })

  it('says what failed, what was undone, what is left, and what to type', () => {
    expect(reportLines(rolledBack).slice(-5)).toEqual([
      'phase restore-data failed at step copy-db: volume n8n_db differs from its backup (3 files)',
      `${RUN} rolled-back in 1 min 10 s`,
      '  undone: create-volume, stop-stack     left behind: nothing',
      `  next: reinstate show ${RUN}`,
      `  next: reinstate logs ${RUN}`,
    ])
    expect(exitCodeFor(rolledBack)).toBe(1)
  })

  it('names each thing that is left, and why', () => {
    const rollBack = aRollBack()
    const status = { ...rollBack.status, leftovers: [{ what: 'volume n8n_db', why: 'it was served' }] }
    expect(reportLines({ ...rolledBack, rollBacks: [{ ...rollBack, status }] }).slice(-4, -2)).toEqual([
      '  undone: create-volume, stop-stack     left behind: 1 thing',
      '  left behind: volume n8n_db: it was served',
    ])
  })

  it('is red, and says where, when the rollback could not undo all', () => {
    const failure = { type: 'RollbackIncomplete', message: 'rollback incomplete at stop-stack: no space' }
    const incomplete = { ...rolledBack, rollBacks: [aRollBack({ failure, undone: [] })] }
    expect(reportLines(incomplete)).toContain('  rollback incomplete at stop-stack: no space')
    expect(reportLines(incomplete).at(-1)).toBe(`  next: reinstate roll-back ${RUN}`)
    expect(exitCodeFor(incomplete)).toBe(1)
  })
})

describe('when a run ends before it changed anything', () => {
  const waiting = [aPhase({ state: 'waiting' })]

  it('says why it was refused, and what to type once that is put right', () => {
    const message = 'host droplet cannot be reached: no answer on port 22\nNothing was changed.'
    const refused = aStory({
      endedAt: at('07:55:04'),
      status: { state: 'refused' },
      phases: waiting,
      failure: { type: 'Refused', message, cause: 'HostUnreachable' },
    })
    expect(reportLines(refused)).toEqual([
      `${RUN} refused in 4.0 s: ${message}`,
      '  next: reinstate run guestbook',
    ])
    expect(exitCodeFor(refused)).toBe(3)
    expect(exitCodeFor({ ...refused, failure: { type: 'Refused', message, cause: 'PlanRefused' } })).toBe(2)
  })

  it('says that nothing was changed when it was cancelled or terminated', () => {
    const ended = (type: string) =>
      reportLines(
        aStory({
          endedAt: at('07:55:04'),
          status: { state: 'waiting-for-lock' },
          phases: waiting,
          failure: { type, message: 'Workflow canceled' },
        }),
      )[0]
    expect(ended('CancelledFailure')).toBe(`${RUN} failed in 4.0 s: cancelled; nothing was changed`)
    expect(ended('TerminatedFailure')).toBe(`${RUN} failed in 4.0 s: terminated; nothing was changed`)
  })
})

describe('when a run waits for a decision', () => {
  it('is neither green nor red', () => {
    expect(exitCodeFor(aStory({ status: { state: 'waiting-for-decision', decisions: [aGate()] } }))).toBe(4)
    expect(exitCodeFor(aStory())).toBe(0)
  })
})
