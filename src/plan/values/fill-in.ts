import { SecretMissing, StepRefused } from '../../errors.ts'
import { MissingSecret, Secret } from '../../shell/secret.ts'
import { validationProblems } from '../../steps/step-kind.ts'
import type { AnyStepKind, JsonObject, Outputs, Values } from '../../steps/step-kind.ts'
import { parseFields } from '../schema/kind-fields.ts'
import { lookupsIn, mapTexts, replaceLookups, type Lookup } from './lookups.ts'
import type { PlanFile } from '../plan.ts'
import { unpack } from '../files/packed-file.ts'

/** Values that are known only in the run. */
export interface Known {
  /** By step. */
  readonly outputs: Readonly<Record<string, Outputs>>
  readonly secrets: ReadonlyMap<string, Secret>
}

/**
 * Fills outputs, secrets and files into the fields of a resolved step, for the kind to parse. A text that contains a secret
 * becomes a Secret as a whole. Filled-in values are not searched for lookups.
 * @throws StepRefused for an output that its step did not give; SecretMissing; never retried
 */
export function fillIn(fields: JsonObject, { outputs, secrets }: Known): Readonly<Record<string, unknown>> {
  return fillWith(fields, {
    output(step, output) {
      const value = outputs[step]?.[output]
      if (value !== undefined) return value
      throw new StepRefused(`this step needs the output "${output}" of step ${step}, which did not set it`, {
        isOfPlan: true,
      })
    },
    secret(name) {
      const secret = secrets.get(name)
      if (secret) return secret
      throw new SecretMissing(`this step needs the secret ${name}, which was not read from the secrets file`)
    },
  })
}

/** Calls {@link fillIn}, then has the kind parse the result. @throws StepRefused with all problems; never retried */
export function valuesOf(kind: AnyStepKind, fields: JsonObject, known: Known): Values<AnyStepKind['fields']> {
  const parsed = parseFields(kind, fillIn(fields, known))
  const problems = parsed.success ? validationProblems(kind, parsed.data) : []
  if (parsed.success && problems.length === 0) return parsed.data
  const wrong =
    parsed.error?.issues.map(({ path, message }) => `${path.map(String).join('.')} ${message}`) ?? problems
  throw new StepRefused(`the filled-in fields of this step are invalid: ${wrong.join('; ')}`, {
    isOfPlan: true,
  })
}

/** Returns the outputs that a step's fields look up. */
export function outputsIn(fields: JsonObject): readonly { readonly step: string; readonly output: string }[] {
  const found: { step: string; output: string }[] = []
  mapTexts(fields, (text) => {
    for (const { lookup } of lookupsIn(text))
      if (lookup.is === 'output') found.push({ step: lookup.step, output: lookup.output })
  })
  return found
}

export interface Answers {
  output(step: string, output: string): string
  secret(name: string): Secret
  input?(name: string): string
}

/** Fills in fields with any answers; a preview shows a placeholder for each unknown value. */
export function fillWith(fields: JsonObject, answers: Answers): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, filled(value, answers)]))
}

function filled(value: unknown, answers: Answers): unknown {
  if (typeof value === 'string') return text(value, answers)
  if (Array.isArray(value)) return value.map((item) => filled(item, answers))
  if (typeof value !== 'object' || value === null) return value
  return isPlanFile(value) ? unpack(value) : fillWith(value as JsonObject, answers)
}

function text(value: string, answers: Answers): string | Secret {
  const found = lookupsIn(value)
  if (found.length === 0) return value
  for (const { lookup } of found) {
    const secret = lookup.is === 'secret' ? answers.secret(lookup.name) : undefined
    if (secret instanceof MissingSecret) return secret
  }
  const whole = replaceLookups(value, ({ lookup, written }) => answer(lookup, answers) ?? written)
  return found.some(({ lookup }) => lookup.is === 'secret') ? new Secret(whole) : whole
}

function answer(lookup: Lookup, answers: Answers): string | undefined {
  if (lookup.is === 'output') return answers.output(lookup.step, lookup.output)
  if (lookup.is === 'secret') return answers.secret(lookup.name).reveal()
  if (lookup.is === 'input') return answers.input?.(lookup.name)
  return undefined
}

function isPlanFile(value: object): value is PlanFile {
  return Object.keys(value).sort().join() === 'gzip,name,sha256'
}
