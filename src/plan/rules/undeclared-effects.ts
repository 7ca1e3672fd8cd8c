import type { Rule } from './rule.ts'
import { foundIn, shellOf } from './sources.ts'

const CHANGES = /^(stop|start|restart|kill|rm|rmi|up|down|create|run|pause|unpause|prune|rename|update|tag)$/

export const undeclaredEffects: Rule = {
  id: 'R024',
  name: 'undeclared-effects',
  severity: 'warning',
  title: 'A command changes Docker objects and declares no effects',
  why: 'Scope, order and collisions are computed from the effects of steps. The effects of a command are unknown unless it declares them.',
  fix: 'Write effects: a list of how, what and name.',
  example: {
    wrong: `script: docker compose -p shop stop
undo: docker compose -p shop start`,
    right: `script: docker compose -p shop stop
undo: docker compose -p shop start
effects: [{ how: modifies, what: project, name: shop }]`,
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
        `${step.id} declares no effects`,
        'write effects: how, what and name',
      )
    }),
}
