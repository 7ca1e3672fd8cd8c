import { z } from 'zod'
import { StepRefused } from '../errors.ts'
import type { Binding } from './host.ts'

// A run token is Temporal's run id. No part may contain the `_` that joins them: without a separator, run w with step 20
// and run w2 with step 0 had the same token. A step repeated by `each` is `step.value`.
const repeated = z
  .string()
  .regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/)
  .max(100)
const parts = z.object({
  runToken: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  phase: repeated,
  step: repeated,
  attempt: z.union([z.int().min(0), z.string().regex(/^undo-\d+$/), z.literal('inspect')]),
  name: z.string().regex(/^[a-z0-9-]{1,80}$/),
})

type StepOf = Pick<Binding, 'runToken' | 'phase' | 'step'>

/**
 * Names one command of one attempt at a step. The directory of its receipt has the same name.
 * @throws StepRefused for a part that cannot be in a token
 */
export function tokenOf(
  of: StepOf & { readonly attempt: Binding['attempt'] | 'inspect'; readonly name: string },
): string {
  const { runToken, phase, step, attempt, name } = parsed(parts, of)
  return [runToken, phase, step, attempt, name].join('_')
}

/** Returns the prefix of all tokens of a step. */
export function stepPrefix(of: StepOf): string {
  const { runToken, phase, step } = parsed(parts.pick({ runToken: true, phase: true, step: true }), of)
  return [runToken, phase, step].join('_')
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new StepRefused(`not a valid token of a command: ${issue?.path.join('.')} ${issue?.message}`)
}
