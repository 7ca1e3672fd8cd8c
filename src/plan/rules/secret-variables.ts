import { variableName } from '../../fields/environment.ts'
import type { Source } from './sources.ts'

/** Which variables of a script hold a secret: those of its environment, and those that were set from them. */
export interface SecretVariables {
  /** The first of them that words would fill in. */
  given(words: readonly string[]): string | undefined
  /** The one of the environment that it comes from. */
  named(variable: string): string
}

const MOST_HANDED_ON = 3

export function secretVariablesIn({ step, text }: Source): SecretVariables {
  // A shell knows no other names.
  const names = step.secretVariables.filter((name) => variableName.safeParse(name).success)
  const from = new Map(names.map((name) => [name, name]))
  const given = (words: readonly string[]): string | undefined => {
    const open = words.map(filledIn).join(' ')
    return [...from.keys()].find((name) => new RegExp(`\\$(${name}(?!\\w)|\\{${name}[^\\w])`).test(open))
  }
  for (let times = 0; times < MOST_HANDED_ON && from.size > 0; times += 1)
    for (const [, name = '', value = ''] of text.matchAll(
      /(?:^|[\s;&(])([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|[^\s;&|"']+)/g,
    )) {
      const secret = given([value])
      // Of one that is handed on to a single program, `A=$B program`, nobody else gets it.
      if (secret !== undefined && !from.has(name)) from.set(name, from.get(secret) ?? secret)
    }
  return { given, named: (variable) => from.get(variable) ?? variable }
}

/**
 * What the shell fills in within a word: nothing in single quotes, and of $(…) only what it merely prints; the rest was
 * looked at by itself.
 */
function filledIn(word: string): string {
  if (word.startsWith("'")) return ''
  return word.replace(/\$\(\s*([^()]*)\)|`([^`]*)`/g, (_, inside?: string, quoted?: string) => {
    const printed = inside ?? quoted ?? ''
    return /^(echo|printf)\b[^|;&]*$/.test(printed) ? printed : ''
  })
}
