import {
  CancellationScope,
  ChildWorkflowCancellationType,
  isCancellation,
  ParentClosePolicy,
  setCurrentDetails,
  sleep,
  startChild,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow'
import { deliveryActivities, pollingActivities } from './activity-options.ts'
import { ended, reasonOf } from './failures.ts'
import type { RunRef } from './messages.ts'
import { NO_NEWS, topicOf } from './notices.ts'
import type { Asked, Notice, NotifyRequest, RunNews } from './notices.ts'
import { escaped } from './text.ts'
import { handleUnknownSignals, readRefOfParent } from './validate-input.ts'
import { ignoreCancellation } from './watch-child.ts'

/**
 * Starts the notifier of a run, if anybody is to be notified. Returns once it has started. Never fails: no run depends on a
 * notification. `watched`: the workflow that calls this.
 */
export async function startNotifier(watched: RunRef, request: Partial<NotifyRequest>): Promise<void> {
  const { run = watched.run, plan = '', title = '', subscriptions = [] } = request
  if (subscriptions.length === 0) return
  try {
    await CancellationScope.nonCancellable(() =>
      startChild(notify, {
        // After a reset, the notifier of before goes on. A later run of the same id has its own.
        workflowId: `${watched.run}/notify/${watched.token.slice(0, 8)}`,
        args: [{ ref: watched, run, plan, title, subscriptions }],
        // It outlives the run: what is sent last is how the run ended.
        parentClosePolicy: ParentClosePolicy.ABANDON,
        cancellationType: ChildWorkflowCancellationType.ABANDON,
        staticSummary: `notify of ${watched.run}`,
      }),
    )
  } catch {
    // It exists already, or Temporal refuses it.
  }
}

/**
 * Notifies people of a run: watches it from outside, and sends what its subscriptions name, in order for each channel. Ends
 * after the run, once everything is delivered or given up. Fails as `NotDelivered`, with the channels.
 */
export async function notify(request: NotifyRequest): Promise<void> {
  const ref = readRefOfParent(request)
  const { parent } = workflowInfo()
  handleUnknownSignals()
  await CancellationScope.nonCancellable(async () => {
    const deliveries = openDeliveries(request)
    deliveries.send({ event: 'started', at: workflowInfo().startTime.toISOString() })
    const reminders = openReminders(request, deliveries)
    for (let known = NO_NEWS; known.ended === undefined;) {
      const news = await nextNews({ ref, runId: parent?.runId ?? '', known })
      for (const notice of between(known, news)) deliveries.send(notice)
      reminders.of(news.questions)
      known = news
    }
    await deliveries.finished()
  })
}

/** A poll whose activity failed for a defect is started again. @throws RunUnknown */
async function nextNews(request: {
  readonly ref: RunRef
  readonly runId: string
  readonly known: RunNews
}): Promise<RunNews> {
  for (;;) {
    try {
      return await pollingActivities(`what ${request.ref.run} waits for`).runNews(request)
    } catch (error) {
      if (isCancellation(error) || reasonOf(error).type === 'RunUnknown') throw error
      await sleep('1 minute')
    }
  }
}

type Happened = Omit<Notice, 'id' | 'run' | 'ref' | 'plan' | 'title'>

/** What is new since the last news, in the order in which it happened. */
function between(known: RunNews, news: RunNews): readonly Happened[] {
  const asked = news.questions
    .filter((question) => !known.questions.some((one) => keyOf(one) === keyOf(question)))
    .map((question) => ({
      event: question.reopened ? ('reopened' as const) : ('waits' as const),
      at: question.since,
      question,
    }))
  const { rollingBack, ended: end } = news
  return [
    ...asked,
    ...(rollingBack && !known.rollingBack
      ? [
          {
            ...{ event: 'rolling-back' as const, at: rollingBack.since },
            ...(rollingBack.why !== undefined && { why: rollingBack.why }),
          },
        ]
      : []),
    ...(end
      ? [{ event: end.state === 'done' ? ('done' as const) : ('failed' as const), at: end.at, ended: end }]
      : []),
  ]
}

function keyOf({ decision, since }: Asked): string {
  return `${decision} ${since}`
}

interface Deliveries {
  /** Sends to each channel that subscribed to it; `only`: to this one. */
  readonly send: (happened: Happened, only?: string) => void
  /** Returns once nothing is left to send. @throws NotDelivered */
  readonly finished: () => Promise<void>
}

function openDeliveries({ ref, run, plan, title, subscriptions }: NotifyRequest): Deliveries {
  const lines: string[] = []
  const failed: string[] = []
  // One after the other: what a channel gets last is the latest.
  const queues = new Map<string, Promise<void>>()
  const note = (line: string) => {
    lines.push(line)
    setCurrentDetails(lines.map((one) => `- ${escaped(one)}`).join('\n'))
  }
  const deliver = async (channel: string, notice: Notice) => {
    const what = `${notice.event} to ${channel}`
    try {
      const answer = await deliveryActivities(`send ${what}`).deliver({ ref, channel, notice })
      note(`sent ${what}: ${answer}`)
    } catch (error) {
      const why = `not sent: ${what}: ${reasonOf(error).message}`
      failed.push(why)
      note(why)
    }
  }
  return {
    send: (happened, only) => {
      const notice = { id: uuid4(), run, ref, plan, title, ...happened }
      for (const { channel, on } of subscriptions) {
        if (!on.includes(topicOf(happened.event)) || (only !== undefined && only !== channel)) continue
        const before = queues.get(channel) ?? Promise.resolve()
        queues.set(
          channel,
          before.then(() => deliver(channel, notice)),
        )
      }
    },
    finished: async () => {
      await Promise.all(queues.values())
      if (failed.length > 0) throw ended('NotDelivered', failed.join('; '), { failed })
    },
  }
}

/** Reminds each channel, at its own pace, of the questions that are still open. An answer ends it. */
function openReminders({ subscriptions }: NotifyRequest, { send }: Deliveries) {
  const open = new Map<string, { asked: Asked; readonly scope: CancellationScope }>()
  const remind = async (key: string) => {
    const each = subscriptions.map(async ({ channel, remind: { after, times } }) => {
      for (let number = 1; number <= times; number++) {
        await sleep(`${after} seconds`)
        const question = open.get(key)?.asked
        if (!question) return
        const at = new Date().toISOString()
        send({ event: 'reminder', at, question, reminder: { number, of: times } }, channel)
      }
    })
    await Promise.all(each)
  }
  return {
    of: (questions: readonly Asked[]) => {
      for (const [key, { scope }] of open) {
        if (questions.some((one) => keyOf(one) === key)) continue
        open.delete(key)
        scope.cancel()
      }
      for (const asked of questions) {
        const known = open.get(keyOf(asked))
        if (known) {
          known.asked = asked
          continue
        }
        const scope = new CancellationScope()
        open.set(keyOf(asked), { asked, scope })
        void scope.run(() => remind(keyOf(asked))).catch(ignoreCancellation)
      }
    },
  }
}
