import { z } from 'zod'
import { duration } from '../../fields/duration.ts'
import { id } from '../../fields/id.ts'
import { line } from '../../fields/line.ts'
import { subscriptions } from '../../fields/subscription.ts'
import type { JsonObject } from '../../steps/step-kind.ts'
import type { Approvers } from '../plan.ts'
import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import type { Path } from '../../diagnostics/places.ts'
import { validParts } from './valid-parts.ts'
import { reportIssues } from '../../diagnostics/schema-diagnostics.ts'

/** The schemas of plan files. Phases, steps and the fields of kinds are parsed one by one, so that each is reported. */

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
        .min(10, { error: 'must give the reason, in a sentence' })
        .max(500)
        .meta({ description: 'Why the violation is acceptable here; shown by check' }),
    }),
  )
  .max(50)
  .optional()
  .meta({ description: 'Rules that may be violated here, each with the reason' })

const inputName = z
  .string()
  .regex(/^[A-Za-z][\w-]*$/, { error: 'must be a name such as domain' })
  // Values are looked up in a plain object by this name.
  .refine((text) => !(text in {}), { error: 'must be another name' })

const input = z.union([
  z.literal('required'),
  z.strictObject({
    default: z.string().optional().meta({ description: 'The value when none is given' }),
    description: z.string().optional().meta({ description: 'What the input is for' }),
    pattern: z.string().optional().meta({
      description:
        'A regular expression (RE2: no look-around, no back-references) that the whole value must match',
    }),
  }),
])

/** Lists people, each once. */
const people = (one: z.ZodType<string>) =>
  z
    .array(one)
    .min(1, { error: 'is empty; write anyone to let anybody decide' })
    .refine((all) => new Set(all.map((name) => name.toLowerCase())).size === all.length, {
      error: 'names a person twice',
    })
    .meta({ uniqueItems: true })

const person = line.regex(/^[^\s-]([^]*\S)?$/, { error: 'must be a name without surrounding blanks' })
/** Without the characters that have a meaning in an allowed_signers file. */
const signer = z.string().regex(/^[\w.@+][\w.@+-]{0,99}$/, {
  error: 'must be a name as in allowed_signers: letters, digits, ".", "_", "@", "+" and "-"',
})

const detailedApprovers = z
  .strictObject({
    names: people(person)
      .optional()
      .meta({ description: 'People who may decide. A name is what its sender types: it is not verified' }),
    signed: people(signer).optional().meta({
      description: 'People who may decide, each with a signature by a key of theirs in allowed_signers',
    }),
    quorum: z
      .int()
      .min(1)
      .default(1)
      .meta({ description: 'How many of these people have to agree. One of them is enough to reject' }),
  })
  .refine(({ names, signed }) => (names === undefined) !== (signed === undefined), {
    error: 'must name the people who may decide: either names or signed',
    when: ({ issues }) => issues.length === 0,
  })
  .refine(({ names, signed, quorum }) => quorum <= (names ?? signed ?? []).length, {
    path: ['quorum'],
    error: ({ input }) => {
      const { names, signed } = input as { readonly names?: string[]; readonly signed?: string[] }
      return `exceeds the number of approvers, ${(names ?? signed ?? []).length}`
    },
    // Without valid people there is nothing to compare it with.
    when: ({ issues }) => issues.length === 0,
  })

/** All forms become one. No approvers: anyone may decide. */
const approvers = z.union([
  z.literal('anyone').transform((): Approvers => ({ approvers: [] })),
  people(person).transform((names): Approvers => ({ approvers: names })),
  detailedApprovers.transform(({ names, signed, quorum }): Approvers => ({
    approvers: names ?? signed ?? [],
    ...(signed && { signed: true }),
    ...(quorum > 1 && { quorum }),
  })),
])

/** A decision that a person takes before a phase starts. */
const gate = z.strictObject({
  approvers: approvers.meta({
    description: 'Who may decide: anyone, a list of names, or a map of names or signed, and quorum',
  }),
  note: z
    .string()
    .min(1)
    .max(2000)
    .optional()
    .meta({ description: 'What the person who decides should know' }),
  criteria: z
    .array(
      z.strictObject({
        says: line.meta({ description: 'What has to be true, in one line' }),
        by: z
          .union([z.string().transform((step) => [step]), z.array(z.string()).min(1).max(50)])
          .meta({ description: 'The steps of earlier phases whose evidence shows it: a name, or a list' }),
      }),
    )
    .min(1)
    .max(50)
    .optional()
    .meta({
      description:
        'A checklist for the person who decides: { says, by }. Each is shown with its evidence. Where one is not proven, an approval needs a reason',
    }),
  within: duration
    .default(24 * 3600)
    .meta({ description: 'How long to wait for a decision. Default: 24 hours' }),
  otherwise: z
    .enum(['ask-again', 'reject', 'stop'])
    .default('ask-again')
    .meta({ description: 'What happens when nobody decides in time. Default: ask-again' }),
  unlocked: z.boolean().default(false).meta({
    description:
      'Whether the run releases the locks of its stack while the gate waits, so that other runs may work on it. Default: false',
  }),
})

const hold = z
  .strictObject({
    for: duration.meta({ description: 'How long it is held. Time without a worker does not count' }),
    every: duration.meta({ description: 'The time between two verifications' }),
    tolerate: z
      .int()
      .min(0)
      .max(10_000)
      .default(0)
      .meta({ description: 'How many verifications may fail. Default: 0' }),
  })
  .refine((one) => one.every <= one.for, {
    path: ['every'],
    error: 'is longer than for',
    when: ({ issues }) => issues.length === 0,
  })

export const planShape = z.strictObject({
  plan: name.meta({ description: 'The name of the plan' }),
  title: line.meta({ description: 'What the plan does, in one line' }),
  stack: name.optional().meta({
    description:
      'The stack that the plan restores; runs on one stack wait for each other. Default: the name of the plan',
  }),
  hosts: z
    .array(name)
    .min(1)
    .refine((hosts) => new Set(hosts).size === hosts.length, { error: 'names a host twice' })
    .meta({
      description: 'The hosts that the plan may use, by their names in the inventory',
      uniqueItems: true,
    }),
  inputs: z.record(inputName, input).default({}).meta({
    description:
      'Values given when a run starts, by name: required, or a map of default, description and pattern',
  }),
  secrets: z
    .strictObject({
      file: line.meta({
        description:
          'An env file that only its owner can read: a path inside REINSTATE_SECRETS, or inside the folder of the plan',
      }),
      require: z
        .array(variable)
        .min(1)
        .meta({ description: 'The variables that the plan needs from the file' }),
      madeBy: id.optional().meta({
        description: 'The step that writes the file. Without it, the file must exist when the run starts',
      }),
    })
    .optional()
    .meta({ description: 'Where the secrets are; a plan never holds one' }),
  downtime: z
    .union([
      z.literal('none'),
      z.strictObject({
        from: id.meta({ description: 'The step whose start takes the service down' }),
        to: id.meta({
          description:
            'The step whose end brings the service back: a later one, of the same phase or of one that comes after it',
        }),
      }),
    ])
    .optional()
    .meta({
      description:
        'The steps between which visitors get no answer. A gate forecasts the time where both are in its phase; reports measure it. none: visitors get answers all the time',
    }),
  defaults: z
    .strictObject({
      timeout: duration
        .optional()
        .meta({ description: 'Time limit for each of inspect, apply and verify. Default: that of the kind' }),
      attempts: attempts
        .optional()
        .meta({ description: 'Maximum number of attempts of an idempotent step. Default: 1' }),
      backoff: duration.optional().meta({ description: 'Delay between attempts. Default: 10 seconds' }),
      host: name.optional().meta({ description: 'The host of steps that name none' }),
    })
    .default({})
    .meta({ description: 'Defaults for all steps' }),
  concurrency: z
    .strictObject({
      plan: z
        .int()
        .min(1)
        .max(20)
        .default(20)
        .meta({ description: 'How many steps of a run may run at once. Default: 20' }),
      host: z
        .int()
        .min(1)
        .max(20)
        .default(20)
        .meta({ description: 'How many of them on one host. Default: 20' }),
    })
    .optional()
    .meta({
      description: 'Limits of how many steps run at once: { plan, host }. Default: 20 steps of each phase',
    }),
  approvers: approvers.optional().meta({
    description:
      'Who may skip a failed step, mark it done, roll back, and answer a cancel. Default: the approvers of the next gate that names some, after the last such gate its own',
  }),
  notify: subscriptions.optional().meta({
    description:
      'Whom a run notifies, beside those whom the worker notifies of every run: a list of { channel, on, remind }',
  }),
  allow,
  phases: z.array(z.unknown()).min(1),
})

export const phaseShape = z.strictObject({
  phase: name.meta({ description: 'The id, unique in the plan' }),
  title: line.optional().meta({ description: 'What the phase does, in one line' }),
  needs: names.optional().meta({ description: 'Phases that must end first. Default: the phase above' }),
  each: each
    .optional()
    .meta({ description: 'Repeats the phase for each of these values; ${{ each }} is the value' }),
  gate: gate.optional().meta({ description: 'A decision that a person takes before the phase starts' }),
  onFailure: z.enum(['ask', 'rollback']).default('ask').meta({
    description: 'What happens when a step has failed for good: ask a person, or roll back. Default: ask',
  }),
  clears: names.min(1).optional().meta({
    description:
      'Phases whose changes the run undoes, newest first, once this phase is done: the phase itself, or phases before it',
  }),
  steps: z.array(z.unknown()).min(1),
})

/** The fields of every step, whatever its kind. */
export const stepShape = z.strictObject({
  step: name.meta({ description: 'The id, unique in the plan' }),
  kind: z.string().meta({ description: 'The kind of the step' }),
  title: line.optional().meta({ description: 'One line for people. Default: the description by the kind' }),
  host: name.optional().meta({
    description: 'The host that the step runs on. Default: defaults.host, or the only host of the plan',
  }),
  role: line.optional().meta({ description: 'Who is responsible: a label in logs and reports' }),
  source: z
    .union([line, z.array(line).min(1).max(20)])
    .optional()
    .meta({ description: 'The row of the source document that the step covers, or several rows' }),
  success: line.optional().meta({ description: 'The expected result, for people' }),
  needs: names
    .optional()
    .meta({ description: 'Steps of the phase that must end first. Default: the step above' }),
  each: each.optional().meta({
    description: 'Repeats the step for each of these values, in parallel; ${{ each }} is the value',
  }),
  timeout: duration
    .optional()
    .meta({ description: 'Time limit for each of inspect, apply and verify. Default: that of the kind' }),
  attempts: attempts.optional().meta({ description: 'Maximum number of attempts. Default: 1' }),
  backoff: duration.optional().meta({ description: 'Delay between attempts. Default: 10 seconds' }),
  hold: hold.optional().meta({
    description:
      'Only for a check. After its first success it is verified again and again for a time. It fails once more verifications have failed than are tolerated',
  }),
  allow,
})

export type PlanHeader = Partial<z.output<typeof planShape>>
export type PhaseHeader = Partial<z.output<typeof phaseShape>>
export type StepHeader = Partial<z.output<typeof stepShape>>

/** Parses what is valid and reports the rest, so that one invalid field does not hide the next. */
export function parseShape<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape, z.core.$strict>,
  raw: JsonObject,
  about: { readonly at: Path; readonly diagnostics: Diagnostics; readonly later: (path: Path) => boolean },
): Partial<z.output<z.ZodObject<Shape, z.core.$strict>>> {
  const whole = schema.safeParse(raw)
  if (whole.success) return whole.data
  reportIssues(whole.error.issues, { schema, value: raw, ...about })
  // What a partial schema gives is a part of what the whole one gives.
  const part = validParts(schema.partial(), raw, whole.error.issues)
  return (part ?? {}) as Partial<z.output<z.ZodObject<Shape, z.core.$strict>>>
}
