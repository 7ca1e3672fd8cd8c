import { bare, behind, scriptIn } from './command-behind.ts'
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
 * The simple commands of a script, those within $(…), `sh -c '…'` and `docker exec` too. Enough to find what must not be
 * there, not a shell: bodies of here-documents are left out. Linear in the length of the script.
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
  const bodies: string[] = []

  const endWord = (): void => {
    if (word !== '') words.push(word)
    word = ''
  }
  const endCommand = (end: number): void => {
    endWord()
    add(words, script.slice(start, end).trim(), reading)
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
      const [body] = operator === '<<' ? (/^-?\s*['"]?(\w+)['"]?/.exec(script.slice(at, at + 80)) ?? []) : []
      if (body !== undefined) bodies.push(body.replace(/[^\w]/g, ''))
    } else if (character === '\n' && bodies.length > 0) {
      endCommand(at)
      for (const body of bodies.splice(0)) at = afterBody(script, at, body)
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

/** The offset of the line break that ends a here-document. */
function afterBody(script: string, from: number, mark: string): number {
  let at = from
  while (at >= 0 && at < script.length) {
    const end = script.indexOf('\n', at + 1)
    if (script.slice(at + 1, end < 0 ? script.length : end).trim() === mark)
      return end < 0 ? script.length : end
    if (end < 0) return script.length
    at = end
  }
  return script.length
}

/** A simple command, and what it starts in its turn. */
function add(written: readonly string[], text: string, reading: Reading): void {
  const { nested, found, inside } = reading
  const { words, ...before } = behind(written)
  if (words.length === 0 && before.assignments.length === 0) return
  const name = bare(words[0] ?? '').replace(/^.*\//, '')
  const command = {
    ...before,
    name,
    words: name === 'docker' ? withoutGlobals(words.slice(1)) : words.slice(1),
    text,
    ...(inside === undefined ? {} : { inside }),
  }
  found.push(command)
  if (nested >= MOST_NESTED) return
  const deeper = { ...reading, nested: nested + 1 }
  const script = scriptIn(name, command.words)
  if (script !== undefined) read(script, 0, { ...deeper, closes: '' })
  const started = startedInside(command)
  if (started) add(started.words, text, { ...deeper, inside: started.inside })
}
