import { z } from 'zod'
import { Secret } from '../shell/secret.ts'
import type { AnyStepKind, JsonObject, Values } from '../steps/step-kind.ts'
import { carryFiles } from './carry-files.ts'
import type { StepDraft } from './draft.ts'
import { fillWith } from './fill-in.ts'
import type { Reference } from './fill-now.ts'
import type { Findings } from './findings.ts'
import { parseFields, schemaOf } from './kind-fields.ts'
import { pathKey, type Path } from './places.ts'
import type { PlanFolder } from './read-files.ts'
import { reportIssues } from './schema-problems.ts'
import { keysOf, metaOf, schemaAt, type Schema } from './schema-walk.ts'
import { stepShape } from './shape.ts'

export interface ResolvedFields {
  /** As the activity will parse them again: before any transform. */
  readonly fields: JsonObject
  /** Undefined where something is wrong. */
  readonly values: Values<AnyStepKind['fields']> | undefined
  readonly fileBytes: number
}

/** Checks a step's own fields as far as they are known, and takes up the files that they name. */
export function resolveFields(
  kind: AnyStepKind,
  draft: StepDraft,
  { folder, findings }: { readonly folder: PlanFolder; readonly findings: Findings },
): ResolvedFields {
  const { at, scope, references } = draft
  const { fields, bytes, refused } = carryFiles(kind, draft.fields, { at, folder, scope, findings })
  const shown = shownFields(fields)
  const parsed = parseFields(kind, shown)
  if (parsed.success) return { fields, values: parsed.data, fileBytes: bytes }

  const unknownYet = references.filter(({ lookup }) => lookup.is !== 'secret').map(({ path }) => path)
  const secrets = references.filter(({ lookup }) => lookup.is === 'secret')
  const refusedSecrets = secrets.filter(({ path }) =>
    parsed.error.issues.some((issue) => leadsTo(issue.path, path)),
  )
  for (const secret of refusedSecrets) reportSecret(secret, at, findings)

  const neverText = new Set(parsed.error.issues.filter(takesNoText).map(({ path }) => pathKey(path)))
  const wrong = reportIssues(parsed.error.issues, {
    schema: schemaOf(kind),
    value: shown,
    at,
    findings,
    otherKeys: Object.keys(stepShape.shape),
    later: (path) =>
      refused.has(pathKey(path)) ||
      (!neverText.has(pathKey(path)) &&
        [...unknownYet, ...draft.refused, ...secrets.map((secret) => secret.path)].some(
          // A text that is not known yet may stand for a whole list: then what is wrong lies below it.
          (leaf) => leadsTo(path, leaf) || leadsTo(leaf, path),
        )),
  })
  const right = wrong === 0 && refused.size === 0 && refusedSecrets.length === 0 && draft.refused.length === 0
  return { fields, values: right ? shownValues(kind, fields) : undefined, fileBytes: bytes }
}

const NO_TEXTS = ['array', 'object', 'record', 'tuple']

/** Whatever a lookup will give is a text, and here none is right. */
function takesNoText(issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'invalid_type') return NO_TEXTS.includes(issue.expected)
  return (
    issue.code === 'invalid_union' &&
    issue.errors.length > 0 &&
    issue.errors.every((branch) => branch.some((inner) => inner.path.length === 0 && takesNoText(inner)))
  )
}

/**
 * The values of a step for a preview: what only the run knows is a word such as ‹outputs.url of web›, and a field that
 * cannot be such a word is there unparsed.
 */
export function shownValues(kind: AnyStepKind, fields: JsonObject): Values<AnyStepKind['fields']> {
  const shown = shownFields(fields)
  const parsed = parseFields(kind, shown)
  if (parsed.success) return parsed.data
  return Object.fromEntries(
    Object.entries(kind.fields).flatMap(([key, schema]) => {
      const value = asFarAsKnown(schema, shown[key])
      return value === undefined ? [] : [[key, value]]
    }),
  )
}

/** A value parsed where it can be, also within lists and maps; what is not known yet stays a word. */
function asFarAsKnown(schema: Schema, value: unknown): unknown {
  const parsed = z.safeParse(schema, value)
  if (parsed.success) return parsed.data
  // A word that stands for a whole list is shown as its one item.
  if (typeof value === 'string') return metaOf(schema)['listOrText'] === true ? [value] : value
  if (Array.isArray(value))
    return value.map((item, index) => {
      const one = schemaAt(schema, [index])
      return one ? asFarAsKnown(one, item) : item
    })
  if (typeof value !== 'object' || value === null) return value
  const known = keysOf(schema)
  const keys = [...new Set([...Object.keys(value), ...known])]
  return Object.fromEntries(
    keys.flatMap((key) => {
      const within = schemaAt(schema, [key])
      const item = (value as Readonly<Record<string, unknown>>)[key]
      const result = within ? asFarAsKnown(within, item) : item
      return result === undefined ? [] : [[key, result]]
    }),
  )
}

function shownFields(fields: JsonObject): Readonly<Record<string, unknown>> {
  return fillWith(fields, {
    output: (step, output) => `‹outputs.${output} of ${step}›`,
    secret: () => new Secret('a secret'),
    input: (name) => `‹inputs.${name}›`,
  })
}

function reportSecret({ path, written }: Reference, at: Path, findings: Findings): void {
  findings.atText([...at, ...path], written, {
    code: 'secret-not-allowed',
    message: `${String(path[0])} cannot hold a secret: it would be seen on the host and in history`,
    hint: 'secrets go by environment',
  })
}

function leadsTo(path: Path, leaf: Path): boolean {
  return path.every((key, index) => key === leaf[index])
}
