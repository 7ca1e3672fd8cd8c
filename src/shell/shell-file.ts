import { dirname, join } from 'node:path'
import { lines, quote, Script } from './script.ts'
import { Secret } from './secret.ts'
import { sourceText } from './source-text.ts'

/** The variables that a script declares in its first lines with `: "${name?}"`. A list becomes one line per item. */
export type Variables = Readonly<Record<string, string | number | readonly string[]>>

const read = new Map<string, string>()

/**
 * Returns the script in a file of src/steps, such as `move/apply.sh`, after assignments of `variables` and with `words` as its
 * "$@". Inserts each file that it includes with `. ../shared/x.sh` once. Reads each file once.
 * @throws TypeError for a secret, which belongs in the environment, or if `variables` differ from those that it declares
 */
export function shellFile(file: string, variables: Variables = {}, words: readonly string[] = []): Script {
  const { text, declared } = included(file)
  const given = Object.keys(variables).sort()
  if (given.join() !== declared.join())
    throw new TypeError(`${file} declares ${declared.join(', ')}, but got ${given.join(', ')}`)
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${word(value)}\n`)
  const positional = words.length === 0 ? '' : `set -- ${words.map(quote).join(' ')}\n`
  return new Script(assignments.join('') + positional + text)
}

/** Returns a file of src/steps unchanged: an awk program or SQL for a variable of a script. */
export function textFile(file: string): string {
  const known = read.get(file) ?? sourceText(join('steps', file))
  read.set(file, known)
  return known
}

/** Joins scripts, each in a subshell that may exit early. The script ends with the exit code of the first that fails. */
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
      .filter((line) => !line.trimStart().startsWith('# shellcheck '))
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
    throw new TypeError('a secret cannot be part of a script; pass it in the environment')
  return quote(typeof value === 'object' ? value.join('\n') : String(value))
}
