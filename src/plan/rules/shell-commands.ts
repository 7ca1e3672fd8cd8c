import { bare, unwrap, isShell, scriptIn } from './unwrap-command.ts'
import { startedInside, withoutGlobals, type Inside } from './docker-commands.ts'

/** One simple command of a script: `docker stop web`, without connectors and wrappers. */
export interface ShellCommand {
  /** The program, without its folder. */
  readonly name: string
  /** The words after it, as written, quotes included; of docker, without its global options. */
  readonly words: readonly string[]
  /** `A=b` before the program. */
  readonly assignments: readonly string[]
  /** `A=b` passed by env or sudo. */
  readonly passed: readonly string[]
  /** As written in the script. */
  readonly text: string
  /** xargs appends more words. */
  readonly byXargs: boolean
  /** The container that Docker starts it in. */
  readonly inside?: Inside
  /** The program whose output a pipe gives it. */
  readonly from?: string
}

const MAX_NESTING = 20

/**
 * Returns the simple commands of a script, also those in $(…), `sh -c '…'`, `sh <<END` and `docker exec`. Good enough to
 * find mistakes, not a shell: of here-documents it reads those that a shell reads. Linear in the length of the script.
 */
export function commandsIn(script: string): readonly ShellCommand[] {
  const found: ShellCommand[] = []
  read(script, 0, { nested: 0, closes: '', found })
  return found
}

interface Reading {
  readonly nested: number
  /** The character that ends it, or nothing. */
  readonly closes: string
  readonly found: ShellCommand[]
  readonly inside?: Inside
  /** The program whose output a pipe gives to its first command. */
  readonly from?: string | undefined
}

/** Reads to the end or to the closing character; returns the offset after it. */
function read(script: string, from: number, reading: Reading): number {
  const { nested, closes } = reading
  let words: string[] = []
  let word = ''
  let start = from
  let at = from
  /** Here-documents that start on the next line, and the commands that read them. */
  let bodies: { readonly mark: string; reader?: ShellCommand | undefined }[] = []
  let piped = reading.from
  let last: string | undefined

  const endWord = (): void => {
    if (word !== '') words.push(word)
    word = ''
  }
  const endCommand = (end: number): void => {
    endWord()
    const reader = add(words, script.slice(start, end).trim(), { ...reading, from: piped })
    for (const body of bodies) if (!('reader' in body)) body.reader = reader
    if (reader) last = reader.name
    words = []
    start = end + 1
    const isPipe =
      script.charAt(end) === '|' && script.charAt(end + 1) !== '|' && script.charAt(end - 1) !== '|'
    // After a pipe come line breaks, `|&`, or the parenthesis of a subshell.
    if (isPipe) piped = last
    else if (reader) piped = undefined
  }
  const substitution = (length: number, end: string): void => {
    if (nested >= MAX_NESTING) {
      word += script.slice(at, at + length)
      at += length
      return
    }
    const within = { ...reading, nested: nested + 1, closes: end, from: undefined }
    const after = read(script, at + length, within)
    word += script.slice(at, after)
    at = after
  }

  while (at < script.length) {
    const character = script.charAt(at)
    if (closes !== '' && character === closes) {
      endCommand(at)
      return at + 1
    }
    if (character === '\\') {
      if (script.charAt(at + 1) !== '\n') word += script.slice(at, at + 2)
      at += 2
    } else if (character === "'") {
      const end = script.indexOf("'", at + 1)
      const after = end < 0 ? script.length : end + 1
      word += script.slice(at, after)
      at = after
    } else if (character === '"') {
      word += '"'
      at += 1
      while (at < script.length && script.charAt(at) !== '"') {
        if (script.charAt(at) === '\\') {
          word += script.slice(at, at + 2)
          at += 2
        } else if (script.startsWith('$(', at)) substitution(2, ')')
        else {
          word += script.charAt(at)
          at += 1
        }
      }
      word += '"'
      at += 1
    } else if (script.startsWith('$(', at)) substitution(2, ')')
    else if (character === '`') substitution(1, '`')
    else if (character === '#' && word === '') {
      const end = script.indexOf('\n', at)
      at = end < 0 ? script.length : end
    } else if (character === '<' || character === '>') {
      const [operator = character] = /^[<>]+[&|]?/.exec(script.slice(at, at + 4)) ?? []
      endWord()
      words.push(operator)
      at += operator.length
      const [, mark] =
        operator === '<<' ? (/^-?\s*['"\\]?(\w+)['"]?/.exec(script.slice(at, at + 80)) ?? []) : []
      if (mark !== undefined) bodies.push({ mark })
    } else if (character === '\n' && bodies.length > 0) {
      endCommand(at)
      for (const { mark, reader } of bodies) {
        const [end, after] = bodyEnd(script, at, mark)
        if (reader && readsScript(reader))
          nest(script.slice(at, end), { ...reading, from: undefined }, reader.inside)
        at = after
      }
      bodies = []
      start = at
    } else if (/[\n;&|()]/.test(character)) {
      endCommand(at)
      at += 1
    } else if (character === ' ' || character === '\t' || character === '\r') {
      endWord()
      at += 1
    } else {
      word += character
      at += 1
    }
  }
  endCommand(script.length)
  return script.length
}

/** Returns the end of a here-document, and of the line of its end mark. `from` is the line break before it. */
function bodyEnd(script: string, from: number, mark: string): readonly [number, number] {
  for (let at = from; at < script.length;) {
    const next = script.indexOf('\n', at + 1)
    const end = next < 0 ? script.length : next
    if (script.slice(at + 1, end).trim() === mark) return [at, end]
    at = end
  }
  return [script.length, script.length]
}

/** Whether a command is a shell without a script: it reads one from its standard input. */
function readsScript({ name, words }: ShellCommand): boolean {
  const end = words.findIndex((word) => /^[<>]/.test(word))
  const own = words.slice(0, end < 0 ? words.length : end)
  return isShell(name) && (own.includes('-s') || own.every((word) => /^-(?!\w*c)/.test(word)))
}

/** Reads a script within a script. */
function nest(script: string, { nested, found, inside: around, from }: Reading, inside = around): void {
  if (nested >= MAX_NESTING) return
  read(script, 0, {
    nested: nested + 1,
    closes: '',
    found,
    from,
    ...(inside === undefined ? {} : { inside }),
  })
}

/** Adds a simple command and what it starts. Returns the innermost command, which reads the standard input. */
function add(written: readonly string[], text: string, reading: Reading): ShellCommand | undefined {
  const { nested, found, inside, from } = reading
  const { words, ...before } = unwrap(written)
  if (words.length === 0 && before.assignments.length === 0) return undefined
  const name = bare(words[0] ?? '').replace(/^.*\//, '')
  const command = {
    ...before,
    name,
    words: name === 'docker' ? withoutGlobals(words.slice(1)) : words.slice(1),
    text,
    ...(inside === undefined ? {} : { inside }),
    ...(from === undefined ? {} : { from }),
  }
  found.push(command)
  const script = scriptIn(name, command.words)
  if (script !== undefined) nest(script, reading)
  const started = nested < MAX_NESTING ? startedInside(command) : undefined
  if (!started) return command
  return add(started.words, text, { ...reading, nested: nested + 1, inside: started.inside }) ?? command
}
