/** What a run notifies people of: plain data between the notifier of a run and its activities. */
import type { Subscription, Topic } from '../fields/subscription.ts'
import type { RunRef } from './messages.ts'
import type { OpenQuestion, RunState } from './status.ts'

/** Input of the workflow `notify`, whose parent is the workflow that it watches. */
export interface NotifyRequest {
  /** The workflow that is watched: a run, or the rollback of a closed run. */
  readonly ref: RunRef
  /** The run, as commands name it. */
  readonly run: string
  readonly plan: string
  readonly title: string
  readonly subscriptions: readonly Subscription[]
}

/** A question that is open, and whether its gate was approved before. */
export type Asked = OpenQuestion & { readonly reopened?: true }

/** What a notifier knows of its run. */
export interface RunNews {
  readonly questions: readonly Asked[]
  /** Once the run has begun to roll back. Never taken back. */
  readonly rollingBack?: { readonly since: string; readonly why?: string }
  /** Once the run is closed. `at`: ISO time. */
  readonly ended?: {
    readonly state: RunState
    readonly at: string
    readonly detail?: string
    readonly visitors?: string
    readonly leftovers: number
  }
}

export const NO_NEWS: RunNews = { questions: [] }

/** `reopened` and `reminder` belong to the topic `waits`. */
export type NoticeEvent = Topic | 'reopened' | 'reminder'

export function topicOf(event: NoticeEvent): Topic {
  return event === 'reopened' || event === 'reminder' ? 'waits' : event
}

/** One notification, as each channel that subscribed to it gets it. */
export interface Notice {
  /** The same in each attempt and on each channel: receivers drop repeats by it. */
  readonly id: string
  readonly event: NoticeEvent
  /** ISO time of the event. */
  readonly at: string
  readonly run: string
  /** The workflow whose page shows it, and its first run id. */
  readonly ref: RunRef
  readonly plan: string
  readonly title: string
  readonly question?: Asked
  /** Of a reminder: the n-th of how many. */
  readonly reminder?: { readonly number: number; readonly of: number }
  readonly why?: string
  readonly ended?: NonNullable<RunNews['ended']>
}
