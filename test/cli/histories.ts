import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js'
import type { Event } from '../../src/cli/run/payloads.ts'
import { workflowEvents } from '../../src/cli/run/workflow-events.ts'
import { HISTORIES } from '../../testbed/save-histories.ts'

/** The history of one workflow of a real run. */
export async function savedHistory(name: string): Promise<readonly Event[]> {
  const { history } = JSON.parse(await readFile(join(HISTORIES, `${name}.json`), 'utf8')) as {
    history: unknown
  }
  return historyFromJSON(history).events ?? []
}

export async function eventsIn(name: string) {
  return workflowEvents().of(await savedHistory(name))
}
