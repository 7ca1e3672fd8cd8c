import type { Rule } from './rule.ts'
import { foundIn, shellOf } from './sources.ts'

const CHANGES = new Set([
  'rm',
  'mv',
  'cp',
  'rsync',
  'chown',
  'chmod',
  'install',
  'tar',
  'ln',
  'mkdir',
  'rmdir',
])

export const emptyPath: Rule = {
  id: 'R016',
  name: 'empty-path',
  severity: 'error',
  title: 'A path that is / when its variable is empty',
  why: 'A variable whose command failed is empty, and $TARGET/ is then the root of the host: a copy goes there and changes its mode, which locks everybody out.',
  fix: 'Write ${TARGET:?} so that an empty one stops the script, or write the path out.',
  example: {
    wrong: `script: cp -a /backup/site/. $TARGET/`,
    right: `script: cp -a /backup/site/. "\${TARGET:?}/"`,
  },
  find: ({ steps }) =>
    shellOf(steps, ['script', 'undo']).flatMap(({ source, command: { name, words, text } }) => {
      const word = words.find((one) => /^"?(\$\w+|\$\{\w+\})"?\/\*?"?$/.test(one))
      if (!CHANGES.has(name) || word === undefined) return []
      return foundIn(source, text, `${word} is / when the variable is empty`, 'write ${NAME:?}')
    }),
}
