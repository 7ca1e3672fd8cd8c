import { Composer, CST, Lexer, Parser, type Document } from 'yaml'

/** A file of YAML, composed as far as its first document; or where it is nested too deep to be. */
export type Composed =
  | { readonly document: Document; readonly secondAt?: number; readonly comments: readonly Comment[] }
  | { readonly tooDeepAt: number }

/** From its # on. */
export interface Comment {
  readonly offset: number
  readonly text: string
}

/**
 * Composes the first document of a source. The composer calls itself for each level, and 10,000 of them would end the
 * whole process; the parser keeps a stack, which is looked at first.
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

  // Its own check for unique keys is quadratic: ten seconds for 30,000 keys. Whoever reads the document checks that.
  const composer = new Composer({
    ...{ stringKeys: !merge, uniqueKeys: false, prettyErrors: false, merge },
    // What is wrong is told here, and not by warnings of the process.
    logLevel: 'error',
  })
  let first: Document | undefined
  for (const document of composer.compose(tokens, true, source.length)) {
    if (first) return { document: first, secondAt: document.range[0], comments }
    first = document
  }
  // `compose` ends with a document whatever it is given.
  if (!first) throw new Error('a file of YAML was composed to nothing')
  return { document: first, comments }
}
