import { z } from 'zod'
import { StepRefused } from '../errors.ts'
import type { AnyStepKind } from '../steps/step-kind.ts'

/** A step's fields, parsed strictly by its kind after everything known only in the run was filled in. */
export function parseFields(kind: AnyStepKind, filledIn: unknown): Record<string, unknown> {
  const parsed = z.strictObject(kind.fields).safeParse(filledIn)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
  throw new StepRefused(
    `the fields of this ${kind.kind} are not right once filled in: ${problems.join('; ')}`,
  )
}
