import type { z } from 'zod'
import type { AnyStepKind, JsonObject, Values } from '../../steps/step-kind.ts'
import { embedFiles } from '../files/embedded-files.ts'
import type { StepDraft } from './draft.ts'
import type { Reference } from '../values/fill-now.ts'
import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import { parseFields, schemaOf } from '../schema/kind-fields.ts'
import { pathKey, type Path } from '../../diagnostics/places.ts'
import type { PlanFolder } from '../files/plan-folder.ts'
import { reportIssues } from '../../diagnostics/schema-diagnostics.ts'
import { shownFields, shownValues } from '../values/shown-values.ts'
import { stepShape } from '../schema/shape.ts'

export interface ResolvedFields {
  /** Before any transform: the activity parses them again. */
  readonly fields: JsonObject
  /** Undefined if a field is invalid. */
  readonly values: Values<AnyStepKind['fields']> | undefined
  readonly fileBytes: number
}

/** Checks a step's own fields as far as they are known, and embeds the files that they name. */
export function resolveFields(
  kind: AnyStepKind,
  draft: StepDraft,
  { folder, diagnostics }: { readonly folder: PlanFolder; readonly diagnostics: Diagnostics },
): ResolvedFields {
  const { at, scope, references } = draft
  const { fields, bytes, refused } = embedFiles(kind, draft.fields, { at, folder, scope, diagnostics })
  const shown = shownFields(fields)
  const parsed = parseFields(kind, shown)
  if (parsed.success) return { fields, values: parsed.data, fileBytes: bytes }

  const unknownYet = references.filter(({ lookup }) => lookup.is !== 'secret').map(({ path }) => path)
  const secrets = references.filter(({ lookup }) => lookup.is === 'secret')
  const ofValues = parsed.error.issues.filter(
    ({ code }) => code !== 'unrecognized_keys' && code !== 'invalid_key',
  )
  const refusedSecrets = secrets.filter(({ path }) => ofValues.some((issue) => leadsTo(issue.path, path)))
  for (const secret of refusedSecrets) reportSecret(secret, at, diagnostics)

  const neverText = new Set(parsed.error.issues.filter(takesNoText).map(({ path }) => pathKey(path)))
  const wrong = reportIssues(parsed.error.issues, {
    schema: schemaOf(kind),
    value: shown,
    at,
    diagnostics,
    otherKeys: Object.keys(stepShape.shape),
    later: (path) =>
      refused.has(pathKey(path)) ||
      (!neverText.has(pathKey(path)) &&
        [...unknownYet, ...draft.refused, ...secrets.map((secret) => secret.path)].some(
          // An unknown text may stand for a whole list; then the issue is below it.
          (leaf) => leadsTo(path, leaf) || leadsTo(leaf, path),
        )),
  })
  const right = wrong === 0 && refused.size === 0 && refusedSecrets.length === 0 && draft.refused.length === 0
  return { fields, values: right ? shownValues(kind, fields) : undefined, fileBytes: bytes }
}

const NO_TEXTS = ['array', 'object', 'record', 'tuple']

/** Whether no text at all is valid here: a lookup always gives text. */
function takesNoText(issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'invalid_type') return NO_TEXTS.includes(issue.expected)
  return (
    issue.code === 'invalid_union' &&
    issue.errors.length > 0 &&
    issue.errors.every((branch) => branch.some((inner) => inner.path.length === 0 && takesNoText(inner)))
  )
}

function reportSecret({ path, written }: Reference, at: Path, diagnostics: Diagnostics): void {
  diagnostics.atText([...at, ...path], written, {
    code: 'secret-not-allowed',
    message: `${String(path[0])} cannot hold a secret: it would be visible on the host and in the history`,
    hint: 'pass the secret by environment:',
  })
}

function leadsTo(path: Path, leaf: Path): boolean {
  return path.every((key, index) => key === leaf[index])
}
