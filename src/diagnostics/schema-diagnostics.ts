import { z } from 'zod'
import { itemsIn } from '../fields/list.ts'
import { Secret } from '../shell/secret.ts'
import type { Diagnostics, ProblemText } from './diagnostics.ts'
import { suggestField } from './suggestions.ts'
import type { Path } from './places.ts'
import { keysOf, metaOf, schemaAt, type Schema } from './schema-walk.ts'

type Issue = z.core.$ZodIssue

export interface Checked {
  readonly schema: Schema
  /** The value that was parsed, and its path in the document. */
  readonly value: unknown
  readonly at: Path
  readonly diagnostics: Diagnostics
  /** Further keys to suggest. */
  readonly otherKeys?: readonly string[]
  /** Whether the value at a path is not known yet, and cannot be checked. */
  readonly later?: (path: Path) => boolean
}

/** Reports the issues of a schema, each at its key or value. Returns their number. */
export function reportIssues(issues: readonly Issue[], checked: Checked): number {
  return issues.map((issue) => reportIssue(issue, checked)).filter(Boolean).length
}

function reportIssue(issue: Issue, checked: Checked): boolean {
  const { schema, value, at, diagnostics, otherKeys = [], later } = checked
  const path = [...at, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    const known = [...keysOf(schemaAt(schema, issue.path)), ...(issue.path.length === 0 ? otherKeys : [])]
    for (const [index, key] of issue.keys.entries())
      diagnostics.atKey([...path, key], {
        code: 'unknown-field',
        message: `unknown field ${quotedKey(key)}`,
        // Suggestions are slow to compute, and useless for thousands of fields.
        ...(index < 100 ? suggestField(key, known) : {}),
      })
    return true
  }
  if (issue.code === 'invalid_key') {
    diagnostics.atKey(path, {
      code: 'bad-key',
      message: `the name ${quotedKey(String(path.at(-1)))} ${messageOf(issue.issues[0])}`,
      hint: 'choose another name',
    })
    return true
  }
  if (later?.(issue.path)) return false
  const found = valueAt(value, issue.path)
  const item = itemOfText(value, issue.path)
  if (item !== undefined) diagnostics.at(path.slice(0, -1), bad(schema, issue.path, item, messageOf(issue)))
  else if (found === undefined && issue.path.length > 0)
    diagnostics.at(path.slice(0, -1), missing(issue.path, schema))
  else if (issue.code === 'invalid_union') {
    const branch = closest(issue.errors)
    if (branch)
      return (
        reportIssues(
          branch.map((one) => ({ ...one, path: [...issue.path, ...one.path] })),
          checked,
        ) > 0
      )
    diagnostics.at(path, bad(schema, issue.path, found, expectedTypes(issue)))
  } else diagnostics.at(path, bad(schema, issue.path, found, messageOf(issue)))
  return true
}

/** A key that can be a misspelt field or name. Anything else may be the content of a file that is no plan, such as a password file. */
function quotedKey(key: string): string {
  return key.length > 40 || /[$:/]/.test(key) ? `of ${key.length} characters` : `"${key}"`
}

/** The item of a list that is written as one text: items have no positions, so the problem is reported at the text. */
function itemOfText(value: unknown, path: Path): string | undefined {
  const [list, index] = [valueAt(value, path.slice(0, -1)), path.at(-1)]
  return typeof list === 'string' && typeof index === 'number' ? itemsIn(list)[index] : undefined
}

function missing(path: Path, schema: Schema): ProblemText {
  const { description } = metaOf(schemaAt(schema, path))
  const message = `the field "${String(path.at(-1))}" is missing`
  return { code: 'missing-field', message, hint: description ?? `add ${String(path.at(-1))}:` }
}

function bad(schema: Schema, path: Path, value: unknown, wrong: string): ProblemText {
  const { title } = metaOf(schemaAt(schema, path))
  const name = path.reduce<string>(
    (before, key) => (typeof key === 'number' ? `${before}[${key}]` : String(key)),
    '',
  )
  const isScalar = ['string', 'number', 'boolean'].includes(typeof value)
  // Not for a map, which may contain a key toString.
  const quoted = isScalar && wrong === 'must be text' ? String(value) : undefined
  const field = schemaAt(schema, path)
  const inQuotes = quoted !== undefined && field ? z.safeParse(field, quoted) : undefined
  // If the quoted text is invalid too, reports its problem instead of the missing quotes.
  const what = inQuotes?.error?.issues[0]?.message ?? wrong
  const message = isScalar
    ? `${name || 'this'} ${shown(value)} ${what}`
    : `${name || 'this'} ${what}${what.startsWith('must be') ? `, not ${typeName(value)}` : ''}`
  const hint = inQuotes?.success === true ? `put it in quotes: "${quoted}"` : metaOf(field).description
  return { code: codeOf(title), message, ...(hint === undefined ? {} : { hint }) }
}

/** Returns `bad-` and the schema's title; `bad-path` for all paths. */
function codeOf(title: string | undefined): string {
  const [word = 'value'] = /\bpath\b|^[a-z-]+$/.exec(title ?? '') ?? []
  return `bad-${word}`
}

/** The branch of a union that accepts the type of the value. */
function closest(errors: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return errors.find((branch) =>
    branch.every(
      ({ path, code }) => path.length > 0 || (code !== 'invalid_type' && code !== 'invalid_value'),
    ),
  )
}

function messageOf(issue: Issue | undefined): string {
  if (!issue) return 'has an invalid format'
  // A custom message of the schema.
  if (!/^(Invalid|Too|Unrecognized)/.test(issue.message)) return issue.message
  switch (issue.code) {
    case 'invalid_type':
    case 'invalid_union':
      return expectedTypes(issue)
    case 'invalid_value':
      return `must be ${list(issue.values.map((value) => `"${String(value)}"`))}`
    case 'too_small':
      return `must ${size(issue.origin, 'at least', issue.minimum)}`
    case 'too_big':
      return `must ${size(issue.origin, 'at most', issue.maximum)}`
    default:
      return 'has an invalid format'
  }
}

function size(origin: string, than: string, amount: number | bigint): string {
  if (origin === 'string') return `have ${than} ${amount} character${amount === 1 ? '' : 's'}`
  if (origin === 'array' || origin === 'record' || origin === 'set')
    return `have ${than} ${amount} ${amount === 1 ? 'entry' : 'entries'}`
  return `be ${than} ${amount}`
}

function expectedTypes(issue: Issue): string {
  const types = expected(issue)
  return types.length === 0 ? 'has an invalid format' : `must be ${list([...new Set(types)])}`
}

function expected(issue: Issue): readonly string[] {
  if (issue.code === 'invalid_union') return issue.errors.flat().flatMap(expected)
  if (issue.code === 'invalid_value') return issue.values.map((value) => `"${String(value)}"`)
  if (issue.code !== 'invalid_type' || issue.expected === 'Secret') return []
  return [TYPE_NAMES[issue.expected] ?? issue.expected]
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of fields',
  record: 'a map of names to values',
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

function typeName(value: unknown): string {
  if (value instanceof Secret) return 'a secret'
  if (value === null) return 'empty'
  return Array.isArray(value) ? 'a list' : 'a map'
}

/** Returns the value at a path, if it exists. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (within, key) =>
      typeof within === 'object' && within !== null
        ? (within as Record<PropertyKey, unknown>)[key]
        : undefined,
    value,
  )
}
