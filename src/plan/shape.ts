import { z } from 'zod'
import { duration } from '../fields/duration.ts'
import { id } from '../fields/id.ts'
import type { JsonObject } from '../steps/step-kind.ts'
import type { Findings } from './findings.ts'
import type { Path } from './places.ts'
import { reportIssues } from './schema-problems.ts'

/** The words of a plan file. Phases, steps and the fields of kinds are parsed one by one, so that each is told of. */

const name = id.meta({ title: 'id' })
const line = z
  .string()
  .min(1)
  .max(300)
  .regex(/^[^\n]*$/, { error: 'must be one line' })
const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'must be a name such as POSTGRES_PASSWORD' })
const tries = z.int().min(1).max(10)
const names = z.array(z.string())
const each = z.array(z.string()).min(1).max(200)

const allow = z
  .array(
    z.strictObject({
      rule: z.string().meta({ description: 'The id of a rule, such as R012' }),
      because: z
        .string()
        .min(10, { error: 'must say why, in a sentence' })
        .max(500)
        .meta({ description: 'Why it is right here; shown by check' }),
    }),
  )
  .max(50)
  .optional()
  .meta({ description: 'Rules that may be broken here, each with the reason' })

const input = z.union([
  z.literal('required'),
  z.strictObject({
    default: z.string().optional(),
    description: z.string().optional(),
    pattern: z.string().optional(),
  }),
])

export const planShape = z.strictObject({
  plan: name,
  title: line,
  stack: name.optional(),
  hosts: z.array(name).min(1),
  inputs: z
    .record(z.string().regex(/^[A-Za-z][\w-]*$/, { error: 'must be a word such as domain' }), input)
    .default({}),
  secrets: z
    .strictObject({ file: line, require: z.array(variable).min(1), madeBy: id.optional() })
    .optional(),
  defaults: z
    .strictObject({
      timeout: duration.optional(),
      tries: tries.optional(),
      backoff: duration.optional(),
      host: name.optional(),
    })
    .default({}),
  allow,
  phases: z.array(z.unknown()).min(1),
})

const gate = z.strictObject({
  approvers: z
    .array(line)
    .min(1, { error: 'names nobody; leave it out where anybody may decide' })
    .default([]),
  note: z.string().min(1).max(2000).optional(),
  within: duration.default(24 * 3600),
  otherwise: z.enum(['ask-again', 'reject', 'stop']).default('ask-again'),
  quorum: z.undefined({ error: 'is not supported yet: one approval opens a gate' }).optional(),
})

export const phaseShape = z.strictObject({
  phase: name,
  title: line.optional(),
  needs: names.optional(),
  each: each.optional(),
  gate: gate.optional(),
  onFailure: z.enum(['ask', 'roll-back']).default('ask'),
  steps: z.array(z.unknown()).min(1),
})

/** What every step has, whatever its kind. */
export const stepShape = z.strictObject({
  step: name,
  kind: z.string(),
  title: line.optional(),
  host: name.optional(),
  role: line.optional(),
  source: line.optional(),
  success: line.optional(),
  needs: names.optional(),
  each: each.optional(),
  timeout: duration.optional(),
  tries: tries.optional(),
  backoff: duration.optional(),
  allow,
})

export type PlanHead = Partial<z.output<typeof planShape>>
export type PhaseHead = Partial<z.output<typeof phaseShape>>
export type StepHead = Partial<z.output<typeof stepShape>>

/** Parses what can be parsed and tells of the rest, so that one wrong word does not hide the next. */
export function parseShape<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape, z.core.$strict>,
  raw: JsonObject,
  about: { readonly at: Path; readonly findings: Findings; readonly later: (path: Path) => boolean },
): Partial<z.output<z.ZodObject<Shape, z.core.$strict>>> {
  const whole = schema.safeParse(raw)
  if (whole.success) return whole.data
  reportIssues(whole.error.issues, { schema, value: raw, ...about })
  const wrong = new Set(
    whole.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [String(issue.path[0])],
    ),
  )
  const rest = Object.fromEntries(Object.entries(raw).filter(([key]) => !wrong.has(key)))
  const part = schema.partial().safeParse(rest)
  return part.success ? (part.data as Partial<z.output<z.ZodObject<Shape, z.core.$strict>>>) : {}
}
