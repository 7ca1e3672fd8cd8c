import { log } from '@temporalio/activity'
import type { Client, WorkflowExecutionDescription } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { isDeepStrictEqual } from 'node:util'
import { NotDelivered } from '../errors.ts'
import type { Subscription, Topic } from '../fields/subscription.ts'
import type { Notifier } from '../notifications/notifier.ts'
import type { RunRef } from '../workflows/messages.ts'
import type { Asked, RunNews } from '../workflows/notices.ts'
import { presentState } from '../workflows/run-states.ts'
import type { ClosedAs } from '../workflows/run-states.ts'
import type { Decision, RunStatus } from '../workflows/status.ts'
import type { Activities } from './activities.ts'
import { poll } from './attestations.ts'
import { describe } from './callers.ts'

/** A question that somebody answers within this time disturbs nobody. By the clock of the worker that sees it. */
const QUIET_MS = 10_000

/** What the notifier of a run does on a worker. It reads the run from outside: the run neither knows nor waits. */
export function notifyActivities(
  client: Client,
  notifier: Notifier,
): Pick<Activities, 'runNews' | 'deliver'> {
  return {
    runNews: async ({ ref, runId, known }) => {
      const firstSeen = new Map<string, number>()
      let read: { readonly historyLength: number; readonly status?: RunStatus } = { historyLength: 0 }
      return await poll(async () => {
        const description = await descriptionOf(client, ref, runId)
        if (!description)
          throw ApplicationFailure.nonRetryable(`run ${ref.run} is no longer known`, 'RunUnknown')
        // What a workflow shows changes with its history alone: a query wakes a worker.
        if (description.historyLength !== read.historyLength) {
          const handle = client.workflow.getHandle(ref.run, description.runId)
          const status = handle.query<RunStatus>('status')
          // A closed run whose history this worker cannot replay has ended all the same.
          const shown = isOpen(description) ? await status : await status.catch(() => undefined)
          read = { historyLength: description.historyLength, ...(shown && { status: shown }) }
        }
        const news = newsOf(read.status, { description, known })
        for (const { decision, since } of news.questions) {
          const key = `${decision} ${since}`
          if (!firstSeen.has(key)) firstSeen.set(key, performance.now())
        }
        const settled = {
          ...news,
          questions: news.questions.filter(
            ({ decision, since }) =>
              isKnown({ decision, since }, known) ||
              performance.now() - (firstSeen.get(`${decision} ${since}`) ?? 0) >= QUIET_MS,
          ),
        }
        return isDeepStrictEqual(settled, known) ? undefined : settled
      })
    },
    deliver: async ({ channel, notice }) => {
      try {
        return await notifier.deliver(channel, notice)
      } catch (error) {
        if (error instanceof NotDelivered)
          log.error(`notification not delivered: ${error.message}`, { run: notice.run, event: notice.event })
        throw error
      }
    },
  }
}

/** What a run subscribes to: what its plan says, and what the worker says of every run. Each channel once. */
export function joinedSubscriptions(
  ofPlan: readonly Subscription[],
  ofWorker: readonly Subscription[],
): readonly Subscription[] {
  const others = ofWorker.filter(({ channel }) => !ofPlan.some((one) => one.channel === channel))
  const own = ofPlan.map((one) => {
    const on: readonly Topic[] = ofWorker.find(({ channel }) => channel === one.channel)?.on ?? []
    // A plan cannot take from the worker's people what they are sent of every run.
    return { ...one, on: [...new Set([...one.on, ...on])] }
  })
  return [...others, ...own]
}

/** The run itself, also after a reset; not another one of its id. */
async function descriptionOf(
  client: Client,
  { run, token }: RunRef,
  runId: string,
): Promise<WorkflowExecutionDescription | undefined> {
  const latest = await describe(client, run)
  if (latest?.raw.workflowExecutionInfo?.firstRunId === token) return latest
  return await describe(client, run, runId)
}

function isOpen({ status: { name } }: Pick<WorkflowExecutionDescription, 'status'>): boolean {
  return name === 'RUNNING'
}

function isKnown({ decision, since }: Pick<Decision, 'decision' | 'since'>, { questions }: RunNews): boolean {
  return questions.some((one) => one.decision === decision && one.since === since)
}

/** What of a run's status people are notified of. */
export function newsOf(
  status: RunStatus | undefined,
  {
    description,
    known,
  }: {
    readonly description: Pick<WorkflowExecutionDescription, 'status' | 'closeTime'>
    readonly known: RunNews
  },
): RunNews {
  const rollingBack =
    known.rollingBack ??
    (status?.state === 'rolling-back'
      ? { since: status.since, ...(status.detail !== undefined && { why: status.detail }) }
      : undefined)
  const about = rollingBack && { rollingBack }
  if (isOpen(description))
    return {
      questions: (status?.decisions ?? []).map((one) => askedOf(one, status?.answers ?? [])),
      ...about,
    }
  const closedAs = description.status.name as ClosedAs
  return {
    questions: [],
    ...about,
    ended: {
      state: presentState({ state: status?.state ?? 'running', closedAs }, []),
      at: (description.closeTime ?? new Date()).toISOString(),
      ...(status?.detail !== undefined && { detail: status.detail }),
      ...(status?.visitors !== undefined && { visitors: status.visitors }),
      leftovers: status?.leftovers.length ?? 0,
    },
  }
}

/** Without the long texts, which are on the page of the run. */
function askedOf(
  { shows: _, undoes: __, criteria: ___, ...question }: Decision,
  answers: RunStatus['answers'],
): Asked {
  const isReopened = answers.some(({ taken, at, answer, counts }) => {
    const { decision, choice } = (typeof answer === 'object' ? answer : {}) as Record<string, unknown>
    const isWhole = counts === undefined || counts.have >= counts.of
    const isApproval = taken && isWhole && choice === 'approve' && decision === question.decision
    return isApproval && at <= question.since
  })
  return { ...question, ...(isReopened && { reopened: true as const }) }
}
