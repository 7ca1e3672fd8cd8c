import { z } from 'zod'
import { StepRefused } from '../errors.ts'
import type { AnyStepKind, Json } from '../steps/step-kind.ts'

const kept = z.strictObject({ version: z.int().positive(), priorState: z.json() })

/** A prior state, as the journal keeps it: with the version of its shape. */
export function keep(kind: AnyStepKind, priorState: Json): Json {
  return { version: versionOf(kind), priorState }
}

/** What the journal kept, in the shape of today's kind. @throws StepRefused where this worker cannot read it; never retried. */
export function restore(kind: AnyStepKind, journalled: Json): Json {
  const parsed = kept.safeParse(journalled)
  if (!parsed.success) throw new StepRefused(`the journal's entry of this ${kind.kind} cannot be read`)
  const { version, priorState } = parsed.data
  const today = versionOf(kind)
  if (version === today) return priorState
  if (version < today && kind.shape === 'change' && kind.priorStateSince)
    return kind.priorStateSince(version, priorState)
  throw new StepRefused(
    `the journal's entry of this ${kind.kind} has version ${version} and this worker reads ${today}; start a worker that reads it`,
  )
}

function versionOf(kind: AnyStepKind): number {
  return (kind.shape === 'change' ? kind.priorStateVersion : undefined) ?? 1
}
