import { WorkflowNotFoundError } from '@temporalio/client'
import type { WorkflowExecutionInfo } from '@temporalio/client'
import { parseHolder } from '../break-glass/holder.ts'
import type { RunOpenness } from '../break-glass/holder.ts'
import { readConfig } from '../config.ts'
import { connectTo, locateTemporal } from '../embedded/connection.ts'
import type { Temporal } from '../embedded/connection.ts'
import { SEARCH_ATTRIBUTES } from '../workflows/messages.ts'
import type { RunRef } from '../workflows/messages.ts'
import { firstLine } from './rendering/columns.ts'
import { unlockedIn } from './run/list-runs.ts'

/** Whether any workflow of a run is open, according to Temporal. Never throws. */
export async function whatTemporalSays(ref: RunRef): Promise<RunOpenness> {
  return await asking((temporal) => ofRun(temporal, ref), unknown)
}

/** The same for several runs, by one connection, in their order. */
export async function whatTemporalSaysOfAll(refs: readonly RunRef[]): Promise<readonly RunOpenness[]> {
  return await asking(
    async (temporal) => {
      const found: RunOpenness[] = []
      for (const ref of refs) found.push(await ofRun(temporal, ref))
      return found
    },
    (why) => refs.map(() => unknown(why)),
  )
}

/** The same for the holder of a host lock; only the Temporal server that wrote it knows. */
export async function whatTemporalSaysOf(holder: string): Promise<RunOpenness> {
  const parsed = parseHolder(holder)
  if (parsed.is === 'unknown') return unknown('it was written by another program or by a newer version')
  if (parsed.is === 'person') return unknown('a person took it by hand')
  return await asking(async (temporal) => {
    const { clusterId } = await temporal.client.workflowService.getClusterInfo({})
    const here = `${clusterId}/${temporal.namespace}`
    const there = `${parsed.cluster}/${parsed.namespace}`
    if (here !== there)
      return unknown(`it belongs to a run of another Temporal: ${there}; ${temporal.address} is ${here}`)
    return await ofRun(temporal, parsed.ref)
  }, unknown)
}

async function asking<Answer>(
  ask: (temporal: Temporal) => Promise<Answer>,
  otherwise: (why: string) => Answer,
): Promise<Answer> {
  let temporal: Temporal | undefined
  try {
    temporal = await connectTo(await locateTemporal(readConfig()))
    return await ask(temporal)
  } catch (error) {
    return otherwise(firstLine(error instanceof Error ? error.message : String(error)))
  } finally {
    await temporal?.close()
  }
}

async function ofRun({ client, address }: Temporal, { run, token }: RunRef): Promise<RunOpenness> {
  // Phases of a terminated run, or its rollback, may still work on the host.
  const query = `${SEARCH_ATTRIBUTES.run} = "${run}" AND ExecutionStatus = "Running"`
  const open: WorkflowExecutionInfo[] = []
  for await (const info of client.workflow.list({ query }))
    if (info.memo?.['token'] === token) open.push(info)
  const [first] = open
  if (first) {
    const unlockedSince = open.length === 1 && first.workflowId === run ? unlockedIn(first.memo) : undefined
    return {
      state: 'open',
      why: `${first.workflowId} is open at ${address}`,
      ...(unlockedSince !== undefined && { unlockedSince }),
    }
  }
  try {
    const { status, raw } = await client.workflow.getHandle(run).describe()
    // The id has been reused, which Temporal allows only after a run is closed.
    const isAnother = (raw.workflowExecutionInfo?.firstRunId ?? token) !== token
    if (isAnother || status.name !== 'RUNNING')
      return { state: 'closed', why: `${run} is closed at ${address}` }
    return { state: 'open', why: `${run} is open at ${address}` }
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error
    return unknown(`Temporal at ${address} does not know ${run}`)
  }
}

function unknown(why: string): RunOpenness {
  return { state: 'unknown', why }
}
