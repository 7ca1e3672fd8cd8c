import { variableName } from '../../fields/environment.ts'
import type { Rule } from './rule.ts'
import type { ShellCommand } from './shell-commands.ts'
import { foundIn, shellOf, type Source } from './sources.ts'

/** Shell builtins: their arguments appear in no process list. */
const BUILT_IN = new Set('echo printf test [ [[ export set : read eval case local unset'.split(' '))

/** Options that take a password, attached or as the next word, by program. */
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
  title: 'A command passes a secret to a program as an argument',
  why: 'ps shows arguments to everybody on the host, and logs record them. Where the secret passed through another variable first, this is a warning.',
  fix: 'Pass it by environment, by standard input, or in a file that only its owner can read.',
  example: {
    wrong: `script: mysql -u shop -p"$SHOP_PASSWORD" -e 'select 1'`,
    right: `script: MYSQL_PWD="$SHOP_PASSWORD" mysql -u shop -e 'select 1'`,
  },
  find: ({ steps }) => {
    const variables = new Map<Source, SecretVariables>()
    return shellOf(steps).flatMap(({ source, command }) => {
      const { words, passed, text } = command
      // A command in a container is part of docker's own arguments, which are checked too.
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
      const message = `${name} gets ${what} as an argument, which everybody on the host can read`
      const found = foundIn(source, text, message, 'pass it by environment or standard input')
      const isTraced = secret !== undefined && named(secret) !== secret && !passwordIn(command)
      return isTraced ? { ...found, severity: 'warning' } : found
    })
  },
}

/** Whether an argument is a literal password. */
function passwordIn({ name, words }: ShellCommand): boolean {
  return TAKES_PASSWORD.some(([program, option]) => {
    if (!program.test(name)) return false
    return words.some((word, index) => {
      const match = option.exec(word)
      if (!match) return false
      const value = (match.groups?.['value'] ?? words[index + 1] ?? '').replace(/["']/g, '')
      // Variables are checked elsewhere; a user name without a colon holds no password.
      const isUser = name === 'curl' && /^(-u|--user|--proxy-user)$/.test(word)
      return isUser ? /^[^:$]*:[^$]/.test(value) : /^[^-$<>|`]/.test(value) && value.length >= 4
    })
  })
}

/** The variables of a script that hold secrets: those of its environment, and those set from them. */
interface SecretVariables {
  /** Returns the first secret variable that these words expand. */
  given(words: readonly string[]): string | undefined
  /** Returns the variable of the environment that the value comes from. */
  named(variable: string): string
}

const MAX_ASSIGNMENTS = 3

function secretVariablesIn({ step, text }: Source): SecretVariables {
  // Other names are no shell variables.
  const names = step.secretVariables.filter((name) => variableName.safeParse(name).success)
  const from = new Map(names.map((name) => [name, name]))
  const given = (words: readonly string[]): string | undefined => {
    const open = words.map(filledIn).join(' ')
    return [...from.keys()].find((name) => new RegExp(`\\$(${name}(?!\\w)|\\{${name}[^\\w])`).test(open))
  }
  for (let times = 0; times < MAX_ASSIGNMENTS && from.size > 0; times += 1)
    for (const [, name = '', value = ''] of text.matchAll(
      /(?:^|[\s;&(])([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|[^\s;&|"']+)/g,
    )) {
      const secret = given([value])
      if (secret !== undefined && !from.has(name)) from.set(name, from.get(secret) ?? secret)
    }
  return { given, named: (variable) => from.get(variable) ?? variable }
}

/**
 * The part of a word that the shell expands: nothing in single quotes; of $(…) only what echo or printf prints, since every
 * other command is checked on its own.
 */
function filledIn(word: string): string {
  if (word.startsWith("'")) return ''
  return word.replace(/\$\(\s*([^()]*)\)|`([^`]*)`/g, (_, inside?: string, quoted?: string) => {
    const printed = inside ?? quoted ?? ''
    return /^(echo|printf)\b[^|;&]*$/.test(printed) ? printed : ''
  })
}
