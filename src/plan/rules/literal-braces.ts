import type { Rule } from './rule.ts'
import { foundIn, shellOf } from './sources.ts'

export const literalBraces: Rule = {
  id: 'R017',
  name: 'literal-braces',
  severity: 'error',
  title: 'A list in braces, which sh takes as it is written',
  why: 'Scripts run under sh: {a,b} is one name there, with the braces in it, and "..." is a directory of that name.',
  fix: 'Use directories with a list of paths, or write each name out.',
  example: {
    wrong: `script: mkdir -p /srv/shop/{caddy,sites}`,
    right: `script: mkdir -p /srv/shop/caddy /srv/shop/sites`,
  },
  find: ({ steps }) =>
    shellOf(steps, ['script', 'undo']).flatMap(({ source, command: { name, words, text } }) => {
      if (source.file && /^#!.*bash/.test(source.text)) return []
      if (!['mkdir', 'rm', 'cp', 'mv', 'touch', 'chmod', 'chown', 'rsync', 'ls'].includes(name)) return []
      const word = words.find(
        (one) => /^[^"'$]*\{[^{}\s$]*,[^{}\s]*\}/.test(one) || /(^|\/)\.\.\.(\/|$)/.test(one),
      )
      return word === undefined
        ? []
        : foundIn(source, text, `sh takes ${word} as one name`, 'write each name out')
    }),
}
