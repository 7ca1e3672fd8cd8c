import type { Rule } from './rule.ts'
import { foundIn, shellOf } from './sources.ts'

export const handWrittenEnv: Rule = {
  id: 'R025',
  name: 'hand-written-env',
  severity: 'warning',
  title: 'A command writes an env file by itself',
  why: 'Such a file is readable by everybody unless somebody thinks of it, and Compose fills in the dollars in it: abc$def arrives as abc.',
  fix: 'Use env-file: 0600, escaped, and compared with what arrives in a container.',
  example: {
    wrong: `script: printf 'DOMAIN=%s\\n' "$DOMAIN" > /srv/shop/.env`,
    right: `kind: env-file
path: /srv/shop/.env`,
  },
  find: ({ steps }) =>
    shellOf(steps, ['script']).flatMap(({ source, command: { words, text } }) => {
      const into = words.find(
        (word, index) => /(^|\/)[\w.-]*\.env["']?$/.test(word) && /^>>?$|^tee$/.test(words[index - 1] ?? ''),
      )
      return into === undefined
        ? []
        : foundIn(source, text, `${into} is written by hand`, 'use the kind env-file')
    }),
}
