import { cancellationSignal } from '@temporalio/activity'
import type { Client, WorkflowExecutionDescription } from '@temporalio/client'
import { setTimeout as wait } from 'node:timers/promises'
import { LockHeld } from '../errors.ts'
import type { Hosts } from '../host/host.ts'
import { lockId, TASK_QUEUE, TASK_QUEUE_OF_0_1 } from '../workflows/messages.ts'
import type { RunRef } from '../workflows/messages.ts'
import { meaningOf } from '../workflows/run-states.ts'
import type { Activities, Lock, LockHolder, OtherHolder } from './activities.ts'
import { withHeartbeats } from './binding.ts'
import { poll } from './attestations.ts'
import { describe, isOwn } from './callers.ts'
import { hasGivenBack, isRunOpen, writtenBy, VISIBILITY_LAG_MILLISECONDS, whileWaiting } from './runs.ts'

/** Locks twice: in Temporal, where runs wait for each other, and on the host, against other Temporal clusters. */
export function lockActivities(
  client: Client,
  hosts: Hosts,
): Pick<
  Activities,
  'lockHolder' | 'lockFree' | 'lockReleased' | 'otherHolders' | 'takeHostLock' | 'releaseHostLock'
> {
  return {
    lockHolder: ({ ref, ...lock }) =>
      whileWaiting(async () => {
        for (;;) {
          const description = await describe(client, lockId(lock))
          const holder = description && holderIn(description, lock)
          if (ref === undefined || holder?.token !== ref.token || isWatching(description)) return holder
          await wait(RELEASED_AFTER_MS, undefined, { signal: cancellationSignal() })
        }
      }),
    lockFree: (lock) =>
      whileWaiting(async () => {
        await client.workflow
          .getHandle(lockId(lock))
          .result()
          .catch(() => undefined)
      }),
    lockReleased: ({ host, stack, ref }) =>
      poll(async () => ((await isHeldBy(client, lockId({ host, stack }), ref)) ? undefined : true)).then(
        () => undefined,
      ),
    otherHolders: ({ host, stack, ref, since }) =>
      whileWaiting(() => otherHolders(client, lockId({ host, stack }), { ref, since })),
    takeHostLock: async ({ host, stack, ref, note }) => {
      const cluster = await clusterOf(client)
      const mine = { name: stack, holder: `${cluster}/${ref.token} ${ref.run}` }
      return await withHeartbeats(onLock(ref, 'note-run'), async (bound) => {
        try {
          await hosts.takeLock(host, mine, bound.signal)
        } catch (error) {
          if (!(error instanceof LockHeld)) throw error
          const holder = String(error.data['holder'])
          const other = runOfCluster(holder, cluster)
          if (!other) throw error
          if (other.token !== ref.token) {
            // Somebody may have ended the lock's workflow while its run continues.
            if (
              !(await hasGivenBack(client, other, lockId({ host, stack }))) &&
              (await isRunOpen(client, other))
            )
              return other
            // Temporal's database may have been put back to before that run, whose commands may go on.
            if (!(await describe(client, other.run, other.token))) throw error
          }
          await hosts.releaseLock(host, { name: stack, holder }, bound.signal)
          await hosts.takeLock(host, mine, bound.signal)
        }
        await hosts.noteRun(host, bound, JSON.stringify(note))
        return undefined
      })
    },
    releaseHostLock: async ({ host, stack, ref }) => {
      const holder = `${await clusterOf(client)}/${ref.token} ${ref.run}`
      await withHeartbeats(onLock(ref, 'release-lock'), (bound) =>
        hosts.releaseLock(host, { name: stack, holder }, bound.signal),
      )
    },
  }
}

/** Whether the workflow of the lock is open and of this run. @throws where Temporal does not answer */
async function isHeldBy(client: Client, lock: string, { token }: RunRef): Promise<boolean> {
  const found = await describe(client, lock)
  return found?.status.name === 'RUNNING' && isOwn(found, ['holdLock']) && found.memo?.['token'] === token
}

async function otherHolders(
  client: Client,
  lock: string,
  { ref, since }: { readonly ref: RunRef; readonly since: string },
): Promise<readonly OtherHolder[]> {
  await new Promise((resolve) => setTimeout(resolve, VISIBILITY_LAG_MILLISECONDS))
  const found: OtherHolder[] = []
  // Newest first.
  for await (const held of client.workflow.list({
    query: `WorkflowId = "${lock}" AND WorkflowType = "holdLock"`,
  })) {
    if (held.closeTime && held.closeTime.toISOString() < since) break
    const { run, token } = (held.memo ?? {}) as Partial<RunRef>
    if (held.taskQueue !== TASK_QUEUE || run === undefined || token === undefined || token === ref.token)
      continue
    const { state, plan } = await writtenBy(client, { run, token })
    if (state !== undefined && meaningOf(state).changes === 'nothing') continue
    found.push({
      ...{ run, plan, from: held.startTime.toISOString() },
      ...(held.closeTime && { to: held.closeTime.toISOString() }),
    })
  }
  return found.reverse()
}

const RELEASED_AFTER_MS = 500

/** Whether the open workflow of a lock watches its run. Before that it has only begun; after that it releases the lock. */
function isWatching(description: WorkflowExecutionDescription | undefined): boolean {
  return (description?.raw.pendingActivities ?? []).some(
    ({ activityType }) => activityType?.name === 'runClosed',
  )
}

function holderIn(description: WorkflowExecutionDescription, lock: Lock): LockHolder | undefined {
  if (description.status.name !== 'RUNNING') return undefined
  const { run, token } = (description.memo ?? {}) as Partial<RunRef>
  if (isOwn(description, ['holdLock']))
    return run !== undefined && token !== undefined ? { run, token } : undefined
  if (description.taskQueue !== TASK_QUEUE_OF_0_1) return undefined
  // Anyone may have started it, so its memo is not obeyed: it has no token.
  return { run: RUN_ID.test(String(run)) ? String(run) : lockId(lock), version: '0.1' }
}

const RUN_ID = /^[a-z0-9_-]{1,60}$/

function onLock(ref: RunRef, step: string) {
  return { ref, phase: 'before', step, attempt: 1, secrets: [] }
}

/** The run that `takeHostLock` of this cluster wrote into a host's lock; undefined for any other text. */
function runOfCluster(holder: string, cluster: string): RunRef | undefined {
  if (!holder.startsWith(`${cluster}/`)) return undefined
  const [, token, run] = /^([0-9a-f-]{36}) ([a-z0-9_-]{1,60})$/.exec(holder.slice(cluster.length + 1)) ?? []
  return token === undefined || run === undefined ? undefined : { run, token }
}

async function clusterOf(client: Client): Promise<string> {
  const { clusterId } = await client.workflowService.getClusterInfo({})
  return `${clusterId}/${client.options.namespace}`
}
