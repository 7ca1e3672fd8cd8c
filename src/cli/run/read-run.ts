import { setTimeout as wait } from 'node:timers/promises'
import { PayloadUnreadable } from '../../codec/payload-codec.ts'
import type { Temporal } from '../../embedded/connection.ts'
import { NoWorker } from '../../embedded/not-up.ts'
import { hostWorkerIsUp, workerIsUp } from '../../embedded/worker-process.ts'
import { rollbackId } from '../../workflows/messages.ts'
import { meaningOf } from '../../workflows/run-states.ts'
import type { PhaseStatus, RunStatus } from '../../workflows/status.ts'
import { BadInput } from '../exit-codes.ts'
import { inOrder } from './events.ts'
import type { RunEvent } from './events.ts'
import { noSuchRun } from './names.ts'
import { asCleared, asEnded, asRolledBack, attemptsUpTo, stepsOf, withBeats } from './phases.ts'
import type { PhaseOutline, PhaseSnapshot, RollbackSnapshot, RunSnapshot } from './snapshot.ts'
import { readAnyway } from './unanswered.ts'
import { undoStepsOf } from './undo-steps.ts'
import { workflowReader } from './workflow.ts'
import type { Seen, WorkflowReader } from './workflow.ts'

/** Reads a run with its phases and rollbacks, for everything that is shown of it. Closed workflows are read once. */
export interface RunReader {
  /** The current state. @throws BadInput if there is no such run; a gRPC error if no worker answers within 5 s. */
  readonly read: () => Promise<RunSnapshot>
  /** Events since the last call, oldest first; needs no worker. @throws BadInput */
  readonly news: () => Promise<readonly RunEvent[]>
  /** Whether there can be no more events: every history is closed and read to its end. */
  readonly isRead: () => boolean
}

/** Reads the current state of a run. @throws NoWorker or RunUnanswered if no worker answers within five seconds · BadInput */
export async function readRun(temporal: Temporal, run: string): Promise<RunSnapshot> {
  const snapshot = await readWhatIsKnown(temporal, run)
  if (snapshot.unanswered) throw snapshot.unanswered
  return snapshot
}

/** The same; where no worker answers, what Temporal knows, and why nobody answered. @throws BadInput */
export async function readWhatIsKnown(temporal: Temporal, run: string): Promise<RunSnapshot> {
  return await readAnyway(temporal, run, () => runReader(temporal, run).read())
}

/** All events of a run, oldest first; needs no worker. @throws BadInput */
export async function readEvents(temporal: Temporal, run: string): Promise<readonly RunEvent[]> {
  return await runReader(temporal, run).news()
}

export function runReader(temporal: Temporal, run: string): RunReader {
  const readers = new Map<string, WorkflowReader>()
  const workflow = (id: string): WorkflowReader => {
    const reader = readers.get(id) ?? workflowReader(temporal, id)
    readers.set(id, reader)
    return reader
  }

  const readPhase = async (outline: PhaseOutline, answers: RunStatus['answers']): Promise<PhaseSnapshot> => {
    const ids = outline.workflowId === undefined ? [] : attemptsUpTo(outline.workflowId)
    const seen = await Promise.all(ids.map((id) => workflow(id).see()))
    // The answer to the query `status` of a phase.
    const attempts = seen.filter((one) => one !== undefined) as Seen<PhaseStatus>[]
    const last = attempts.at(-1)
    const statuses = attempts.map(({ status }) => status)
    return {
      ...outline,
      steps: withBeats(stepsOf(outline, statuses, answers), last?.beats ?? []),
      ...(attempts[0] ? { startedAt: attempts[0].startedAt } : {}),
      ...(last?.endedAt === undefined ? {} : { endedAt: last.endedAt }),
      ...(last && last.retried.length > 0 ? { retried: last.retried } : {}),
    }
  }

  // Apart from `news`, which gives each event once.
  const undoLogs = new Map<string, { readonly reader: WorkflowReader; readonly events: RunEvent[] }>()
  const undoEvents = async (id: string): Promise<readonly RunEvent[]> => {
    const log = undoLogs.get(id) ?? { reader: workflowReader(temporal, id), events: [] }
    undoLogs.set(id, log)
    await log.reader.addNews(log.events)
    return log.events
  }

  /** Those of this run: an earlier run of the same id may have had some too. */
  const undoingOf = async (id: string, seen: Seen<RunStatus>): Promise<RollbackSnapshot> => {
    const { status, beats: _, retried: __, ...lifetime } = seen
    const steps = undoStepsOf(status, await undoEvents(id), seen.endedAt !== undefined)
    return { workflowId: id, status, steps, ...lifetime }
  }

  const readClears = async (phases: RunStatus['phases']): Promise<RollbackSnapshot[]> => {
    const ids = phases.flatMap(({ clear }) => clear?.workflowId ?? [])
    const found = ids.map(async (id) => {
      // The answer to the query `status` of a clear.
      const seen = (await workflow(id).see()) as Seen<RunStatus> | undefined
      return seen ? [await undoingOf(id, seen)] : []
    })
    return (await Promise.all(found)).flat()
  }

  const readRollbacks = async (since: string): Promise<RollbackSnapshot[]> => {
    const rollbacks: RollbackSnapshot[] = []
    for (let number = 1; ; number++) {
      const id = rollbackId(run, number)
      // The answer to the query `status` of a rollback.
      const seen = (await workflow(id).see()) as Seen<RunStatus> | undefined
      if (!seen) return rollbacks
      if (seen.startedAt < since) continue
      rollbacks.push(await undoingOf(id, seen))
    }
  }

  const read = async (): Promise<RunSnapshot> => {
    // The answer to the query `status` of a run.
    const seen = (await workflow(run).see()) as Seen<RunStatus> | undefined
    if (!seen) throw noSuchRun(run)
    const { status, beats: _, retried: __, ...lifetime } = seen
    const [phases, rollbacks, clears] = await Promise.all([
      Promise.all(status.phases.map((outline) => readPhase(outline, status.answers))),
      readRollbacks(seen.startedAt),
      readClears(status.phases),
    ])
    const left = asCleared(seen.endedAt === undefined ? phases : asEnded(phases, seen.endedAt), clears)
    const unserved = await unservedQueues(temporal, rollbacks.at(-1)?.status ?? status)
    return {
      ...{ status, phases: asRolledBack(left, rollbacks), rollbacks, clears, ...lifetime },
      ...(unserved.length > 0 && { unserved }),
    }
  }

  // Survives a failed read, so that nothing is read twice.
  const unread: RunEvent[] = []
  const histories = new Set<string>()
  const addNews = async (id: string): Promise<boolean> => {
    if (!(await workflow(id).addNews(unread))) return false
    histories.add(id)
    await Promise.all(workflow(id).children().map(addNews))
    return true
  }
  const news = async (): Promise<readonly RunEvent[]> => {
    if (!(await addNews(run))) throw noSuchRun(run)
    // Rollbacks of a closed run are not child workflows.
    for (let number = 1; await addNews(rollbackId(run, number)); number++);
    return inOrder(unread.splice(0))
  }
  const isRead = () => histories.size > 0 && [...histories].every((id) => workflow(id).isRead())
  return { read, news, isRead }
}

/** Of the task queues of a run's hosts, those that no worker polls. */
async function unservedQueues(
  temporal: Temporal,
  { state, taskQueues = {} }: RunStatus,
): Promise<NonNullable<RunSnapshot['unserved']>> {
  if (!meaningOf(state).isOpen) return []
  const queues = [...new Set(Object.values(taskQueues))].map(async (taskQueue) => {
    if (await hostWorkerIsUp(temporal, taskQueue)) return []
    return [{ taskQueue, hosts: Object.keys(taskQueues).filter((host) => taskQueues[host] === taskQueue) }]
  })
  return (await Promise.all(queues)).flat()
}

/** A restarted worker or server is back within this. */
const PATIENCE_MS = 30_000
const AGAIN_AFTER_MS = 500

/**
 * Retries while nothing answers. `revive` may restart what was killed; it returns a new connection if Temporal has moved. @throws NoWorker · BadInput
 */
export function patientReader(
  temporal: Temporal,
  run: string,
  revive?: () => Promise<Temporal | undefined>,
): RunReader {
  let connected = temporal
  let reader = runReader(connected, run)
  // A reader on a new connection reads the histories from their beginning; so does one after an error.
  const printed = new Set<string>()
  const again = async <Result>(ask: () => Promise<Result>): Promise<Result> => {
    for (const since = Date.now(); ;) {
      try {
        return await ask()
      } catch (error) {
        if (error instanceof BadInput || error instanceof PayloadUnreadable) throw error
        if (Date.now() - since > PATIENCE_MS) {
          if (!(await workerIsUp(connected))) throw new NoWorker(connected.address)
          throw error
        }
        const moved = await revive?.()
        if (moved) {
          connected = moved
          reader = runReader(connected, run)
        }
        await wait(AGAIN_AFTER_MS)
      }
    }
  }
  const news = async () => {
    const events = await reader.news()
    const fresh = events.filter(({ at, role, message }) => !printed.has(`${at} ${role} ${message}`))
    for (const { at, role, message } of fresh) printed.add(`${at} ${role} ${message}`)
    return fresh
  }
  return { read: () => again(() => reader.read()), news: () => again(news), isRead: () => reader.isRead() }
}
