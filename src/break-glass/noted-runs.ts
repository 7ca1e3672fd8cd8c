import { z } from 'zod'
import type { AllHosts } from '../host/hosts.ts'
import type { JournalEntry } from '../plan/plan.ts'
import type { Json } from '../steps/step-kind.ts'
import type { RunNote } from '../workflows/messages.ts'

/** A run as it noted itself on a host, and when. */
export interface NotedRun {
  readonly note: RunNote
  readonly since: Date
}

const needs = z.array(z.string())
const secrets = z.object({
  file: z.string(),
  require: z.array(z.string()),
  madeBy: z.string().exactOptional(),
})
const note = z.object({
  ref: z.object({ run: z.string(), token: z.string() }),
  plan: z.object({
    plan: z.string(),
    title: z.string(),
    stack: z.string(),
    hosts: z.array(z.string()),
    secrets: secrets.exactOptional(),
  }),
  phases: z.array(
    z.object({
      phase: z.string(),
      title: z.string(),
      needs,
      steps: z.array(z.object({ step: z.string(), needs })),
    }),
  ),
}) satisfies z.ZodType<RunNote>

const json: z.ZodType<Json> = z.json()
const entry = z.object({
  phase: z.string(),
  step: z.looseObject({
    step: z.string(),
    title: z.string(),
    kind: z.string(),
    host: z.string(),
    needs,
    fields: z.record(z.string(), json),
    timeoutSeconds: z.number(),
    maxAttempts: z.number(),
    backoffSeconds: z.number(),
    idempotent: z.boolean(),
    cannotUndo: z.string().exactOptional(),
  }),
  priorState: json,
  outputs: z.record(z.string(), z.record(z.string(), z.string())),
}) satisfies z.ZodType<JournalEntry>

/** The runs that left a note on a host, the newest first; a note that a newer version wrote otherwise is left out. */
export async function notedRuns(hosts: AllHosts, host: string): Promise<readonly NotedRun[]> {
  const notes = await hosts.runNotes(host)
  const runs = notes.flatMap(({ json: text, since }) => {
    const parsed = note.safeParse(JSON.parse(text))
    return parsed.success ? [{ note: parsed.data, since }] : []
  })
  // A run that was reset may have noted itself twice: the newer one is what it goes by.
  return runs.filter(
    ({ note: { ref } }, index) => runs.findIndex((other) => other.note.ref.token === ref.token) === index,
  )
}

/** A journal entry as a step's first command brought it along; undefined where it cannot be read. */
export function parseEntry(text: string): JournalEntry | undefined {
  const parsed = entry.safeParse(JSON.parse(text))
  return parsed.success ? parsed.data : undefined
}
