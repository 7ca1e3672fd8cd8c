import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { lines, quote, Script } from './script.ts'
import { Secret } from './secret.ts'

/** The variables of a script: what it declares in its first lines by `: "${name?}"`. A list is one word to a line. */
export type Variables = Readonly<Record<string, string | number | readonly string[]>>

const read = new Map<string, string>()

/**
 * The script in a file of src/steps, such as `move/apply.sh`, with `variables` assigned in front of it and `words` as its
 * "$@". What it includes by `. ../shared/x.sh` stands in its place, once. Read when it is first asked for.
 * @throws TypeError for a secret, which goes by environment, and where the variables are not those that it declares
 */
export function shellFile(file: string, variables: Variables = {}, words: readonly string[] = []): Script {
  const { text, declared } = included(file)
  const given = Object.keys(variables).sort()
  if (given.join() !== declared.join())
    throw new TypeError(`${file} declares ${declared.join(', ')}, and was given ${given.join(', ')}`)
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${word(value)}\n`)
  const positional = words.length === 0 ? '' : `set -- ${words.map(quote).join(' ')}\n`
  return new Script(assignments.join('') + positional + text)
}

/** A file of src/steps as it is: an awk program or SQL that a script gets as a variable. */
export function textFile(file: string): string {
  const known = read.get(file) ?? readFileSync(join(import.meta.dirname, '..', 'steps', file), 'utf8')
  read.set(file, known)
  return known
}

/** Each part in a shell of its own, which may end early; where one fails, the script ends as it did. */
export function inSubshells(...parts: readonly Script[]): Script {
  return lines(...parts.map(({ text }) => new Script(`(\n${text}\n) || exit`)))
}

interface Included {
  readonly text: string
  readonly declared: readonly string[]
}

const scripts = new Map<string, Included>()

function included(file: string): Included {
  const known = scripts.get(file)
  if (known) return known
  const declared = new Set<string>()
  const met = new Set<string>()
  const include = (name: string): string => {
    if (met.has(name)) return ''
    met.add(name)
    return textFile(name)
      .split('\n')
      .filter((line) => !line.startsWith('# shellcheck '))
      .map((line) => {
        const [, other] = /^\. (\S+\.sh)$/.exec(line) ?? []
        if (other !== undefined) return include(join(dirname(name), other))
        if (!line.startsWith(': "${')) return `${line}\n`
        for (const [, variable = ''] of line.matchAll(/"\$\{(\w+)\?\}"/g)) declared.add(variable)
        return ''
      })
      .join('')
  }
  const text = include(file).trimEnd()
  const script = { text, declared: [...declared].sort() }
  scripts.set(file, script)
  return script
}

function word(value: Variables[string]): string {
  if ([value as unknown].flat().some((one) => one instanceof Secret))
    throw new TypeError('a secret cannot be in the text of a command')
  return quote(typeof value === 'object' ? value.join('\n') : String(value))
}
