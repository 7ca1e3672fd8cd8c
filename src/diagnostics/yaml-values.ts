import { isAlias, isMap, isScalar, isSeq } from 'yaml'
import type { Document, Node, Scalar, YAMLMap } from 'yaml'
import { badCharacters, type BadCharacter } from './characters.ts'
import type { ProblemText } from './diagnostics.ts'
import { pathKey, type Path, type Span } from './places.ts'
import { numberProblem } from './yaml-syntax.ts'

/** The value of a document. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** A text that looks like a secret, and its problem. */
export interface FoundSecret {
  readonly text: string
  readonly offset: number
  readonly wrong: ProblemText
}

/** The additional rules of one type of file. */
export interface DocumentRules {
  /** The problem of a file that is not a map. */
  readonly noMap: ProblemText
  /** Default: up to 100 aliases. */
  readonly aliases?: 'refused'
  /** Finds likely secrets in the value of `name`. Default: none. */
  readonly secretsIn?: (text: string, name?: string) => readonly FoundSecret[]
}

/** The maximum nesting of maps and lists. */
export const LIMIT_DEPTH = 64
const LIMIT_ALIASES = 100
const LIMIT_VALUES = 50_000
const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype']

export const TOO_DEEP = {
  code: 'yaml-too-deep',
  message: `is nested deeper than ${LIMIT_DEPTH} levels`,
  hint: 'close the open bracket',
}

interface Report {
  /** Reports a problem after which the value is not read. */
  refuse(offset: number, wrong: ProblemText): void
  /** Reports a problem that leaves the rest of the document readable. */
  report(offset: number, wrong: ProblemText, length?: number): void
  secret(text: string): void
  /** Notes that the text at this offset has a problem. */
  reportedAt(offset: number): void
}

/** Converts a document without YAML errors, and reports problems of single keys and texts. */
export function toJson(
  {
    document,
    source,
    rules,
  }: {
    readonly document: Document
    readonly source: string
    readonly rules: DocumentRules
  },
  spans: Map<string, Span>,
  { refuse: refuseAt, report, secret, reportedAt }: Report,
): Json {
  const anchors = new Map<string, Node>()
  let aliases = 0
  let values = 0

  function json(node: unknown, path: Path, inAlias: boolean): Json {
    values += 1
    if (!isAlias(node) && !isMap(node) && !isSeq(node) && !isScalar(node)) return null
    const [start, end] = node.range ?? [0, 0]
    if (path.length > LIMIT_DEPTH) return refuse(start, TOO_DEEP)
    if (values > LIMIT_VALUES + 1) return null
    if (values > LIMIT_VALUES)
      return refuse(start, {
        code: 'yaml-too-many-values',
        message: `contains more than ${LIMIT_VALUES} values`,
        hint: 'split the file',
      })
    const known = spans.get(pathKey(path))
    if (!known?.end) spans.set(pathKey(path), { ...known, start, end, isCollection: !isScalar(node) })

    if (isAlias(node)) {
      if (rules.aliases === 'refused')
        return refuse(start, {
          code: 'yaml-alias',
          message: 'aliases are not allowed in this file',
          hint: 'write the value out',
        })
      aliases += 1
      if (aliases > LIMIT_ALIASES + 1) return null
      if (aliases > LIMIT_ALIASES)
        return refuse(start, {
          code: 'yaml-aliases',
          message: `uses more than ${LIMIT_ALIASES} aliases`,
          hint: 'write the values out, or use each',
        })
      const target = anchors.get(node.source)
      if (target) return json(target, path, true)
      return refuse(start, {
        code: 'yaml-unknown-alias',
        message: `*${node.source} has no anchor above it`,
        hint: 'write the value out, or put a text that begins with * in quotes',
      })
    }
    if (node.anchor !== undefined && !inAlias) anchors.set(node.anchor, node)
    // The parser reports unknown tags.
    if (node.tag?.startsWith('tag:yaml.org,2002:'))
      refuseAt(start, { code: 'yaml-tag', message: `has the tag ${node.tag}`, hint: 'remove the tag' })
    if (isScalar(node)) return scalar(node, path, { start, end }, inAlias)
    if (isSeq(node)) return node.items.map((item, index) => json(item, [...path, index], inAlias))
    return map(node, path, inAlias)
  }

  function map(node: YAMLMap, path: Path, inAlias: boolean): Json {
    const object: Record<string, Json> = {}
    for (const { key, value } of node.items) {
      // With `stringKeys`, the parser has refused every other key.
      if (!isScalar(key) || typeof key.value !== 'string') continue
      const [start, end] = key.range ?? [0, 0]
      const wrong = keyWrong(key.value, Object.hasOwn(object, key.value))
      if (wrong) report(start, wrong, end - start)
      else {
        spans.set(pathKey([...path, key.value]), { key: start, keyEnd: end, start, end: 0 })
        object[key.value] = json(value, [...path, key.value], inAlias)
      }
    }
    return object
  }

  function scalar(node: Scalar, path: Path, { start, end }: Span, inAlias: boolean): Json {
    const { value } = node
    if (typeof value === 'number') {
      const wrong = numberProblem(value, node.source ?? '')
      if (!wrong) return value
      report(start, wrong, end - start)
      reportedAt(start)
      // The text, as if it were quoted, so that its other problems are found too.
      return node.source ?? ''
    }
    // The target of an alias was checked at its anchor. Short texts again: another name may make it a secret.
    if (typeof value === 'string' && (!inAlias || value.length < 1000)) text(value, path, { start, end })
    return typeof value === 'string' || typeof value === 'boolean' ? value : null
  }

  function text(value: string, path: Path, { start, end }: Span): void {
    const written = source.slice(start, end)
    const asWritten = badCharacters(written).length > 0
    const [hidden] = badCharacters(value)
    // Only characters from an escape such as "\\0": literal ones were reported before.
    if (hidden && !asWritten) report(start, withoutOffset(hidden), end - start)
    if (hidden) reportedAt(start)
    for (const found of rules.secretsIn?.(value, nameOf(path)) ?? []) {
      const within = written.indexOf(found.text)
      secret(found.text)
      reportedAt(start)
      report(within < 0 ? start : start + within, found.wrong, within < 0 ? 0 : found.text.length)
    }
  }

  function refuse(offset: number, wrong: ProblemText): null {
    refuseAt(offset, wrong)
    return null
  }

  return json(document.contents, [], false)
}

/** Returns the name of a value; for the default of an input, the name of the input. */
function nameOf(path: Path): string | undefined {
  const name = path[0] === 'inputs' && path.length === 3 && path[2] === 'default' ? path[1] : path.at(-1)
  return typeof name === 'string' ? name : undefined
}

function withoutOffset({ code, message, hint }: BadCharacter): ProblemText {
  return { code, message, hint }
}

function keyWrong(key: string, twice: boolean): ProblemText | undefined {
  if (twice) return { code: 'yaml-duplicate-key', message: `duplicate key "${key}"`, hint: 'remove one' }
  if (key === '<<')
    return { code: 'yaml-merge-key', message: 'merge keys are not supported', hint: 'write the fields out' }
  if (FORBIDDEN_KEYS.includes(key))
    return {
      code: 'yaml-forbidden-key',
      message: `the key "${key}" is not allowed`,
      hint: 'choose another name',
    }
  const [hidden] = badCharacters(key)
  return hidden && withoutOffset(hidden)
}
