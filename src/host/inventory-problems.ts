import { isMap, isNode, isScalar } from 'yaml'
import type { Document, YAMLError } from 'yaml'
import type { z } from 'zod'
import type { Problem } from '../errors.ts'

/** Something wrong in an inventory, and the way to what it is wrong with. */
export interface WrongInInventory {
  readonly path: readonly PropertyKey[]
  /** It is the name that is wrong, not its value. */
  readonly name?: true
  readonly message: string
  readonly hint: string
}

type Issue = z.core.$ZodIssue

/** Fields that version 0.1 accepted and ignored. */
const NO_EFFECT: ReadonlySet<string> = new Set(['taskQueue'])

/** What a schema refused, in this project's words. `fields` are those that the map at a path may have. */
export function wrongIn(issue: Issue, fields: readonly string[]): readonly WrongInInventory[] {
  const { path } = issue
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: [...path, key],
      name: true,
      ...(NO_EFFECT.has(key)
        ? { message: `${key} has no effect in this version`, hint: 'remove it' }
        : { message: `unknown field ${key}`, hint: `there is ${fields.join(', ')}` }),
    }))
  return [{ path, message: said(issue), hint: 'reinstate init HOST writes an inventory to begin with' }]
}

function said(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `must be ${WORDS[issue.expected] ?? issue.expected}`
        : `must be ${WORDS[issue.expected] ?? issue.expected}, and is something else`
    case 'too_small':
      return `must be at least ${issue.minimum}`
    case 'too_big':
      return `must be at most ${issue.maximum}`
    case 'invalid_key':
      return `the name "${String(issue.path.at(-1))}" ${issue.issues[0]?.message ?? 'cannot be one of a host'}`
    default:
      return issue.message
  }
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'a map of fields',
  record: 'a map of hosts',
}

const SYNTAX: Readonly<Record<string, readonly [code: string, message: string, hint: string]>> = {
  TAB_AS_INDENT: ['yaml-tab', 'a tab cannot indent', 'use spaces'],
  DUPLICATE_KEY: ['yaml-duplicate-key', 'this key is there twice', 'take one out'],
  TAG_RESOLVE_FAILED: ['yaml-tag', 'has a tag', 'an inventory needs no tags'],
}

/** What YAML's own parser found. */
export function brokenYaml({ code }: YAMLError): Pick<Problem, 'code' | 'message' | 'hint'> {
  const [own, words, hint] = SYNTAX[code] ?? [
    'yaml-syntax',
    'cannot be read as YAML from here on',
    'look at this line and the one above: a quote or bracket is open, or the indentation changes',
  ]
  return { code: own, message: words, hint }
}

interface Place {
  readonly line: number
  readonly column: number
  readonly end?: number
}

/** Where a value stands; of a field that is not known its name, and of one that is missing what should hold it. */
export function placeOf(
  { document, text }: { readonly document: Document; readonly text: string },
  wrong: WrongInInventory,
): Place {
  const [start, end] = rangeOf(document, wrong)
  const place = placeAt(text, start)
  return end > start && !text.slice(start, end).includes('\n')
    ? { ...place, end: place.column + end - start }
    : place
}

/** The line and column of an offset. Counted here: the parser's own counter misses lines that it could not read. */
export function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}

function rangeOf(document: Document, { path, name }: WrongInInventory): readonly [number, number] {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true)
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && key.value === path[length - 1])
      : undefined
    if (pair === undefined || !isNode(pair.key)) continue
    const shown =
      length === path.length && !name && isScalar(pair.value) && pair.value.range ? pair.value : pair.key
    const [start = 0, end = 0] = shown.range ?? []
    return end > start ? [start, end] : [pair.key.range?.[0] ?? 0, pair.key.range?.[1] ?? 0]
  }
  return [0, 0]
}
