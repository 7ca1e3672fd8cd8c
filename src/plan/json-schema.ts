import { z } from 'zod'
import type { AnyStepKind } from '../steps/step-kind.ts'
import { rules } from './rules/index.ts'
import { phaseShape, planShape, stepShape } from './schema/shape.ts'

/** A JSON schema (draft 7), or a part of one. */
export type JsonSchema = { readonly [key: string]: unknown }

/** Prefix of a pattern: every `${{` in the text starts a known lookup. */
const ONLY_KNOWN =
  '^(?![\\s\\S]*\\$\\{\\{(?! *(?:inputs\\.|each *\\}|run\\.(?:id|secretsFile) *\\}|steps\\.|secrets\\.)))[\\s\\S]*'

// Parsed before lookups are filled in.
const NEVER_FILLED = ['plan', 'phase', 'step', 'kind', 'needs', 'each', 'inputs', 'secrets', 'allow']

/**
 * Returns the JSON schema of plan files with these kinds (draft 7, for editors). It covers unknown fields, missing fields
 * and wrong forms; `reinstate check` covers the rest.
 */
export function planJsonSchema(kinds: ReadonlyMap<string, AnyStepKind>): JsonSchema {
  const { properties: stepProperties = {}, ...step } = objectSchema(stepShape)
  const plan = objectSchema(planShape)
  const phase = objectSchema(phaseShape)
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A plan of reinstate',
    ...plan,
    properties: {
      ...plan.properties,
      allow: onlyRules(plan.properties?.['allow']),
      phases: described('The phases, in order', {
        type: 'array',
        minItems: 1,
        items: { $ref: '#/definitions/phase' },
      }),
    },
    definitions: {
      lookup: {
        title: 'lookup',
        description:
          '${{ inputs.NAME }}, ${{ each }}, ${{ run.id }}, ${{ run.secretsFile }}, ${{ steps.STEP.outputs.NAME }} or ${{ secrets.NAME }}',
        type: 'string',
        pattern: `${ONLY_KNOWN}\\$\\{\\{[^{}]*\\}\\}`,
      },
      phase: {
        ...phase,
        properties: {
          ...phase.properties,
          steps: described('The steps, in order; needs overrides the order', {
            type: 'array',
            minItems: 1,
            items: { $ref: '#/definitions/step' },
          }),
        },
      },
      step: {
        type: 'object',
        required: step['required'],
        properties: {
          ...stepProperties,
          allow: onlyRules(stepProperties['allow']),
          kind: {
            title: 'kind',
            description: 'The kind of the step; reinstate kinds lists all',
            enum: [...kinds.keys()],
          },
        },
        allOf: [...kinds.values()].map((kind) => ({
          if: { required: ['kind'], properties: { kind: { const: kind.kind } } },
          then: { $ref: `#/definitions/${kind.kind}` },
        })),
      },
      ...Object.fromEntries(
        [...kinds.values()].map((kind) => [kind.kind, ofKind(kind, Object.keys(stepProperties))]),
      ),
    },
  }
}

/** Returns the schema of a kind's own fields, without those that every step has. */
export function fieldsJsonSchema({ fields }: AnyStepKind): ObjectSchema {
  return objectSchema(z.strictObject(fields))
}

function ofKind(kind: AnyStepKind, common: readonly string[]): JsonSchema {
  const own = fieldsJsonSchema(kind)
  const everyStep = common.map((name) => [name, { $ref: `#/definitions/step/properties/${name}` }])
  const { summary, oneOf = [], oneOfWith } = kind
  const groups = { allOf: oneOf.map((names) => ({ oneOf: names.map((name) => ({ required: [name] })) })) }
  return {
    ...own,
    description: summary,
    properties: { ...Object.fromEntries(everyStep), ...own.properties },
    ...(oneOf.length > 0 &&
      (oneOfWith === undefined ? groups : { if: { required: [oneOfWith] }, then: groups })),
  }
}

export type ObjectSchema = JsonSchema & {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
}

function objectSchema(schema: z.ZodObject): ObjectSchema {
  const { $schema: _, ...written } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    target: 'draft-7',
    reused: 'inline',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'undefined') Object.assign(jsonSchema, { not: {} })
      const { planFile, title, description } = z.globalRegistry.get(zodSchema) ?? {}
      if (title === 'secret' || title === 'password')
        Object.assign(jsonSchema, { type: 'string', pattern: SECRET })
      if (planFile === undefined) return
      // In a plan file the value is a file name; the embedded file replaces it later.
      for (const key of Object.keys(jsonSchema)) delete (jsonSchema as Record<string, unknown>)[key]
      Object.assign(jsonSchema, { type: 'string', title, description })
    },
  })
  // What zod writes is JSON.
  const { properties = {}, ...rest } = written as ObjectSchema
  return {
    ...rest,
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [
        name,
        NEVER_FILLED.includes(name) ? value : orLookup(value),
      ]),
    ),
  }
}

/** Allows a lookup wherever a value is allowed: a lookup gives text, which is validated once it is filled in. */
function orLookup(schema: JsonSchema): JsonSchema {
  const { type } = schema
  if (type === 'object')
    return { ...schema, ...mapped(schema, 'properties'), ...mapped(schema, 'additionalProperties') }
  if (type === 'array') {
    const list = { ...schema, items: orLookup(asSchema(schema['items'])) }
    return schema['listOrText'] === true ? outside(schema, [list, { type: 'string' }]) : list
  }
  if (Array.isArray(schema['anyOf']))
    return { ...schema, anyOf: [...schema['anyOf'].map((one) => orLookup(asSchema(one))), LOOKUP] }
  const isFree =
    type === undefined ||
    (type === 'string' && !('pattern' in schema) && !('enum' in schema) && !('allOf' in schema))
  return isFree && !('enum' in schema) && !('const' in schema) ? schema : outside(schema, [schema, LOOKUP])
}

/** A secret field takes a lookup only. */
const SECRET = '^\\$\\{\\{ *secrets\\.[A-Za-z_][A-Za-z0-9_]* *\\}\\}$'

const LOOKUP = { $ref: '#/definitions/lookup' }

/** Lifts title and description out of the alternatives: editors read them there. */
function outside(schema: JsonSchema, anyOf: readonly JsonSchema[]): JsonSchema {
  const { title, description } = schema
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    anyOf,
  }
}

function mapped(schema: JsonSchema, key: 'properties' | 'additionalProperties'): JsonSchema {
  const value = schema[key]
  if (typeof value !== 'object' || value === null) return {}
  if (key === 'additionalProperties') return { [key]: orLookup(asSchema(value)) }
  return {
    [key]: Object.fromEntries(Object.entries(value).map(([name, one]) => [name, orLookup(asSchema(one))])),
  }
}

function asSchema(value: unknown): JsonSchema {
  // In a JSON schema, the place of a schema holds an object or true.
  return typeof value === 'object' && value !== null ? (value as JsonSchema) : {}
}

function onlyRules(allow: JsonSchema | undefined): JsonSchema {
  const items = asSchema(allow?.['items'])
  const rule = { ...asSchema(asSchema(items['properties'])['rule']), enum: rules.map(({ id }) => id) }
  return { ...allow, items: { ...items, properties: { ...asSchema(items['properties']), rule } } }
}

function described(description: string, schema: JsonSchema): JsonSchema {
  return { description, ...schema }
}
