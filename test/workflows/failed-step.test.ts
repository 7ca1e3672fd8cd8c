import {
  ActivityFailure,
  ApplicationFailure,
  RetryState,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common'
import { describe, expect, it } from 'vitest'
import { StepRefused } from '../../src/errors.ts'
import type { ResolvedPhase, ResolvedPlan, ResolvedStep } from '../../src/plan/plan.ts'
import { failureQuestion } from '../../src/workflows/failed-step.ts'
import type { FailedIn } from '../../src/workflows/failed-step.ts'
import { stepFailure } from '../../src/workflows/failures.ts'
import { startProgress } from '../../src/workflows/progress.ts'

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

const calm = {
  isDown: () => false,
  canUndo: () => true,
  hasChanged: () => true,
  isUntouched: () => false,
  undosOnPort: () => [],
}

function asked(error: Error, attempt = 1, progress: FailedIn['progress'] = calm) {
  const failure = stepFailure(step, attempt, error)
  const question = failureQuestion(failure, {
    phase: { phase: 'restore', steps: [step, dependent] },
    guard: { approvers: ['lead'] },
    progress,
    step,
  })
  const does = Object.fromEntries(question.choices.map((one) => [one.choice, one.does]))
  return { ...question, does, message: failure.message }
}

describe('failureQuestion', () => {
  it('inspect timed out › is a failed read of a step that changed nothing', () => {
    const { kind, title, message, does, shows } = asked(timedOut('inspect'))
    expect(kind).toBe('failed-step')
    expect(title).toBe('inspect of step "copy" on server timed out')
    expect(message).toMatch(/^inspect did not end within 70 min/)
    expect(shows.join('\n')).toContain(message)
    expect(Object.keys(does)).toEqual(['retry', 'skip', 'rollback', 'stop'])
    expect(does['skip']).toContain('Open to visitors')
  })

  it('verify timed out › is a failed read of a change that was made', () => {
    const { kind, title, message, does } = asked(timedOut('verify'))
    expect(kind).toBe('failed-step')
    expect(title).toBe('verify of step "copy" on server timed out')
    expect(message).toMatch(/^verify did not end within 70 min/)
    expect(Object.keys(does)).toEqual(['retry', 'mark-done', 'rollback', 'stop'])
  })

  it('apply timed out › has an unknown outcome, and names the timeout', () => {
    const { kind, title, message, does, advice } = asked(timedOut('apply'))
    expect(kind).toBe('unknown-outcome')
    expect(title).toBe('the outcome of step "copy" on server is unknown')
    expect(message).toMatch(/^apply did not end within 70 min/)
    expect(Object.keys(does)).toEqual(['retry', 'mark-done', 'rollback', 'stop'])
    // What happened is for people to find out: either answer may be the wrong one.
    expect(advice.choice).toBeUndefined()
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
    const { kind, title, does, choices, advice } = asked(
      new ActivityFailure('failed', 'apply', '7', RetryState.NON_RETRYABLE_FAILURE, undefined, failed),
    )
    expect(kind).toBe('failed-step')
    expect(title).toBe('step "copy" failed on server')
    expect(Object.keys(does)).toEqual(['retry', 'skip', 'rollback', 'stop'])
    // Part of it may have happened: this step cannot be repeated without harm.
    expect(advice.choice).toBeUndefined()
    expect(choices.flatMap(({ choice, guarded }) => (guarded ? [choice] : []))).toEqual(['skip', 'rollback'])
  })

  const failedWith = (type: string, attempt = 1) =>
    asked(ApplicationFailure.create({ type, message: 'no space left\nrsync ended with 11' }), attempt)

  it.each([
    ['StepNotVerified', 1, 'retry'],
    ['StepRefused', 1, 'retry'],
    ['StepNotVerified', 3, undefined],
    ['NotAttested', 1, undefined],
    ['PlanRefused', 1, 'rollback'],
    ['SecretMissing', 1, 'rollback'],
  ])('%s in attempt %s › recommends %s', (type, attempt, choice) => {
    expect(failedWith(type, attempt).advice.choice).toBe(choice)
  })

  it('in the downtime › skip and stop say that the site stays down; without an undo nothing promises a rollback', () => {
    const failed = ApplicationFailure.create({ type: 'StepRefused', message: 'a port is taken' })
    const { does } = asked(failed, 1, { ...calm, isDown: () => true, canUndo: () => false })
    expect(does['stop']).toBe('the run ends here; what was done stays. The site STAYS DOWN')
    expect(does['skip']).toMatch(/The site may STAY DOWN$/)
    expect(does['rollback']).toBe('the run ends; nothing that it did can be undone')
  })

  it('a check that fails › says to put right what is not as expected', () => {
    const failed = ApplicationFailure.create({ type: 'StepNotVerified', message: 'it answers 404' })
    const { advice } = asked(failed, 1, { ...calm, hasChanged: () => false })
    expect(advice.text).toMatch(/inspected and verified again/)
  })

  it('a refusal that only another plan removes › recommends the rollback, and says that retry cannot help', () => {
    const { message, data } = new StepRefused('the image serves 16', { isOfPlan: true })
    const failed = ApplicationFailure.create({ type: 'StepRefused', message, details: [data] })
    const { advice } = asked(
      new ActivityFailure('failed', 'inspect', '7', RetryState.NON_RETRYABLE_FAILURE, undefined, failed),
    )
    expect(advice).toMatchObject({
      choice: 'rollback',
      text: expect.stringContaining('Retry cannot help') as unknown,
    })
  })

  it('tells what happened without the advice, which stands by itself, whatever their words', () => {
    const data = { happened: 'the disk is full: b', cause: 'the disk is full', advice: 'retry it elsewhere' }
    const failure = ApplicationFailure.nonRetryable('other words', 'CommandFailed', data)
    const { happened, advice } = asked(failure)
    expect(happened).toMatch(/UTC\. The disk is full: b\.$/)
    expect(advice).toEqual({ choice: 'retry', text: 'Retry it elsewhere. Then retry.' })
  })

  describe('a port is taken, and an undo publishes it again', () => {
    const stop = { ...step, step: 'stop-old', kind: 'containers-stop' }
    const phase: ResolvedPhase = {
      ...{ phase: 'restore', title: 'Restore', needs: [], onFailure: 'ask', steps: [stop, step] },
    }
    const progress = startProgress()
    progress.planned({ plan: 'shop', hosts: ['server'], phases: [phase] } as unknown as ResolvedPlan)
    const undoPorts = [{ port: '8080/tcp', holder: 'container old-web-1' }]
    const stopped = { step: 'stop-old', priorState: null, signature: '', outputs: {}, undoPorts }
    progress.add(phase, { done: [], journal: [stopped], cancelled: false })

    const refused = (holder: string, port = '8080/tcp', isDown = true) => {
      const details = { cause: 'it is taken', advice: 'stop it', takenPort: { port, holder } }
      const failure = ApplicationFailure.nonRetryable('it is taken', 'StepRefused', details)
      return asked(failure, 1, { ...progress, isDown: () => isDown })
    }

    it('by somebody else › the advice and the rollback say that a rollback needs it too', () => {
      const { advice, does } = refused('container debug-proxy')
      const says =
        'A rollback needs port 8080/tcp too: the undo of stop-old starts containers on it. Free it first, or the rollback fails there'
      expect(advice).toEqual({
        choice: 'retry',
        text: `Stop it. Then retry. ${says} and the site STAYS DOWN.`,
      })
      expect(does['rollback']).toMatch(new RegExp(`newest first. ${says} and the site STAYS DOWN$`))
      expect(refused('', '8080/tcp', false).does['rollback']).toMatch(new RegExp(`${says}$`))
    })

    it('by the container that the undo would start, or another port › says nothing of it', () => {
      for (const { advice, does } of [refused('container old-web-1'), refused('container web', '8080/udp')]) {
        expect(advice.text).toBe('Stop it. Then retry.')
        expect(does['rollback']).toBe('the run ends, and what is listed below is undone, newest first')
      }
    })
  })

  it('tells what happened by the first line of the failure, and the rest below', () => {
    const { happened, shows } = failedWith('StepNotVerified')
    expect(happened).toMatch(/^"Copy the database" on server failed, at .* No space left\.$/)
    expect(shows.join('\n')).toContain('rsync ended with 11')
  })
})
