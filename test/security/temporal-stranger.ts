import { setTimeout as wait } from 'node:timers/promises'
import { Client } from '@temporalio/client'
import type { WorkflowHandle } from '@temporalio/client'
import { defaultPayloadConverter } from '@temporalio/common'
import type { Payload } from '@temporalio/common'
import type { Stage } from '../../testbed/run-stage.ts'
import { TASK_QUEUE } from '../../src/workflows/messages.ts'

/** Somebody who reaches Temporal's port and is no operator: a plain client, without any code of this project. */
export function strangerOf({ client }: Stage): Client {
  return new Client({ connection: client.connection, identity: 'mallory@evil' })
}

/** A plan with a step before its gate and one behind it. `more`: further lines of the last step, or further phases. */
export const GATED = (name: string, more = '') => `
plan: ${name}
title: A run that waits at its gate
hosts: [server]
stack: ${name}
phases:
  - phase: before
    steps:
      - step: prepared
        kind: command
        script: touch /srv/${name}-prepared
        undo: rm -f /srv/${name}-prepared
        verify: test -e /srv/${name}-prepared
  - phase: after
    gate: { approvers: [tester], within: 1 hour }
    steps:
      - step: opened
        kind: command
        script: touch /srv/${name}-opened
        undo: rm -f /srv/${name}-opened
        verify: test -e /srv/${name}-opened
${more}`

/** The state that Temporal gives a workflow, once it is closed; `RUNNING` where it is open after this time. */
export async function endOf(handle: WorkflowHandle, seconds = 30): Promise<string> {
  for (const until = Date.now() + seconds * 1000; ; await wait(300)) {
    const { status } = await handle.describe()
    if (status.name !== 'RUNNING' || Date.now() > until) return status.name
  }
}

// Numbers of Temporal's API; its enums are in no direct dependency.
const COMMAND = { activity: 1, child: 11 } as const
const POLL_MS = 60_000

type Service = Client['workflowService']
type History = NonNullable<Awaited<ReturnType<Service['pollWorkflowTaskQueue']>>['history']>
type HistoryEvent = NonNullable<History['events']>[number]

type Outcome = 'completed' | 'failed' | 'timed out'

interface Asked {
  readonly outcome: Outcome
  readonly result: unknown
}

type Command = { readonly activity: string } | { readonly child: string; readonly childId: string }

interface OwnWorkflow {
  /** As the token of a run is: the run id of its first execution. */
  readonly token: string
  /** Calls an activity of a worker or starts a child there, and waits for its end. */
  readonly call: (command: Command, args: readonly unknown[]) => Promise<Asked>
}

/**
 * Does with a worker's task queue what any workflow may: a workflow of the stranger's own, of any id and type, on a queue that
 * only this function polls. Its calls come one after another.
 */
export async function ownWorkflow(
  { client }: Stage,
  {
    id = `stranger-${Math.random().toString(36).slice(2)}`,
    type = 'strangers',
  }: { readonly id?: string; readonly type?: string } = {},
): Promise<OwnWorkflow> {
  const { namespace } = client.options
  const own = { name: `queue of ${id}` }
  const identity = 'mallory@evil'
  const service = client.workflowService
  const started = await client.workflow.start(type, { taskQueue: own.name, workflowId: id, args: [] })
  const next = async () =>
    await client.withDeadline(Date.now() + POLL_MS, async () =>
      service.pollWorkflowTaskQueue({ namespace, taskQueue: own, identity }),
    )
  let task = await next()
  let calls = 0
  const answer = async (commands: readonly object[]) => {
    await service.respondWorkflowTaskCompleted({
      ...{ taskToken: task.taskToken, namespace, identity, commands: [...commands] },
    })
    task = await next()
  }
  return {
    token: started.firstExecutionRunId,
    call: async (command, args) => {
      const seen = task.history?.events?.at(-1)?.eventId ?? 0
      const isNew = ({ eventId }: HistoryEvent) => Number(eventId) > Number(seen)
      await answer([commandOf(command, { args, namespace, number: ++calls })])
      for (;;) {
        const [end] = (task.history?.events ?? []).filter(isNew).flatMap(outcomeIn)
        if (end === undefined) await answer([])
        else {
          const { outcome, payload } = end
          return { outcome, result: payload && defaultPayloadConverter.fromPayload(payload) }
        }
      }
    },
  }
}

const CALL_SECONDS = 25

function commandOf(
  command: Command,
  {
    args,
    namespace,
    number,
  }: { readonly args: readonly unknown[]; readonly namespace: string; readonly number: number },
): object {
  const input = { payloads: args.map((arg) => defaultPayloadConverter.toPayload(arg)) }
  const taskQueue = { name: TASK_QUEUE }
  const time = { seconds: CALL_SECONDS }
  return 'activity' in command
    ? {
        commandType: COMMAND.activity,
        scheduleActivityTaskCommandAttributes: {
          ...{ activityId: `${number}`, activityType: { name: command.activity }, taskQueue, input },
          ...{ scheduleToCloseTimeout: time, startToCloseTimeout: time, heartbeatTimeout: time },
          retryPolicy: { maximumAttempts: 1 },
        },
      }
    : {
        commandType: COMMAND.child,
        startChildWorkflowExecutionCommandAttributes: {
          ...{ namespace, workflowId: command.childId, workflowType: { name: command.child } },
          ...{ taskQueue, input, workflowExecutionTimeout: time, parentClosePolicy: 2 },
        },
      }
}

/** How the activity or the child ended, if this event says so. */
function outcomeIn(event: HistoryEvent): { readonly outcome: Outcome; readonly payload?: Payload }[] {
  const completed =
    event.activityTaskCompletedEventAttributes ?? event.childWorkflowExecutionCompletedEventAttributes
  const payload = completed?.result?.payloads?.[0]
  if (completed) return [{ outcome: 'completed', ...(payload ? { payload } : {}) }]
  if (event.activityTaskTimedOutEventAttributes ?? event.childWorkflowExecutionTimedOutEventAttributes)
    return [{ outcome: 'timed out' }]
  const failed =
    event.activityTaskFailedEventAttributes ??
    event.childWorkflowExecutionFailedEventAttributes ??
    event.startChildWorkflowExecutionFailedEventAttributes
  return failed ? [{ outcome: 'failed' }] : []
}

/** Whether a workflow's task fails again and again, so that nothing of it goes on. Its history may be too large to be read. */
export async function isWedged(handle: WorkflowHandle): Promise<boolean> {
  const { raw } = await handle.describe()
  return (raw.pendingWorkflowTask?.attempt ?? 0) > 1
}

/** A polling `until`, for what must hold for this long: the first value that is not as expected, or the last one. */
export async function staying<Value>(
  look: () => Promise<Value>,
  isGood: (value: Value) => boolean,
  seconds: number,
): Promise<Value> {
  for (const until = Date.now() + seconds * 1000; ; await wait(500)) {
    const value = await look()
    if (!isGood(value) || Date.now() > until) return value
  }
}
