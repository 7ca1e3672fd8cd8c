/** One statement of an SQL file. */
export interface SqlStatement {
  /** From its first word to before its semicolon. */
  readonly text: string
  /** The same, with comments, literals, quoted names and function bodies blanked; offsets stay. */
  readonly bare: string
  /** Of its first character in the file. */
  readonly offset: number
  /** Of its first word, counted from 1. */
  readonly line: number
}

/**
 * Splits SQL for PostgreSQL at its semicolons, as psql does: not within literals, quoted names, comments, parentheses and the
 * bodies of functions. A line that begins with a backslash, a command of psql, is part of the statement around it.
 */
export function statementsOf(sql: string): readonly SqlStatement[] {
  const statements: SqlStatement[] = []
  let parts: string[] = []
  let head = ''
  let begins = 0
  let line = 1
  let depth = 0
  let blocks = 0
  const end = (at: number): void => {
    const bare = parts.join('')
    const from = begins + bare.search(/\S|$/)
    line += linesIn(sql.slice(begins, from))
    if (bare.trim() !== '')
      statements.push({ text: sql.slice(from, at).trimEnd(), bare: bare.trim(), offset: from, line })
    line += linesIn(sql.slice(from, at))
    begins = at + 1
    parts = []
    head = ''
  }
  for (const { 0: token, index } of sql.matchAll(TOKEN)) {
    if (token === ';' && depth === 0 && blocks === 0) {
      end(index)
      continue
    }
    if (token === '(') depth += 1
    if (token === ')') depth = Math.max(0, depth - 1)
    const part = /^(--|\/\*|[eE]?'|"|\$.)/.test(token) ? literal(token) : token
    parts.push(part)
    if (head.length < HEAD) head = `${head}${part.slice(0, HEAD)}`.trimStart()
    blocks = blocksAfter(token, head, blocks)
  }
  end(sql.length)
  return statements
}

/** Enough for `create or replace procedure`. */
const HEAD = 100

function linesIn(text: string): number {
  return text.split('\n').length - 1
}

/** A comment, a literal, a quoted name, a function body, a word or one other character. What is not closed goes to the end. */
const TOKEN =
  /--[^\n]*|\/\*(?:[^*/]|\*(?!\/)|\/(?!\*)|\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$))*(?:\*\/|$)|[eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|\$((?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$[\s\S]*?(?:\$\1\$|$)|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|[\s\S]/g

/** A comment is white space; a literal still stands in the place of a value. */
function literal(token: string): string {
  const blanked = token.replace(/[^\n]/g, ' ')
  return /^(--|\/\*)/.test(token) ? blanked : `'${blanked.slice(2)}${token.length > 1 ? "'" : ''}`
}

/** A function with a body in standard SQL holds semicolons between BEGIN ATOMIC and END. */
function blocksAfter(token: string, head: string, blocks: number): number {
  if (!/^(begin|case|end)$/i.test(token)) return blocks
  if (/^end$/i.test(token)) return Math.max(0, blocks - 1)
  const isBody = /^create\s+(or\s+replace\s+)?(function|procedure)\b/i.test(head)
  return isBody && (blocks > 0 || /^begin$/i.test(token)) ? blocks + 1 : blocks
}
