import {
  ActivityFailure,
  ApplicationFailure,
  RetryState,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common'
import { describe, expect, it } from 'vitest'
import type { ResolvedStep } from '../../src/plan/plan.ts'
import { failureQuestion } from '../../src/workflows/ask.ts'
import { stepFailure } from '../../src/workflows/failures.ts'

const step: ResolvedStep = {
  step: 'copy',
  title: 'Copy the database',
  kind: 'volume-restore',
  host: 'server',
  needs: [],
  fields: {},
  timeoutSeconds: 3600,
  maxAttempts: 1,
  backoffSeconds: 10,
  idempotent: false,
}
const dependent = { ...step, step: 'open', title: 'Open to visitors', needs: ['copy'] }

function timedOut(activity: string, cause?: Error): ActivityFailure {
  const timeout = Object.assign(
    new TimeoutFailure('activity ScheduleToClose timeout', undefined, TimeoutType.SCHEDULE_TO_CLOSE),
    { cause },
  )
  return new ActivityFailure('Activity task failed', activity, '7', RetryState.TIMEOUT, undefined, timeout)
}

function asked(error: Error, stepsDone = 2) {
  const failure = stepFailure(step, 1, error)
  const question = failureQuestion(failure, {
    phase: { phase: 'restore', steps: [step, dependent] },
    stepsDone,
    visitors: undefined,
  })
  const does = Object.fromEntries(question.choices.map((one) => [one.choice, one.does]))
  return { ...question, does, message: failure.message }
}

describe('the question about a step', () => {
  it('whose inspect timed out › is a failed read of a step that changed nothing', () => {
    const { kind, title, message, does, shows } = asked(timedOut('look'))
    expect(kind).toBe('failed-step')
    expect(title).toBe('inspect of step copy on server timed out')
    expect(message).toMatch(/^inspect did not end within 70 min/)
    expect(shows.join('\n')).toContain(message)
    expect(Object.keys(does)).toEqual(['retry', 'skip', 'rollback', 'stop'])
    expect(does['retry']).toMatch(/inspected again/)
    expect(does['skip']).toMatch(/goes on with: Open to visitors$/)
    expect(does['rollback']).toMatch(/\(2 steps\)/)
  })

  it('whose verify timed out › is a failed read of a change that was made', () => {
    const { kind, title, message, does } = asked(timedOut('verify'))
    expect(kind).toBe('failed-step')
    expect(title).toBe('verify of step copy on server timed out')
    expect(message).toMatch(/^verify did not end within 70 min/)
    expect(Object.keys(does)).toEqual(['retry', 'mark-done', 'rollback', 'stop'])
    expect(does['retry']).toMatch(/verified again; its change is not made again/)
    expect(does['rollback']).toMatch(/\(2 steps and this one\)/)
  })

  it('whose apply timed out › has an unknown outcome, and says after how long', () => {
    const { kind, title, message, does } = asked(timedOut('run'))
    expect(kind).toBe('unknown-outcome')
    expect(title).toBe('nobody can know whether step copy on server did its work')
    expect(message).toMatch(/^apply did not end within 70 min/)
    expect(Object.keys(does)).toEqual(['retry', 'mark-done', 'rollback', 'stop'])
    expect(does['retry']).toMatch(/may do it twice/)
  })

  it.each(['look', 'run', 'verify'])(
    'whose %s met an unreachable host until the end › says so',
    (activity) => {
      const { kind, message } = asked(
        timedOut(
          activity,
          ApplicationFailure.create({ type: 'HostUnreachable', message: 'host server cannot be reached' }),
        ),
      )
      expect(kind).toBe(activity === 'run' ? 'unknown-outcome' : 'failed-step')
      expect(message).toContain('host server cannot be reached')
    },
  )

  it('that failed › offers to skip it', () => {
    const failed = ApplicationFailure.create({ type: 'CommandFailed', message: 'exit status 1' })
    const { kind, title, does } = asked(
      new ActivityFailure('failed', 'run', '7', RetryState.NON_RETRYABLE_FAILURE, undefined, failed),
    )
    expect(kind).toBe('failed-step')
    expect(title).toBe('step copy on server failed')
    expect(Object.keys(does)).toEqual(['retry', 'skip', 'rollback', 'stop'])
  })
})
