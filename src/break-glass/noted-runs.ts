import { z } from 'zod'
import type { AllHosts } from '../host/hosts.ts'
import type { JournalEntry } from '../plan/plan.ts'
import type { Json } from '../steps/step-kind.ts'
import type { RunNote } from '../workflows/messages.ts'

/** The note of a run on a host, and its time. */
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
  signature: z.string().exactOptional(),
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
    signature: z.string().exactOptional(),
  }),
  priorState: json,
  undoes: z.string().exactOptional(),
  // Version 0.1 signed nothing: the check of the signature says so.
  signature: z.string().default(''),
  outputs: z.record(z.string(), z.record(z.string(), z.string())),
}) satisfies z.ZodType<JournalEntry>

/** What runs noted on a host. */
export interface NotedRuns {
  /** The newest first. */
  readonly runs: readonly NotedRun[]
  /** Run tokens of notes that cannot be read: broken, or of another version. */
  readonly unreadable: readonly string[]
}

/** Reads the notes of the last 200 runs on a host. A note that cannot be read hides no other. */
export async function notedRuns(hosts: AllHosts, host: string): Promise<NotedRuns> {
  const runs: NotedRun[] = []
  const unreadable: string[] = []
  for (const { runToken, json: text, since } of await hosts.runNotes(host)) {
    const parsed = parsedAs(note, text)
    if (parsed?.ref.token === runToken) runs.push({ note: parsed, since })
    else unreadable.push(runToken)
  }
  return {
    // A run that was reset may have noted itself twice: the newer note counts.
    runs: runs.filter(
      ({ note: { ref } }, index) => runs.findIndex((other) => other.note.ref.token === ref.token) === index,
    ),
    unreadable,
  }
}

/** Reads a journal entry as a step's first command kept it; undefined where it cannot be read. */
export function parseEntry(text: string): JournalEntry | undefined {
  return parsedAs(entry, text)
}

function parsedAs<Value>(schema: z.ZodType<Value>, text: string): Value | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data
  } catch {
    // No JSON, or nested so deep that reading it overflows the stack.
    return undefined
  }
}
