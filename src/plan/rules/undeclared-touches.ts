import type { Rule } from './rule.ts'
import { foundIn, shellOf } from './sources.ts'

const CHANGES = /^(stop|start|restart|kill|rm|rmi|up|down|create|run|pause|unpause|prune|rename|update|tag)$/

export const undeclaredTouches: Rule = {
  id: 'R024',
  name: 'undeclared-touches',
  severity: 'warning',
  title: 'A command changes what Docker has, and does not say what it touches',
  why: 'Scope, order and collisions are checked by what steps touch. Of a command nobody knows that, unless it says so.',
  fix: 'Write touches: a list of how, what and name.',
  example: {
    wrong: `script: docker compose -p shop stop
undo: docker compose -p shop start`,
    right: `script: docker compose -p shop stop
undo: docker compose -p shop start
touches: [{ how: changes, what: project, name: shop }]`,
  },
  find: ({ steps }) =>
    steps.flatMap((step) => {
      if (!step.traits.runsScript || step.declared.length > 0) return []
      const [change] = shellOf([step], ['script']).filter(({ command: { name, words } }) => {
        if (name !== 'docker' && name !== 'docker-compose') return false
        return words.some((word) => CHANGES.test(word))
      })
      if (!change) return []
      return foundIn(
        change.source,
        change.command.text,
        `${step.id} does not say what it touches`,
        'write touches: how, what and name',
      )
    }),
}
