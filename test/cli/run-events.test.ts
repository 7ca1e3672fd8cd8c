import { defaultPayloadConverter } from '@temporalio/common'
import { describe, expect, it } from 'vitest'
import { wantedEvents } from '../../src/cli/commands/logs.ts'
import { BadInput } from '../../src/cli/exit-codes.ts'
import { runEvent, sinceLastDecision } from '../../src/cli/run/events.ts'
import type { EventName } from '../../src/cli/run/events.ts'
import type { Event, PendingActivity } from '../../src/cli/run/payloads.ts'
import { undoStepsOf } from '../../src/cli/run/undo-steps.ts'
import { workflowEvents } from '../../src/cli/run/workflow-events.ts'
import { at, NOW } from './a-run.ts'
import { eventsIn, savedHistory } from './histories.ts'

const ASKED_AGAIN = 'runPlan.asked-again.completed'

describe('the events of a run › a step', () => {
  const ofStep = async (name: string, step: string) =>
    (await eventsIn(name)).filter((event) => event.step === step).map(({ event }) => event)

  it('has its inspection, its change and its proof', async () => {
    expect(await ofStep('runPhase.retried.work~2.completed', 'third')).toEqual([
      ...['started', 'inspected', 'applied', 'verified'],
    ])
  })

  it('starts once per attempt, and fails once per attempt', async () => {
    const events = await ofStep('runPhase.stopped.work.failed', 'second')
    expect(events.filter((event) => event === 'started')).toHaveLength(3)
    expect(events.filter((event) => event === 'failed')).toHaveLength(3)
  })

  it('is undone in a rollback, which names its leftovers', async () => {
    const events = await eventsIn('rollbackRun.stopped.rollback.completed')
    expect(events.filter(({ step }) => step === 'first').map(({ event }) => event)).toEqual([
      ...['undoing', 'undone'],
    ])
    expect(events.some(({ message }) => message.startsWith('left behind: '))).toBe(true)
  })
})

describe('the events of a run › a decision', () => {
  const decisions = (events: Awaited<ReturnType<typeof eventsIn>>) =>
    events.flatMap(({ event, decision }) => (decision === undefined ? [] : [`${event} ${decision}`]))

  it('is asked, expires, is asked again and decided', async () => {
    expect(decisions(await eventsIn(ASKED_AGAIN))).toEqual([
      ...['asked gate/after', 'expired gate/after', 'asked gate/after', 'decided gate/after'],
    ])
    expect(decisions(await eventsIn('runPlan.expired.failed'))).toEqual([
      ...['asked gate/after', 'expired gate/after'],
    ])
  })

  it('by a signal is first sent, then decided once the run has accepted it', async () => {
    const events = await eventsIn('runPlan.by-signal.completed')
    const names = events.map(({ event }) => event).filter((event) => ['answered', 'decided'].includes(event))
    expect(names.filter((event) => event === 'decided')).toHaveLength(1)
    expect(names[0]).toBe('answered')
    const ignored = events.filter(({ event }) => event === 'ignored')
    expect(ignored).toHaveLength(names.length - 2)
    for (const { message } of ignored)
      expect(message).toMatch(/^ignored: gate\/after: approve, .*: no decision/)
  })

  it('is read from data: rewording texts of the Temporal UI changes nothing', async () => {
    const history = await savedHistory(ASKED_AGAIN)
    const summary = defaultPayloadConverter.toPayload('other words')
    const reworded = history.map((event): Event =>
      event.timerStartedEventAttributes ? { ...event, userMetadata: { summary } } : event,
    )
    expect(workflowEvents().of(reworded)).toEqual(workflowEvents().of(history))
  })
})

describe('the events of a run › a failed undo', () => {
  const outline = { step: 'move', title: 'Move it', host: 'server' }
  const phases = [{ phase: 'data', title: 'Data', state: 'running' as const, steps: [outline] }]
  const event = (name: EventName, message: string, why?: string) =>
    runEvent(at('07:56:00'), {
      ...{ role: 'reinstate', event: name, phase: 'data', step: 'move', message },
      ...(why === undefined ? {} : { why }),
    })

  it('says why from data: rewording the message changes nothing', () => {
    for (const message of ['data/move: undo failed: no space', 'other words']) {
      const events = [event('undoing', 'data/move: undo: Move it'), event('failed', message, 'no space')]
      const [undo] = undoStepsOf({ phases, leftovers: [] }, events, false)
      expect(undo).toMatchObject({ state: 'failed', why: 'no space' })
    }
  })

  it('has the reason of an activity that failed', async () => {
    const events = await eventsIn('runPhase.stopped.work.failed')
    const failed = events.filter(({ why }) => why !== undefined)
    expect(failed.length).toBeGreaterThan(0)
    for (const { event, why, message } of failed) {
      expect(event).toBe('failed')
      expect(message.endsWith(` failed: ${why}`)).toBe(true)
    }
  })
})

describe('the events of a run › reading', () => {
  it('in pieces returns the same as at once', async () => {
    for (const name of ['runPhase.stopped.work.failed', ASKED_AGAIN, 'runPlan.by-signal.completed']) {
      const history = await savedHistory(name)
      const reader = workflowEvents()
      expect(history.flatMap((event) => reader.of([event]))).toEqual(workflowEvents().of(history))
    }
  })

  it('finds phases, not locks', async () => {
    const reader = workflowEvents()
    reader.of(await savedHistory(ASKED_AGAIN))
    expect(reader.children()).toEqual(['asked-again/before', 'asked-again/after'])
  })
})

describe('the events of a run › an activity that runs', () => {
  /** A phase in which the first activity is not over yet. */
  async function running() {
    const history = await savedHistory('runPhase.retried.work~2.completed')
    const first = history.findIndex((event) => event.activityTaskScheduledEventAttributes)
    const reader = workflowEvents()
    reader.of(history.slice(0, first + 1))
    const { activityId } = history[first]?.activityTaskScheduledEventAttributes ?? {}
    return (beat: object, lastFailure?: string) => {
      const activity: PendingActivity = {
        ...(activityId === undefined ? {} : { activityId }),
        heartbeatDetails: { payloads: [defaultPayloadConverter.toPayload(beat)] },
        ...(lastFailure === undefined ? {} : { lastFailure: { message: lastFailure } }),
      }
      return reader.now([activity]).map(({ event }) => event)
    }
  }
  const copied = (doneBytes: number) => ({ progress: { text: 'copying', doneBytes, totalBytes: 1000 } })

  it('reports each tenth of a long copy once', async () => {
    const tell = await running()
    expect([0, 90, 310, 390, 410].map((bytes) => tell(copied(bytes)).length)).toEqual([0, 0, 1, 0, 1])
  })

  it('reports once that its host cannot be reached, and once that it answers again', async () => {
    const tell = await running()
    const cut = { unreachableSince: at('07:59:30') }
    expect([tell(cut), tell(cut), tell({}), tell({})]).toEqual([['unreachable'], [], ['waiting'], []])
  })

  it('reports the failure of its last attempt once', async () => {
    const tell = await running()
    expect([tell({}, 'no route'), tell({}, 'no route')]).toEqual([['unreachable'], []])
  })
})

describe('a follower that starts late', () => {
  /** The places of the events that are shown, of these: `asked a` names a decision. */
  const shown = (...words: readonly string[]) => {
    const events = words.map((word, index) => {
      const [name = '', decision] = word.split(' ')
      const about = { role: 'x', message: `${index}`, ...(decision === undefined ? {} : { decision }) }
      return runEvent(at('07:55:00'), { ...about, event: name as EventName })
    })
    return sinceLastDecision(events).map(({ message }) => Number(message))
  }

  it('gets the events since the last answered wait', () => {
    expect(shown('started', 'asked a', 'decided a', 'applied')).toEqual([2, 3])
  })

  it('gets the events that occurred beside concurrent decisions', () => {
    expect(shown('started', 'asked a', 'applied', 'asked b', 'decided b', 'decided a')).toEqual([2, 3, 4, 5])
  })

  it('gets no past events if nothing was decided', () => {
    expect(shown('started', 'applied')).toEqual([])
    expect(shown('started', 'asked a')).toEqual([])
  })
})

describe('logs › options', () => {
  const event = (clock: string, message: string, step = 'copy-db') =>
    runEvent(at(clock), { role: 'x', event: 'applied', message, step })
  const all = [event('07:00:00', 'one'), event('07:50:00', 'two', 'other'), event('07:59:00', 'three')]
  const shown = (options: Parameters<typeof wantedEvents>[1], step?: string) => {
    const wanted = wantedEvents(step, options, NOW)
    return wanted.last(wanted.of(all)).map(({ message }) => message)
  }

  it.each([
    ['15m', ['two', 'three']],
    ['90s', ['three']],
    ['2h', ['one', 'two', 'three']],
    ['15 minutes', ['two', 'three']],
    ['2026-11-21T07:50:00Z', ['two', 'three']],
    ['2026-11-21T09:55+02:00', ['three']],
  ])('--since %s', (since, expected) => expect(shown({ since })).toEqual(expected))

  it('--lines limits the result of the other options', () => {
    expect(shown({ lines: '1' })).toEqual(['three'])
    expect(shown({ lines: '0' })).toEqual([])
    expect(shown({ lines: '5', grep: 't[wh]' })).toEqual(['two', 'three'])
    expect(shown({ lines: '5' }, 'copy-db')).toEqual(['one', 'three'])
  })

  it('--grep matches the printed line', () => {
    expect(shown({ grep: '^\\[x\\].*two$' })).toEqual(['two'])
  })

  it.each([[{ since: 'yesterday' }], [{ since: '0s' }], [{ lines: 'all' }], [{ grep: '(' }]])(
    'refuses %j before it connects',
    (options) => expect(() => wantedEvents(undefined, options, NOW)).toThrow(BadInput),
  )
})
