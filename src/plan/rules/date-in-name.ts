import type { Rule } from './rule.ts'
import { foundIn, shellOf } from './sources.ts'

export const dateInName: Rule = {
  id: 'R019',
  name: 'date-in-name',
  severity: 'error',
  title: 'A move to a name with the date in it',
  why: 'A second time on the same day the target is there, and mv puts the directory into it. A retry the day after moves what is there by then.',
  fix: 'Use move with ${{ run.id }} in the name: it refuses a target that is there and knows what it has moved.',
  example: {
    wrong: `script: mv /srv/shop /srv/shop_$(date +%Y%m%d)`,
    right: `kind: move
from: /srv/shop
to: /srv/shop_\${{ run.id }}`,
  },
  find: ({ steps }) =>
    shellOf(steps, ['script', 'undo']).flatMap(({ source, command: { name, words, text } }) => {
      const dated = words.some((word) => /(\$\(|`)\s*date\b/.test(word))
      if (!dated || !(name === 'mv' || (name === 'cp' && words.some((word) => /^-\w*[ra]/.test(word)))))
        return []
      return foundIn(
        source,
        text,
        `${name} to a name with the date in it goes into the one that an earlier try has left`,
        'use the kind move, with ${{ run.id }}',
      )
    }),
}
