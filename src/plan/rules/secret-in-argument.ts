import type { Rule } from './rule.ts'
import { foundIn, shellOf } from './sources.ts'

/** Built into the shell: what they are given is in no list of processes. */
const BUILT_IN = new Set([
  'echo',
  'printf',
  'test',
  '[',
  '[[',
  'export',
  'set',
  ':',
  'read',
  'eval',
  'case',
  '',
  'local',
  'unset',
])

export const secretInArgument: Rule = {
  id: 'R015',
  name: 'secret-in-argument',
  severity: 'error',
  title: 'A command gives a secret to a program as an argument',
  why: 'Arguments are shown by ps to everybody on the host, and stand in logs of what was started.',
  mend: 'Let the program read it from its environment, from its input or from a file that only its owner reads.',
  example: {
    wrong: `script: mysql -u shop -p"$SHOP_PASSWORD" -e 'select 1'`,
    right: `script: MYSQL_PWD="$SHOP_PASSWORD" mysql -u shop -e 'select 1'`,
  },
  find: ({ steps }) =>
    shellOf(steps).flatMap(({ source, command: { name, words, text } }) => {
      const secrets = source.step.secretVariables
      // Within single quotes nothing is filled in here; what is in $(…) was looked at by itself.
      const open = words.map((word) =>
        word.startsWith("'") ? '' : word.replace(/\$\([\s\S]*\)|`[^`]*`/g, ''),
      )
      const named = secrets.find((secret) =>
        open.some((word) => new RegExp(`\\$(${secret}(?!\\w)|\\{${secret}[^\\w])`).test(word)),
      )
      const literal = words.find((word) =>
        /^--?(password|passwd|token|secret|api-key)=[^$\s"']{4,}/.test(word),
      )
      if (BUILT_IN.has(name) || (named === undefined && literal === undefined)) return []
      const what = named === undefined ? 'a password' : `the secret ${named}`
      return foundIn(
        source,
        text,
        `${name} is given ${what} as an argument, which everybody on the host can read`,
        'give it by environment or by input',
      )
    }),
}
