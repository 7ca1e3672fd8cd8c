import { bare, behind, isShell, scriptIn } from './command-behind.ts'
import { startedInside, withoutGlobals, type Inside } from './docker-words.ts'

/** One simple command of a script: `docker stop web`, without what it is joined to or started by. */
export interface ShellCommand {
  /** The program, without its folder. */
  readonly name: string
  /** What follows it, as written, quotes included; of docker, from its verb on. */
  readonly words: readonly string[]
  /** `A=b` before the program. */
  readonly assignments: readonly string[]
  /** `A=b` that env or sudo was given for it. */
  readonly passed: readonly string[]
  /** As it stands in the script. */
  readonly text: string
  /** xargs gives it more words. */
  readonly byXargs: boolean
  /** Where Docker starts it in a container. */
  readonly inside?: Inside
}

const MOST_NESTED = 20

/**
 * The simple commands of a script, those within $(…), `sh -c '…'`, `sh <<END` and `docker exec` too. Enough to find what
 * must not be there, not a shell: of here-documents only what a shell reads is looked at. Linear in the length of the script.
 */
export function commandsIn(script: string): readonly ShellCommand[] {
  const found: ShellCommand[] = []
  read(script, 0, { nested: 0, closes: '', found })
  return found
}

interface Reading {
  readonly nested: number
  /** The character that ends it. */
  readonly closes: string
  readonly found: ShellCommand[]
  readonly inside?: Inside
}

/** Reads to the end or to what closes it; gives the offset after that. */
function read(script: string, from: number, reading: Reading): number {
  const { nested, closes } = reading
  let words: string[] = []
  let word = ''
  let start = from
  let at = from
  /** Here-documents that begin at the next line, and who reads them. */
  let bodies: { readonly mark: string; reader?: ShellCommand | undefined }[] = []

  const endWord = (): void => {
    if (word !== '') words.push(word)
    word = ''
  }
  const endCommand = (end: number): void => {
    endWord()
    const reader = add(words, script.slice(start, end).trim(), reading)
    for (const body of bodies) if (!('reader' in body)) body.reader = reader
    words = []
    start = end + 1
  }
  const substitution = (length: number, end: string): void => {
    if (nested >= MOST_NESTED) {
      word += script.slice(at, at + length)
      at += length
      return
    }
    const after = read(script, at + length, { ...reading, nested: nested + 1, closes: end })
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
        if (reader && readsScript(reader)) nest(script.slice(at, end), reading, reader.inside)
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

/** Where the body of a here-document ends that begins at this line break, and the line of its mark. */
function bodyEnd(script: string, from: number, mark: string): readonly [number, number] {
  for (let at = from; at < script.length;) {
    const next = script.indexOf('\n', at + 1)
    const end = next < 0 ? script.length : next
    if (script.slice(at + 1, end).trim() === mark) return [at, end]
    at = end
  }
  return [script.length, script.length]
}

/** A shell that is given no script: it reads one from its input. */
function readsScript({ name, words }: ShellCommand): boolean {
  const end = words.findIndex((word) => /^[<>]/.test(word))
  const own = words.slice(0, end < 0 ? words.length : end)
  return isShell(name) && (own.includes('-s') || own.every((word) => /^-(?!\w*c)/.test(word)))
}

/** A script within a script. */
function nest(script: string, { nested, found, inside: around }: Reading, inside = around): void {
  if (nested >= MOST_NESTED) return
  read(script, 0, { nested: nested + 1, closes: '', found, ...(inside === undefined ? {} : { inside }) })
}

/** A simple command, and what it starts in its turn. Gives the last that is started: it reads the input. */
function add(written: readonly string[], text: string, reading: Reading): ShellCommand | undefined {
  const { nested, found, inside } = reading
  const { words, ...before } = behind(written)
  if (words.length === 0 && before.assignments.length === 0) return undefined
  const name = bare(words[0] ?? '').replace(/^.*\//, '')
  const command = {
    ...before,
    name,
    words: name === 'docker' ? withoutGlobals(words.slice(1)) : words.slice(1),
    text,
    ...(inside === undefined ? {} : { inside }),
  }
  found.push(command)
  const script = scriptIn(name, command.words)
  if (script !== undefined) nest(script, reading)
  const started = nested < MOST_NESTED ? startedInside(command) : undefined
  if (!started) return command
  return add(started.words, text, { ...reading, nested: nested + 1, inside: started.inside }) ?? command
}
