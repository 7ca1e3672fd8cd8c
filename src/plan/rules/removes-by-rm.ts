import type { Rule } from './rule.ts'
import { foundIn, shellOf } from './sources.ts'

export const removesByRm: Rule = {
  id: 'R020',
  name: 'removes-by-rm',
  severity: 'warning',
  title: 'A command removes a directory for good',
  why: 'A path may be a bind mount, or hold the only backup; rm looks at neither and nothing brings it back.',
  fix: 'Use quarantine, which looks who counts on the path and only renames it.',
  example: {
    wrong: `script: rm -rf /srv/old`,
    right: `kind: quarantine
paths: [/srv/old]`,
  },
  find: ({ steps }) =>
    shellOf(steps, ['script']).flatMap(({ source, command: { name, words, text } }) => {
      const recursive = words.some((word) => /^-\w*[rR]/.test(word) || word === '--recursive')
      const scratch = words.some((word) =>
        /^["']?(\/tmp\/|\/var\/tmp\/|\$\{?(tmp|work|TMPDIR|scratch))/.test(word),
      )
      if (name !== 'rm' || !recursive || scratch) return []
      return foundIn(source, text, 'rm -r looks at nothing and cannot be undone', 'use the kind quarantine')
    }),
}
