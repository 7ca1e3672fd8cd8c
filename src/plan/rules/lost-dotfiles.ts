import type { Rule } from './rule.ts'
import { foundIn, shellOf } from './sources.ts'

export const lostDotfiles: Rule = {
  id: 'R018',
  name: 'lost-dotfiles',
  severity: 'warning',
  title: 'A copy of everything that a * finds, which leaves dotfiles behind',
  why: 'A * does not stand for names that begin with a dot: .env and .htaccess stay behind, and the copy looks whole.',
  fix: 'Copy the directory itself: cp -a folder/. target, or use file-copy, which proves it.',
  example: {
    wrong: `script: cp -a /srv/old/* /srv/new/`,
    right: `script: cp -a /srv/old/. /srv/new/`,
  },
  find: ({ steps }) =>
    shellOf(steps, ['script']).flatMap(({ source, command: { name, words, text } }) => {
      const word = words.slice(0, -1).find((one) => /\/\*["']?$/.test(one))
      if (!['cp', 'rsync', 'mv'].includes(name) || word === undefined) return []
      return foundIn(
        source,
        text,
        `${word} leaves out names that begin with a dot`,
        'copy the directory itself',
      )
    }),
}
