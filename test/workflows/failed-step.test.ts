import {
  ActivityFailure,
  ApplicationFailure,
  RetryState,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common'
import { describe, expect, it } from 'vitest'
import type { ResolvedStep } from '../../src/plan/plan.ts'
import { failureQuestion } from '../../src/workflows/failed-step.ts'
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
    approvers: ['lead'],
    stepsDone,
    visitors: undefined,
  })
  const does = Object.fromEntries(question.choices.map((one) => [one.choice, one.does]))
  return { ...question, does, message: failure.message }
}

describe('failureQuestion', () => {
  it('inspect timed out › is a failed read of a step that changed nothing', () => {
    const { kind, title, message, does, shows } = asked(timedOut('inspect'))
    expect(kind).toBe('failed-step')
    expect(title).toBe('inspect of step copy on server timed out')
    expect(message).toMatch(/^inspect did not end within 70 min/)
    expect(shows.join('\n')).toContain(message)
    expect(Object.keys(does)).toEqual(['retry', 'skip', 'rollback', 'stop'])
    expect(does['skip']).toContain('Open to visitors')
    expect(does['rollback']).toMatch(/\(2 steps\)/)
  })

  it('verify timed out › is a failed read of a change that was made', () => {
    const { kind, title, message, does } = asked(timedOut('verify'))
    expect(kind).toBe('failed-step')
    expect(title).toBe('verify of step copy on server timed out')
    expect(message).toMatch(/^verify did not end within 70 min/)
    expect(Object.keys(does)).toEqual(['retry', 'mark-done', 'rollback', 'stop'])
    expect(does['rollback']).toMatch(/\(2 steps and this one\)/)
  })

  it('apply timed out › has an unknown outcome, and names the timeout', () => {
    const { kind, title, message, does } = asked(timedOut('apply'))
    expect(kind).toBe('unknown-outcome')
    expect(title).toBe('the outcome of step copy on server is unknown')
    expect(message).toMatch(/^apply did not end within 70 min/)
    expect(Object.keys(does)).toEqual(['retry', 'mark-done', 'rollback', 'stop'])
  })

  it.each(['inspect', 'apply', 'verify'])(
    '%s met an unreachable host until its timeout › quotes that failure',
    (activity) => {
      const { kind, message } = asked(
        timedOut(
          activity,
          ApplicationFailure.create({ type: 'HostUnreachable', message: 'host server cannot be reached' }),
        ),
      )
      expect(kind).toBe(activity === 'apply' ? 'unknown-outcome' : 'failed-step')
      expect(message).toContain('host server cannot be reached')
    },
  )

  it('a step failed › offers to skip it, which only approvers may choose', () => {
    const failed = ApplicationFailure.create({ type: 'CommandFailed', message: 'exit status 1' })
    const { kind, title, does, choices } = asked(
      new ActivityFailure('failed', 'apply', '7', RetryState.NON_RETRYABLE_FAILURE, undefined, failed),
    )
    expect(kind).toBe('failed-step')
    expect(title).toBe('step copy on server failed')
    expect(Object.keys(does)).toEqual(['retry', 'skip', 'rollback', 'stop'])
    expect(choices.flatMap(({ choice, guarded }) => (guarded ? [choice] : []))).toEqual(['skip', 'rollback'])
  })
})
