import { z } from 'zod'
import { StepRefused } from '../errors.ts'
import type { Binding } from './host.ts'

// A run token is Temporal's own run id. None of the parts may hold the `_` that joins them:
// without a separator the run w and step 20 once met the run w2 and step 0.
// A step repeated by `each` is `step.value`: the dot is theirs.
const repeated = z
  .string()
  .regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/)
  .max(100)
const parts = z.object({
  runToken: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  phase: repeated,
  step: repeated,
  attempt: z.union([z.int().min(0), z.string().regex(/^undo-\d+$/), z.literal('look')]),
  name: z.string().regex(/^[a-z0-9-]{1,80}$/),
})

type StepOf = Pick<Binding, 'runToken' | 'phase' | 'step'>

/** The name of one command of one try of a step, also that of its receipt's directory. @throws StepRefused where a part is none */
export function tokenOf(
  of: StepOf & { readonly attempt: Binding['attempt'] | 'look'; readonly name: string },
): string {
  const { runToken, phase, step, attempt, name } = parsed(parts, of)
  return [runToken, phase, step, attempt, name].join('_')
}

/** What the tokens of one step begin with. */
export function stepPrefix(of: StepOf): string {
  const { runToken, phase, step } = parsed(parts.pick({ runToken: true, phase: true, step: true }), of)
  return [runToken, phase, step].join('_')
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new StepRefused(`a receipt cannot be named so: ${issue?.path.join('.')} ${issue?.message}`)
}
