import { WorkflowNotFoundError } from '@temporalio/client'
import type { WorkflowExecutionDescription } from '@temporalio/client'
import { reveal } from '../../codec/reveal.ts'
import type { Temporal } from '../../embedded/connection.ts'
import type { HeartbeatDetails } from '../../host/host.ts'
import type { RunEvent } from './events.ts'
import { lifetimeOf } from './lifetime.ts'
import { refuseVersion01 } from './list-runs.ts'
import { firstValue, isoOf, saidBy } from './payloads.ts'
import type { Event } from './payloads.ts'
import type { Lifetime, Retried } from './snapshot.ts'
import { workflowEvents } from './workflow-events.ts'

/** Timeout of a request to Temporal or to a worker. */
const ANSWER_WITHIN_MS = 5000
/** Queries repeat at this interval even without new events, to notice a dead worker. */
const QUERY_EVERY_MS = 2000

/** A workflow's state, from Temporal and from its own query. */
export interface Seen<Status> extends Lifetime {
  readonly status: Status
  /** The last heartbeats of the activities that run now. */
  readonly beats: readonly HeartbeatDetails[]
  readonly retried: readonly Retried[]
}

/** Reads one workflow repeatedly: only new events, and nothing after it is closed. */
export interface WorkflowReader {
  /** Queries the workflow; undefined if it does not exist. @throws BadInput for a run of version 0.1; a gRPC error if no worker answers within 5 s. */
  readonly see: () => Promise<Seen<unknown> | undefined>
  /** Appends the events since the last call; needs no worker. @returns whether the workflow exists */
  readonly addNews: (events: RunEvent[]) => Promise<boolean>
  /** Whether it is closed, and its history was read to the end. */
  readonly isRead: () => boolean
  /** The phases and rollbacks that it has started, as far as its history was read. */
  readonly children: () => readonly string[]
}

export function workflowReader(temporal: Temporal, workflowId: string): WorkflowReader {
  const { client, connection } = temporal
  const handle = client.workflow.getHandle(workflowId)
  const history = historyReader(temporal, workflowId)
  let seen: { readonly at: number; readonly length: number; readonly value: Seen<unknown> } | undefined
  let closed: WorkflowExecutionDescription | undefined

  const describe = async () => {
    if (closed) return closed
    try {
      const description = await handle.describe()
      await reveal(description.raw.pendingActivities ?? [], client)
      if (description.closeTime) closed = description
      return description
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined
      throw error
    }
  }

  const see = async (): Promise<Seen<unknown> | undefined> => {
    if (seen?.value.endedAt !== undefined) return seen.value
    return await connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, async () => {
      const description = await describe()
      if (!description) return undefined
      refuseVersion01(description)
      const { historyLength: length } = description
      const isFresh = seen?.length === length && Date.now() - seen.at < QUERY_EVERY_MS
      const status = seen && isFresh ? seen.value.status : await handle.query('status')
      const value = {
        ...(await lifetimeOf(temporal, description)),
        status,
        beats: beatsOf(description),
        retried: retriedIn(description),
      }
      seen = { at: seen && isFresh ? seen.at : Date.now(), length, value }
      return value
    })
  }

  const addNews = async (events: RunEvent[]): Promise<boolean> =>
    await connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, async () => {
      if (history.isRead()) return true
      const description = await describe()
      if (!description) return false
      await history.readTo(description, events)
      if (!description.closeTime) events.push(...history.now(description.raw.pendingActivities ?? []))
      return true
    })

  return { see, addNews, isRead: history.isRead, children: history.children }
}

/** Reads a history page by page, with the server's page token. */
function historyReader({ client, namespace }: Temporal, workflowId: string) {
  let reader = workflowEvents()
  let runId = ''
  let token: Uint8Array | undefined
  let lastId = 0
  let isRead = false

  const pull = async (): Promise<readonly Event[]> => {
    const { history, nextPageToken } = await client.workflowService.getWorkflowExecutionHistory({
      namespace,
      execution: { workflowId, runId },
      // Else an open workflow's last page has no token to go on from. It answers at once, for something is new.
      waitNewEvent: true,
      ...(token ? { nextPageToken: token } : {}),
    })
    token = nextPageToken
    isRead = (nextPageToken ?? []).length === 0
    return await reveal(history?.events ?? [], client)
  }

  /** Reads from the beginning again: after a reset, or when the page token has expired. */
  const startAnew = (ofRun: string) => {
    reader = workflowEvents()
    token = undefined
    lastId = 0
    runId = ofRun
  }

  return {
    isRead: () => isRead,
    children: () => reader.children(),
    now: (pending: Parameters<typeof reader.now>[0]) => reader.now(pending),
    readTo: async (
      { runId: ofRun, historyLength, closeTime }: WorkflowExecutionDescription,
      into: RunEvent[],
    ): Promise<void> => {
      if (ofRun !== runId) startAnew(ofRun)
      while (closeTime ? !isRead : lastId < historyLength) {
        const events = await pull().catch((error: unknown) => {
          startAnew(ofRun)
          throw error
        })
        if (events.length === 0 && !isRead) return
        lastId = Math.max(lastId, ...events.map(({ eventId }) => Number(eventId)))
        into.push(...reader.of(events))
        if (isRead) return
      }
    },
  }
}

/** The activities that Temporal tries again now. */
function retriedIn({ raw }: WorkflowExecutionDescription): Retried[] {
  return (raw.pendingActivities ?? []).flatMap(({ attempt = 1, lastFailure, expirationTime }) => {
    if (!lastFailure || attempt === null || attempt < 2) return []
    const until = expirationTime ? { until: isoOf(expirationTime) } : {}
    const { host } = (firstValue(lastFailure.applicationFailureInfo?.details) ?? {}) as Pick<Retried, 'host'>
    return [{ failure: saidBy(lastFailure), attempt, ...(host !== undefined && { host }), ...until }]
  })
}

/** The last heartbeats of the activities that run now. */
export function beatsOf({ raw }: WorkflowExecutionDescription): HeartbeatDetails[] {
  return (raw.pendingActivities ?? []).flatMap(({ heartbeatDetails }) => {
    // Written by activities of this project only.
    const beat = firstValue(heartbeatDetails) as HeartbeatDetails | undefined
    return beat === undefined ? [] : [beat]
  })
}
