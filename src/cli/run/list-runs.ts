/** What Temporal itself knows of runs: no worker is needed. */
import { WorkflowNotFoundError } from '@temporalio/client'
import type { WorkflowExecutionDescription, WorkflowExecutionInfo } from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import { BadInput } from '../exit-codes.ts'
import type { Temporal } from '../../embedded/connection.ts'
import { SEARCH_ATTRIBUTES, rollbackId, TASK_QUEUE_OF_0_1 } from '../../workflows/messages.ts'
import { meaningOf, presentState } from '../../workflows/run-states.ts'
import type { Lived, RunState } from '../../workflows/run-states.ts'
import type { Decision } from '../../workflows/status.ts'
import { closedAsOf } from './lifetime.ts'
import { questionsIn } from './memo.ts'
import { noSuchRun } from './names.ts'

/** A run with its present state, without a query to its workflow. */
export interface ListedRun {
  readonly run: string
  readonly state: RunState
  readonly plan: string
  readonly hosts: readonly string[]
  readonly startedAt: string
  /** Whether the run itself has ended; a rollback may still be open. */
  readonly isClosed: boolean
  /** ISO time since which a run that waits at an unlocked gate holds no lock. */
  readonly unlockedSince?: string
  /** Of a rollback that waits for a lock: the run that holds it. */
  readonly lockedBy?: string
  /** Of the run, or of the rollback that came after it; absent while either is open. */
  readonly endedAt?: string
}

/** The newest are asked for; older ones are in the Temporal UI. */
const MOST = 100

const state = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD')
const plan = defineSearchAttributeKey(SEARCH_ATTRIBUTES.plan, 'KEYWORD')
const hosts = defineSearchAttributeKey(SEARCH_ATTRIBUTES.hosts, 'KEYWORD_LIST')

/** A workflow of Temporal's list: a run, or a rollback of one. */
export type Listed = Pick<
  WorkflowExecutionInfo,
  'workflowId' | 'type' | 'status' | 'startTime' | 'closeTime' | 'typedSearchAttributes'
> &
  Partial<Pick<WorkflowExecutionInfo, 'memo'>>

const QUERY = 'WorkflowType IN ("runPlan", "rollbackRun", "rollback")'

/** The newest runs, each once, with its present state. */
export async function listRuns({ client, connection }: Temporal): Promise<readonly ListedRun[]> {
  return await connection.withDeadline(Date.now() + 4500, async () => {
    const found: Listed[] = []
    let runs = 0
    // Newest first: a rollback comes before its run.
    for await (const info of client.workflow.list({ query: QUERY })) {
      found.push(info)
      if (info.type === 'runPlan' && ++runs === MOST) break
    }
    return joined(found)
  })
}

/** Joins runs with their rollbacks by the run's id. */
export function joined(found: readonly Listed[]): readonly ListedRun[] {
  const byRun = new Map<string, Listed[]>()
  for (const info of found) {
    const run = info.type === 'runPlan' ? info.workflowId : runOfRollback(info.workflowId)
    byRun.set(run, [...(byRun.get(run) ?? []), info])
  }
  return [...byRun].map(([run, of]) => listedRun(run, of))
}

function listedRun(run: string, found: readonly Listed[]): ListedRun {
  const oldestFirst = [...found].sort((one, other) => one.startTime.getTime() - other.startTime.getTime())
  const [first] = oldestFirst
  // The newest: an id may be used again.
  const own = oldestFirst.findLast(({ type }) => type === 'runPlan') ?? first
  const since = oldestFirst.slice(own ? oldestFirst.indexOf(own) : 0)
  const rollbacks = since.filter(({ type }) => type !== 'runPlan')
  const present = presentState(
    // Temporal forgets a run before its rollback; it had ended, or there would be no rollback of its own.
    own === undefined || own.type !== 'runPlan' ? { state: 'done', closedAs: 'COMPLETED' } : livedOf(own),
    rollbacks.map(livedOf),
  )
  const unlockedSince = present === 'waiting-for-decision' ? unlockedIn(own?.memo) : undefined
  const lockedBy = openIn(since).find((one) => one.lockedBy !== undefined)?.lockedBy
  const ends = since.map(({ closeTime }) => closeTime?.toISOString() ?? '')
  return {
    run,
    state: present,
    ...aboutOf(own),
    startedAt: (own?.startTime ?? new Date(0)).toISOString(),
    ...(unlockedSince !== undefined && { unlockedSince }),
    ...(lockedBy !== undefined && { lockedBy }),
    isClosed: own?.type !== 'runPlan' || closedAsOf(own) !== undefined,
    ...(meaningOf(present).isOpen ? {} : { endedAt: ends.sort().at(-1) ?? '' }),
  }
}

/** The ISO time since which a run that waits holds no lock, by its memo; undefined where it holds its locks. */
export function unlockedIn(memo: Readonly<Record<string, unknown>> | undefined): string | undefined {
  return questionsIn(memo).decisions.find(({ unlockedSince }) => unlockedSince !== undefined)?.unlockedSince
}

/** The open questions of workflows, by the memos of those that are open. A run shows what its rollback asks, too. */
function openIn(found: readonly Listed[]): readonly Decision[] {
  const open = found.filter((info) => closedAsOf(info) === undefined)
  const all = open.flatMap(({ memo }) => questionsIn(memo).decisions)
  return [...new Map(all.map((one) => [one.decision, one])).values()]
}

/** The state that a workflow wrote last. One that never got to a worker wrote none. */
export function livedOf(info: Pick<Listed, 'status' | 'typedSearchAttributes'>): Lived {
  // Written by the workflow itself, from its own states.
  const written = info.typedSearchAttributes.get(state) as RunState | undefined
  return { state: written ?? 'resolving', closedAs: closedAsOf(info) }
}

/** The plan and the hosts that a workflow wrote. */
export function aboutOf(
  info: Pick<Listed, 'typedSearchAttributes'> | undefined,
): Pick<ListedRun, 'plan' | 'hosts'> {
  return {
    plan: info?.typedSearchAttributes.get(plan) ?? '',
    hosts: info?.typedSearchAttributes.get(hosts) ?? [],
  }
}

function runOfRollback(workflowId: string): string {
  return workflowId.replace(/\/rollback(~\d+)?$/, '')
}

/** @throws BadInput for a run of version 0.1, which signed nothing and has other workflows */
export function refuseVersion01({ workflowId, taskQueue }: WorkflowExecutionDescription): void {
  if (taskQueue === TASK_QUEUE_OF_0_1)
    throw new BadInput(`${workflowId} is of version 0.1: show, finish or roll it back with version 0.1`)
}

/** A run with its open questions, as its memo and those of its rollbacks have them. */
export interface PresentRun extends ListedRun {
  readonly open: readonly Decision[]
}

/** One run with its present state. @throws BadInput if there is no such run, or for one of version 0.1 */
export async function presentRun(temporal: Temporal, run: string): Promise<PresentRun> {
  const own = await described(temporal, run)
  if (own?.type !== 'runPlan') throw noSuchRun(run)
  refuseVersion01(own)
  const found: Listed[] = [own]
  for (let number = 1; ; number++) {
    const rollback = await described(temporal, rollbackId(run, number))
    if (!rollback) return { ...listedRun(run, found), open: openIn(found) }
    found.push(rollback)
  }
}

/** A workflow as Temporal describes it; undefined if there is none of this id. */
export async function described(
  { client }: Temporal,
  workflowId: string,
): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await client.workflow.getHandle(workflowId).describe()
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined
    throw error
  }
}
