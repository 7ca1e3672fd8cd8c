import { isAlias, isMap, isScalar, isSeq } from 'yaml'
import type { Document, Node, Scalar, YAMLMap } from 'yaml'
import type { Problem } from '../errors.ts'
import type { Json } from '../steps/step-kind.ts'
import { badCharacters, decode } from './characters.ts'
import { composeOne } from './compose.ts'
import { inOrder, type Wrong } from './findings.ts'
import { inlineSecret, isOfText } from './inline-secrets.ts'
import { pathKey, placeAt, placesIn, type Path, type Places, type Span } from './places.ts'
import { numberWrong, syntaxWrong } from './yaml-wrongs.ts'

const LIMIT_BYTES = 1024 * 1024
const LIMIT_DEPTH = 64
const LIMIT_ALIASES = 100
const LIMIT_VALUES = 50_000
const LIMIT_SYNTAX_PROBLEMS = 10
const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype']

export interface ReadDocument {
  /** Only where it is right as YAML: a document with errors is never converted. */
  readonly value?: Json
  readonly places: Places
  /** With a value: texts that no file should hold, such as a secret. */
  readonly problems: readonly Problem[]
}

/** Reads YAML that means one thing only, and remembers where each value was written. */
export function readDocument(file: string, bytes: Uint8Array): ReadDocument {
  const nowhere = placesIn('', new Map())
  const refused = (...problems: Problem[]): ReadDocument => ({ places: nowhere, problems })
  const start = { file, line: 1, column: 1 }
  if (bytes.length > LIMIT_BYTES)
    return refused({ ...start, code: 'file-too-large', message: `is larger than ${LIMIT_BYTES} bytes` })
  const decoded = decode(file, bytes)
  if ('problem' in decoded) return refused(decoded.problem)

  const source = decoded.text
  const at = (offset: number, wrong: Wrong): Problem => ({ file, ...placeAt(source, offset), ...wrong })
  const composed = composeOne(source, LIMIT_DEPTH)
  if ('tooDeepAt' in composed) return refused(at(composed.tooDeepAt, TOO_DEEP))
  const { document, secondAt } = composed

  const problems = [...document.errors, ...document.warnings]
    .slice(0, LIMIT_SYNTAX_PROBLEMS)
    .map((error) => at(error.pos[0], syntaxWrong(error)))
  if (secondAt !== undefined) problems.push(at(secondAt, SECOND_DOCUMENT))
  problems.push(...badCharacters(source).map(({ offset, code, message }) => at(offset, { code, message })))
  if (document.directives?.yaml.explicit && document.directives.yaml.version !== '1.2')
    problems.push(
      at(source.indexOf('%YAML'), { code: 'yaml-version', message: 'asks for another YAML than 1.2' }),
    )

  const spans = new Map<string, Span>()
  const texts: Problem[] = []
  const value = toJson({ document, source }, spans, (offset, wrong) =>
    (isOfText(wrong) ? texts : problems).push(at(offset, wrong)),
  )
  if (problems.length > 0) return refused(...inOrder([...problems, ...texts]))
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return refused({ ...start, code: 'yaml-not-a-map', message: 'holds no map of keys and values' })
  return { value, places: placesIn(source, spans), problems: texts }
}

const TOO_DEEP = { code: 'yaml-too-deep', message: `is nested deeper than ${LIMIT_DEPTH} levels` }

const SECOND_DOCUMENT = {
  code: 'yaml-many-documents',
  message: 'a second document begins here',
  hint: 'one plan, one file',
}

type Report = (offset: number, wrong: Wrong) => void

function toJson(
  { document, source }: { readonly document: Document; readonly source: string },
  spans: Map<string, Span>,
  report: Report,
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
        message: `holds more than ${LIMIT_VALUES} values`,
      })
    const known = spans.get(pathKey(path))
    if (!known?.end) spans.set(pathKey(path), { ...known, start, end })

    if (isAlias(node)) {
      aliases += 1
      if (aliases > LIMIT_ALIASES + 1) return null
      if (aliases > LIMIT_ALIASES)
        return refuse(start, { code: 'yaml-aliases', message: `uses more than ${LIMIT_ALIASES} aliases` })
      const target = anchors.get(node.source)
      if (target) return json(target, path, true)
      return refuse(start, {
        code: 'yaml-unknown-alias',
        message: `*${node.source} stands for nothing above it`,
      })
    }
    if (node.anchor !== undefined && !inAlias) anchors.set(node.anchor, node)
    // The parser tells of tags that it does not know.
    if (node.tag?.startsWith('tag:yaml.org,2002:'))
      report(start, { code: 'yaml-tag', message: `has the tag ${node.tag}`, hint: 'plans need no tags' })
    if (isScalar(node)) return scalar(node, source.slice(start, end), start)
    if (isSeq(node)) return node.items.map((item, index) => json(item, [...path, index], inAlias))
    return map(node, path, inAlias)
  }

  function map(node: YAMLMap, path: Path, inAlias: boolean): Json {
    const object: Record<string, Json> = {}
    for (const { key, value } of node.items) {
      // With `stringKeys`, every other key was refused by the parser.
      if (!isScalar(key) || typeof key.value !== 'string') continue
      const start = key.range?.[0] ?? 0
      const wrong = keyWrong(key.value, Object.hasOwn(object, key.value))
      if (wrong) report(start, wrong)
      else {
        spans.set(pathKey([...path, key.value]), { key: start, start, end: 0 })
        object[key.value] = json(value, [...path, key.value], inAlias)
      }
    }
    return object
  }

  function scalar(node: Scalar, written: string, start: number): Json {
    const { value, source: number = '' } = node
    const wrong =
      typeof value === 'number'
        ? numberWrong(value, number)
        : typeof value === 'string'
          ? textWrong(value, written)
          : undefined
    if (wrong) report(start, wrong)
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
  }

  function refuse(offset: number, wrong: Wrong): null {
    report(offset, wrong)
    return null
  }

  return json(document.contents, [], false)
}

/** Characters that only an escape such as "\\0" makes; what is written as it is was found already. */
function textWrong(text: string, written = text): Wrong | undefined {
  const [bad] = badCharacters(written).length > 0 ? [] : badCharacters(text)
  return bad ? { code: bad.code, message: bad.message } : inlineSecret(text)
}

function keyWrong(key: string, twice: boolean): Wrong | undefined {
  if (twice) return { code: 'yaml-duplicate-key', message: `the key "${key}" is there twice` }
  if (key === '<<')
    return { code: 'yaml-merge-key', message: 'merge keys are not read', hint: 'write the fields out' }
  if (FORBIDDEN_KEYS.includes(key)) return { code: 'yaml-forbidden-key', message: `"${key}" cannot be a key` }
  return textWrong(key)
}
