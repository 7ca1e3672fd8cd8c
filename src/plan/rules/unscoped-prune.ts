import type { Rule } from './rule.ts'
import { foundIn, shellOf } from './sources.ts'

export const unscopedPrune: Rule = {
  id: 'R013',
  name: 'unscoped-prune',
  severity: 'error',
  title: 'A command prunes whatever is unused at the moment',
  why: 'Unused at the moment is also the old stack, which is stopped: with its images the way back is deleted, and other projects lose theirs.',
  mend: 'Use prune, which takes what it is told of named projects and keeps the images under another name.',
  example: {
    wrong: `script: docker system prune -af`,
    right: `kind: prune
images: { projects: [shop] }`,
  },
  find: ({ steps }) =>
    shellOf(steps).flatMap(({ source, command: { name, words, text } }) => {
      if (name !== 'docker' || !words.includes('prune') || words.some((word) => word.startsWith('--filter')))
        return []
      if (words[0] === 'builder' || words[0] === 'buildx') return []
      return foundIn(
        source,
        text,
        `docker ${words[0]} prune deletes what is unused at the moment, whoever it belongs to`,
        'use the kind prune',
      )
    }),
}
