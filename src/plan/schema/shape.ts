import { z } from 'zod'
import { duration } from '../../fields/duration.ts'
import { id } from '../../fields/id.ts'
import { line } from '../../fields/line.ts'
import type { JsonObject } from '../../steps/step-kind.ts'
import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import type { Path } from '../../diagnostics/places.ts'
import { rightParts } from './right-parts.ts'
import { reportIssues } from '../../diagnostics/schema-diagnostics.ts'

/** The words of a plan file. Phases, steps and the fields of kinds are parsed one by one, so that each is told of. */

const name = id.meta({ title: 'id' })
const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'must be a name such as POSTGRES_PASSWORD' })
const attempts = z.int().min(1).max(10)
const names = z.array(z.string())
const each = z.array(z.string()).min(1).max(200)

const allow = z
  .array(
    z.strictObject({
      rule: z.string().meta({ title: 'id of a rule', description: 'The id of a rule, such as R012' }),
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
    default: z.string().optional().meta({ description: 'Its value where nobody gives one' }),
    description: z.string().optional().meta({ description: 'What it is for' }),
    pattern: z.string().optional().meta({
      description:
        'A regular expression, without look-around and back-references, that the whole value must match',
    }),
  }),
])

export const planShape = z.strictObject({
  plan: name.meta({ description: 'The name of the plan' }),
  title: line.meta({ description: 'What it does, in one line' }),
  stack: name.optional().meta({
    description:
      'What it restores; two runs on one stack wait for each other. The name of the plan unless said',
  }),
  hosts: z
    .array(name)
    .min(1)
    .refine((hosts) => new Set(hosts).size === hosts.length, { error: 'names a host twice' })
    .meta({
      description: 'The hosts that it may touch, by their names in the inventory',
      uniqueItems: true,
    }),
  inputs: z
    .record(z.string().regex(/^[A-Za-z][\w-]*$/, { error: 'must be a word such as domain' }), input)
    .default({})
    .meta({
      description:
        'What whoever starts a run may give: a name to each, with default, description and pattern, or required',
    }),
  secrets: z
    .strictObject({
      file: line.meta({ description: 'An env file on the worker that only its owner reads' }),
      require: z.array(variable).min(1).meta({ description: 'The names that the plan needs of it' }),
      madeBy: id
        .optional()
        .meta({ description: 'The step that writes the file, where it is not there before' }),
    })
    .optional()
    .meta({ description: 'Where the secrets are; a plan holds none' }),
  downtime: z
    .strictObject({
      from: id.meta({ description: 'The step with whose beginning visitors get nothing' }),
      to: id.meta({ description: 'The step with whose end they are answered again, in the same phase' }),
    })
    .optional()
    .meta({ description: 'Visitors get nothing between two steps; gates forecast it, reports measure it' }),
  defaults: z
    .strictObject({
      timeout: duration
        .optional()
        .meta({ description: 'How long looking, running or proving may each take' }),
      attempts: attempts.optional().meta({ description: 'How often a step is attempted at most' }),
      backoff: duration.optional().meta({ description: 'Delay between attempts' }),
      host: name.optional().meta({ description: 'Where steps are done' }),
    })
    .default({})
    .meta({ description: 'For steps that do not say it themselves' }),
  allow,
  phases: z.array(z.unknown()).min(1),
})

const person = line.regex(/^[^\s-]([^]*\S)?$/, { error: 'must be a name, without blanks around it' })

/** A decision that a person takes before a phase. */
const gate = z
  .strictObject({
    approvers: z
      .union([
        z.literal('anyone').transform((): string[] => []),
        z
          .array(person)
          .min(1, { error: 'names nobody; write anyone where anybody may decide' })
          .refine((people) => new Set(people).size === people.length, { error: 'names somebody twice' })
          .meta({ uniqueItems: true }),
      ])
      .meta({ description: 'Who may decide: a list of names, or anyone' }),
    note: z.string().min(1).max(2000).optional().meta({ description: 'What whoever decides should know' }),
    within: duration
      .default(24 * 3600)
      .meta({ description: 'How long it is waited for an answer; 24 hours unless said' }),
    otherwise: z
      .enum(['ask-again', 'reject', 'stop'])
      .default('ask-again')
      .meta({ description: 'What happens when nobody answers in time' }),
    quorum: z
      .int()
      .min(1)
      .optional()
      .meta({ description: 'How many must approve; for now one is always enough' }),
  })
  .refine(({ quorum = 1 }) => quorum === 1, {
    path: ['quorum'],
    error: ({ input }) => {
      const { approvers, quorum } = input as {
        readonly approvers: readonly string[]
        readonly quorum: number
      }
      return approvers.length > 0 && quorum > approvers.length
        ? `is above the number of approvers, ${approvers.length}: nobody could open this gate`
        : 'is not supported yet: one approval opens a gate'
    },
  })

export const phaseShape = z.strictObject({
  phase: name.meta({ description: 'Its id, unique in the plan' }),
  title: line.optional().meta({ description: 'What it is, in one line' }),
  needs: names
    .optional()
    .meta({ description: 'Phases that must be over before; unless said, the one above it' }),
  each: each.optional().meta({ description: 'Repeats it for each of these values' }),
  gate: gate.optional().meta({ description: 'A person decides before it begins' }),
  onFailure: z
    .enum(['ask', 'rollback'])
    .default('ask')
    .meta({ description: 'What happens when a step fails for good' }),
  steps: z.array(z.unknown()).min(1),
})

/** What every step has, whatever its kind. */
export const stepShape = z.strictObject({
  step: name.meta({ description: 'Its id, unique in the plan' }),
  kind: z.string().meta({ description: 'What is done' }),
  title: line.optional().meta({ description: 'One line for people; unless said, the kind says it' }),
  host: name.optional().meta({ description: 'Where it is done' }),
  role: line.optional().meta({ description: 'Who answers for it: a label in logs and reports' }),
  source: line.optional().meta({ description: 'The row of the source document that it stands for' }),
  success: line.optional().meta({ description: 'What shall be true afterwards, for people' }),
  needs: names
    .optional()
    .meta({ description: 'Steps of the phase that must be over before; unless said, the one above it' }),
  each: each
    .optional()
    .meta({ description: 'Repeats it for each of these values, at the same time; ${{ each }} is the value' }),
  timeout: duration.optional().meta({ description: 'How long looking, running or proving may each take' }),
  attempts: attempts.optional().meta({ description: 'How often it is attempted at most. Default: 1' }),
  backoff: duration.optional().meta({ description: 'Delay between attempts. Default: 10 seconds' }),
  allow,
})

export type PlanHead = Partial<z.output<typeof planShape>>
export type PhaseHead = Partial<z.output<typeof phaseShape>>
export type StepHead = Partial<z.output<typeof stepShape>>

/** Parses what can be parsed and tells of the rest, so that one wrong word does not hide the next. */
export function parseShape<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape, z.core.$strict>,
  raw: JsonObject,
  about: { readonly at: Path; readonly findings: Diagnostics; readonly later: (path: Path) => boolean },
): Partial<z.output<z.ZodObject<Shape, z.core.$strict>>> {
  const whole = schema.safeParse(raw)
  if (whole.success) return whole.data
  reportIssues(whole.error.issues, { schema, value: raw, ...about })
  // What a partial schema gives is a part of what the whole one gives.
  const part = rightParts(schema.partial(), raw, whole.error.issues)
  return (part ?? {}) as Partial<z.output<z.ZodObject<Shape, z.core.$strict>>>
}
