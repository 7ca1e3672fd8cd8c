import type { Rule } from './rule.ts'
import { foundIn, shellOf } from './sources.ts'

export const removesVolumes: Rule = {
  id: 'R021',
  name: 'removes-volumes',
  severity: 'error',
  title: 'A command removes volumes',
  why: 'A volume that was ever served holds rows that are nowhere else; no rollback brings them back.',
  fix: 'Leave volumes: a restore goes into a fresh one beside them. compose-down keeps them.',
  example: {
    wrong: `script: docker compose -p shop down -v`,
    right: `script: docker compose -p shop down`,
  },
  find: ({ steps }) =>
    shellOf(steps, ['script', 'undo']).flatMap(({ source, command: { name, words, text } }) => {
      const compose = name === 'docker-compose' || (name === 'docker' && words[0] === 'compose')
      const down =
        compose && words.includes('down') && words.some((word) => word === '--volumes' || /^-v$/.test(word))
      const removed = name === 'docker' && words[0] === 'volume' && /^(rm|remove|prune)$/.test(words[1] ?? '')
      return down || removed
        ? foundIn(source, text, 'removes volumes, with every row in them', 'keep them')
        : []
    }),
}
