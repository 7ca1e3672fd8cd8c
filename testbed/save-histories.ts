import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client, WorkflowHandle } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { packageFolder } from '../src/config.ts'

/** The folder that the replay tests read. */
export const HISTORIES = packageFolder('test', 'histories')

/** Saves one history of each shape of every closed workflow of a server: `npm run histories`. */
export async function saveHistories(client: Client): Promise<void> {
  await mkdir(HISTORIES, { recursive: true })
  const shapes = new Set<string>()
  for await (const { workflowId, runId, type, status } of client.workflow.list()) {
    if (status.name === 'RUNNING' || status.name === 'TERMINATED') continue
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory()
    const shape = [type, ...(history.events ?? []).map(({ eventType }) => eventType)].join()
    if (shapes.has(shape)) continue
    shapes.add(shape)
    await save(
      `${type}.${workflowId.replaceAll('/', '.')}.${status.name.toLowerCase()}.json`,
      workflowId,
      history,
    )
  }
}

/** Saves the history of an open workflow that waits for what `wait` names. */
export async function saveParked(client: Client, workflowId: string, wait: string): Promise<void> {
  const handle = client.workflow.getHandle(workflowId)
  const { type } = await handle.describe()
  await save(`${type}.parked.${wait}.running.json`, workflowId, await handle.fetchHistory())
}

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>

async function save(name: string, workflowId: string, history: History): Promise<void> {
  // The process and machine are irrelevant to a replay, and private.
  const compact = JSON.stringify({ workflowId, history: JSON.parse(historyToJSON(history)) as unknown })
  const text = compact.replaceAll(/"identity":"[^"]*"/g, '"identity":"worker"')
  await writeFile(join(HISTORIES, name), `${text}\n`)
}
