import { variableName } from '../../fields/environment.ts'
import type { Rule } from './rule.ts'
import type { ShellCommand } from './shell-commands.ts'
import { foundIn, shellOf, type Source } from './sources.ts'

/** Built into the shell: what they are given is in no list of processes. */
const BUILT_IN = new Set('echo printf test [ [[ export set : read eval case local unset'.split(' '))

/** Options that take a password as the next word, or right behind them, by program. */
const TAKES_PASSWORD: readonly (readonly [RegExp, RegExp])[] = [
  [/^(mysql|mariadb)/, /^-p(?<value>.+)$/s],
  [/^(redis-cli|valkey-cli)$/, /^(-a|--pass)$/],
  [/^(sshpass|mongo|mongosh|mongodump|mongorestore)$/, /^-p$/],
  [/^curl$/, /^(-u|--user|--proxy-user)$/],
  [/./, /^--?(password|passwd|token|secret|api-key)(=(?<value>.*))?$/s],
]

export const secretInArgument: Rule = {
  id: 'R015',
  name: 'secret-in-argument',
  severity: 'error',
  title: 'A command gives a secret to a program as an argument',
  why: 'Arguments are shown by ps to everybody on the host, and stand in logs of what was started. Where the secret went through another variable first, this is a warning.',
  fix: 'Let the program read it from its environment, from its input or from a file that only its owner reads.',
  example: {
    wrong: `script: mysql -u shop -p"$SHOP_PASSWORD" -e 'select 1'`,
    right: `script: MYSQL_PWD="$SHOP_PASSWORD" mysql -u shop -e 'select 1'`,
  },
  find: ({ steps }) => {
    const variables = new Map<Source, SecretVariables>()
    return shellOf(steps).flatMap(({ source, command }) => {
      const { words, passed, text } = command
      // What docker starts in a container stands in docker's own arguments too, which were looked at.
      const isRepeated = command.inside !== undefined && text.includes('docker')
      const name = command.name === '' ? 'env' : command.name
      const known = variables.get(source) ?? secretVariablesIn(source)
      variables.set(source, known)
      const { named, given } = known
      const secret = isRepeated
        ? undefined
        : (given(words) ?? (passed.length > 0 ? given(passed) : undefined))
      if (BUILT_IN.has(name) || (command.name === '' && passed.length === 0)) return []
      if (secret === undefined && !passwordIn(command)) return []
      const what = secret === undefined ? 'a password' : `the secret ${named(secret)}`
      const message = `${name} is given ${what} as an argument, which everybody on the host can read`
      const found = foundIn(source, text, message, 'give it by environment or by input')
      const isTraced = secret !== undefined && named(secret) !== secret && !passwordIn(command)
      return isTraced ? { ...found, severity: 'warning' } : found
    })
  },
}

/** A password that is written out. */
function passwordIn({ name, words }: ShellCommand): boolean {
  return TAKES_PASSWORD.some(([program, option]) => {
    if (!program.test(name)) return false
    return words.some((word, index) => {
      const match = option.exec(word)
      if (!match) return false
      const value = (match.groups?.['value'] ?? words[index + 1] ?? '').replace(/["']/g, '')
      // Whose value is a variable, that was looked at; a name without a colon is no password.
      const isUser = name === 'curl' && /^(-u|--user|--proxy-user)$/.test(word)
      return isUser ? /^[^:$]*:[^$]/.test(value) : /^[^-$<>|`]/.test(value) && value.length >= 4
    })
  })
}

/** Which variables of a script hold a secret: those of its environment, and those that were set from them. */
interface SecretVariables {
  /** The first of them that words would fill in. */
  given(words: readonly string[]): string | undefined
  /** The one of the environment that it comes from. */
  named(variable: string): string
}

const MOST_HANDED_ON = 3

function secretVariablesIn({ step, text }: Source): SecretVariables {
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
