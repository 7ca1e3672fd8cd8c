import { Composer, CST, Lexer, Parser, type Document, type YAMLError } from 'yaml'
import type { ProblemText } from './diagnostics.ts'

/** The first document of a YAML file, or the offset at which it is nested too deep. */
export type Composed =
  | { readonly document: Document; readonly secondAt?: number; readonly comments: readonly Comment[] }
  | { readonly tooDeepAt: number }

/** A comment, with its `#`. */
export interface Comment {
  readonly offset: number
  readonly text: string
}

/**
 * Composes the first document of a source. The composer is recursive, and 10,000 levels would exhaust the process's stack:
 * the parser's own stack is checked first.
 */
export function composeOne(
  source: string,
  mostDeep: number,
  { merge = false }: { readonly merge?: boolean } = {},
): Composed {
  const tokens: CST.Token[] = []
  const comments: Comment[] = []
  const parser = new Parser()
  for (const lexeme of new Lexer().lex(source)) {
    for (const token of parser.next(lexeme)) tokens.push(token)
    if (CST.tokenType(lexeme) === 'comment')
      comments.push({ offset: parser.offset - lexeme.length, text: lexeme })
    if (parser.stack.length > mostDeep + 2) return { tooDeepAt: parser.offset - lexeme.length }
  }
  for (const token of parser.end()) tokens.push(token)

  // The composer's check for unique keys is quadratic: 10 s for 30,000 keys. `toJson` checks them instead.
  const composer = new Composer({
    ...{ stringKeys: !merge, uniqueKeys: false, prettyErrors: false, merge },
    // Problems are reported as diagnostics, not as warnings of the process.
    logLevel: 'error',
  })
  let first: Document | undefined
  for (const document of composer.compose(tokens, true, source.length)) {
    if (first) return { document: first, secondAt: document.range[0], comments }
    first = document
  }
  // `compose` always yields a document.
  if (!first) throw new Error('the composer yielded no document')
  return { document: first, comments }
}

/** Translates an error of the YAML parser. Warnings count as errors. */
export function syntaxProblem({ code, message }: YAMLError): ProblemText {
  switch (code) {
    case 'TAB_AS_INDENT':
      return { code: 'yaml-tab', message: 'indentation contains a tab', hint: 'use spaces' }
    case 'TAG_RESOLVE_FAILED':
      return {
        code: 'yaml-tag',
        message: message.replace('Unresolved tag:', 'has the tag'),
        hint: 'remove the tag',
      }
    case 'NON_STRING_KEY':
      return {
        code: 'yaml-key-not-text',
        message: 'a key must be text',
        hint: 'put it in quotes, and also a lookup ${{ … }} that is a value',
      }
    case 'RESOURCE_EXHAUSTION':
      return {
        code: 'yaml-too-deep',
        message: 'is nested too deep',
        hint: 'close the open bracket',
      }
    default: {
      const [words = message, hint = USUAL_HINT] = SYNTAX[code] ?? []
      return { code: 'yaml-syntax', message: words, hint }
    }
  }
}

const USUAL_HINT =
  'check this line and the one above for an open quote or bracket, or a change of indentation'

const SYNTAX: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  BLOCK_AS_IMPLICIT_KEY: ['contains a second ": " in one line', 'put the text after the first one in quotes'],
  MISSING_CHAR: ['a quote, a bracket or a comma is missing', 'close it, or put the text in quotes'],
  BAD_INDENT: ['has another indentation than its map', 'indent all keys of a map equally'],
  UNEXPECTED_TOKEN: [
    'is not allowed here',
    'within { } and [ ], put a lookup ${{ … }} and a text with , : { } [ ] in quotes',
  ],
  BAD_SCALAR_START: ['a text cannot begin with this character', 'put it in quotes'],
  MULTILINE_IMPLICIT_KEY: ['is a key of several lines', 'check for a missing ":" or quote'],
}

/** Reports a number whose value differs from its text: 0644, 0o17, 1.10, 1e3, or beyond 2^53. */
export function numberProblem(value: number, source: string): ProblemText | undefined {
  if (String(value) === source && (!Number.isInteger(value) || Number.isSafeInteger(value))) return undefined
  const hint = `put it in quotes: "${source}"`
  if (/^[-+]?0[0-9o]/.test(source))
    return { code: 'yaml-octal', message: `${source} is read as the number ${value}`, hint }
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    return {
      code: 'yaml-integer-too-large',
      message: `${source} is beyond 2^53 and is read as ${value}`,
      hint,
    }
  return { code: 'yaml-number-changes', message: `${source} is read as the number ${value}`, hint }
}
