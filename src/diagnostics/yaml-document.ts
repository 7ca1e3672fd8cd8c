import type { Problem } from '../errors.ts'
import { badCharacters, decode } from './characters.ts'
import { sortedProblems, type ProblemText } from './diagnostics.ts'
import { placesIn, placesOf, type Places, type Span } from './places.ts'
import { composeOne, syntaxProblem } from './yaml-syntax.ts'
import { LIMIT_DEPTH, toJson, TOO_DEEP, type DocumentRules, type Json } from './yaml-values.ts'

const LIMIT_BYTES = 1024 * 1024
const LIMIT_SYNTAX_PROBLEMS = 10

export interface ReadDocument {
  /** Undefined for a document with YAML errors. */
  readonly value?: Json
  readonly places: Places
  /** With a value: problems of single keys and texts, such as a duplicate or a secret. */
  readonly problems: readonly Problem[]
  /** Texts that look like secrets, which no message may quote. */
  readonly secrets: readonly string[]
  /** The positions, `line:column`, of texts with a problem. No further problem is reported there. */
  readonly reported: ReadonlySet<string>
}

/** Reads unambiguous YAML, with the position of each value. Never throws: see `problems`. */
export function readDocument(file: string, bytes: Uint8Array, rules: DocumentRules): ReadDocument {
  const nowhere = placesIn('', new Map())
  const refused = (...problems: Problem[]): ReadDocument => ({
    places: nowhere,
    problems,
    secrets: [],
    reported: new Set(),
  })
  const start = { file, line: 1, column: 1 }
  if (bytes.length > LIMIT_BYTES)
    return refused({
      ...start,
      code: 'file-too-large',
      message: `is larger than ${LIMIT_BYTES} bytes`,
      hint: 'split the file',
    })
  const decoded = decode(file, bytes)
  if ('problem' in decoded) return refused(decoded.problem)

  const source = decoded.text
  const placeOf = placesOf(source)
  const at = (offset: number, wrong: ProblemText, length = 0): Problem => ({
    file,
    ...placeOf(offset, offset + length),
    ...wrong,
  })
  const composed = composeOne(source, LIMIT_DEPTH)
  if ('tooDeepAt' in composed) return refused(at(composed.tooDeepAt, TOO_DEEP))
  const { document, secondAt, comments } = composed

  const problems = firstOfEachLine(
    [...document.errors, ...document.warnings].map((error) => at(error.pos[0], syntaxProblem(error))),
  ).slice(0, LIMIT_SYNTAX_PROBLEMS)
  if (secondAt !== undefined) problems.push(at(secondAt, SECOND_DOCUMENT))
  if (document.directives?.yaml.explicit && document.directives.yaml.version !== '1.2')
    problems.push(
      at(source.indexOf('%YAML'), {
        code: 'yaml-version',
        message: 'requires a YAML version other than 1.2',
        hint: 'remove the %YAML line',
      }),
    )

  const spans = new Map<string, Span>()
  const secrets = new Set<string>()
  const reported = new Set<string>()
  const soft: Problem[] = badCharacters(source).map(({ offset, ...wrong }) => at(offset, wrong, 1))
  for (const comment of comments)
    for (const { text, offset, wrong } of rules.secretsIn?.(comment.text) ?? []) {
      secrets.add(text)
      soft.push(at(comment.offset + offset, wrong, text.length))
    }
  const value = toJson({ document, source, rules }, spans, {
    refuse: (offset, wrong) => problems.push(at(offset, wrong)),
    report: (offset, wrong, length) => soft.push(at(offset, wrong, length)),
    secret: (text) => secrets.add(text),
    reportedAt: (offset) => {
      const { line, column } = placeOf(offset)
      reported.add(`${line}:${column}`)
    },
  })
  if (problems.length > 0) return refused(...sortedProblems([...problems, ...soft]))
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return refused(...sortedProblems([...soft, { ...start, ...rules.noMap }]))
  return { value, places: placesIn(source, spans), problems: soft, secrets: [...secrets], reported }
}

/** Keeps the first problem of each line: the others usually follow from it. */
function firstOfEachLine(problems: readonly Problem[]): Problem[] {
  const lines = new Set<number>()
  return problems.filter(({ line }) => !lines.has(line) && lines.add(line))
}

const SECOND_DOCUMENT = {
  code: 'yaml-many-documents',
  message: 'a second document begins here',
  hint: 'keep one document per file',
}
