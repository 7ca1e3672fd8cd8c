import type { Client, WorkflowExecutionInfo } from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import { SEARCH_ATTRIBUTES, TASK_QUEUE } from '../workflows/messages.ts'
import { PAGES } from '../workflows/metrics.ts'
import { RUN_STATES } from '../workflows/run-states.ts'
import { DECISION_KINDS } from '../workflows/status.ts'
import type { QuestionsMemo } from '../workflows/status.ts'
import type { Pino } from './logger.ts'
import type { Meter } from './meter.ts'

const EVERY_MS = 15_000
/** What a list may cost; the rest is not counted, and the log says so. */
const MOST = 5000
const TYPES = [...Object.keys(PAGES), 'holdLock'].map((type) => `"${type}"`).join(', ')
const OPEN = `ExecutionStatus = "Running" AND TaskQueue = "${TASK_QUEUE}" AND WorkflowType IN (${TYPES})`

const runKey = defineSearchAttributeKey(SEARCH_ATTRIBUTES.run, 'KEYWORD')
const stateKey = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD')

/** Reads the open runs, decisions and locks from Temporal every 15 s into gauges. Returns what ends it. */
export function refreshGauges(
  client: Client,
  { log, meter }: { readonly log: Pino; readonly meter: Meter },
): () => void {
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  const refresh = async () => {
    try {
      show(await openWorkflows(client, log), { meter, now: Date.now() })
    } catch (error) {
      if (!isOver)
        log.warn({ error: error instanceof Error ? error.message : String(error) }, 'gauges not refreshed')
    }
    if (!isOver) timer = setTimeout(() => void refresh(), EVERY_MS)
  }
  void refresh()
  return () => {
    isOver = true
    clearTimeout(timer)
  }
}

type Open = Pick<
  WorkflowExecutionInfo,
  'workflowId' | 'type' | 'startTime' | 'memo' | 'typedSearchAttributes'
>

async function openWorkflows(client: Client, log: Pino): Promise<readonly Open[]> {
  const open: Open[] = []
  for await (const info of client.workflow.list({ query: OPEN })) {
    open.push(info)
    if (open.length < MOST) continue
    log.warn(`more than ${MOST} workflows are open; the gauges leave out the rest`)
    break
  }
  return open
}

/** Sets every value, also those that are 0 now: a gauge keeps its last one. */
function show(open: readonly Open[], { meter, now }: { readonly meter: Meter; readonly now: number }): void {
  const runs = pages(open)
  const states = runs.map((info) => info.typedSearchAttributes.get(stateKey) ?? 'resolving')
  for (const [state, { isOpen }] of Object.entries(RUN_STATES))
    if (isOpen) meter.set('reinstate_runs', states.filter((one) => one === state).length, { state })
  const decisions = runs.flatMap(({ memo }) => ((memo ?? {}) as Partial<QuestionsMemo>).decisions ?? [])
  for (const kind of DECISION_KINDS) {
    const ages = decisions.filter((one) => one.kind === kind).map(({ since }) => secondsSince(since, now))
    meter.set('reinstate_decisions_open', ages.length, { kind })
    meter.set('reinstate_decision_age_seconds', Math.max(0, ...ages), { kind })
  }
  const locks = open
    .filter(({ type }) => type === 'holdLock')
    .map(({ startTime }) => secondsSince(startTime, now))
  meter.set('reinstate_locks', locks.length, { state: 'held' })
  meter.set('reinstate_locks', states.filter((state) => state === 'waiting-for-lock').length, {
    state: 'waited-for',
  })
  meter.set('reinstate_lock_age_seconds', Math.max(0, ...locks))
  meter.set('reinstate_refreshed_timestamp_seconds', now / 1000)
}

/** One workflow for each run: the run itself, which shows what its rollback waits for, or what outlived it. */
function pages(open: readonly Open[]): readonly Open[] {
  const byRun = new Map<string, Open>()
  for (const info of open) {
    if (info.type === 'holdLock') continue
    const run =
      info.type === 'runPlan' ? info.workflowId : (info.typedSearchAttributes.get(runKey) ?? info.workflowId)
    if (info.type === 'runPlan' || !byRun.has(run)) byRun.set(run, info)
  }
  return [...byRun.values()]
}

function secondsSince(time: Date | string, now: number): number {
  return Math.max(0, (now - new Date(time).getTime()) / 1000)
}
