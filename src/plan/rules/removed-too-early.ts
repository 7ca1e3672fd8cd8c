import type { Rule } from './rule.ts'
import { isOrContains } from './resources.ts'

export const removedTooEarly: Rule = {
  id: 'R009',
  name: 'removed-too-early',
  severity: 'error',
  title: 'A path is taken away although a later step still needs what is in it',
  why: 'Lists of what to clean up are taken from documents, and a path in them may hold the only backup, or what the live stack is started from.',
  fix: 'Take it away after its last use, or not at all; of what holds a backup, only the rest.',
  example: {
    wrong: `- { step: clean, kind: quarantine, paths: [/srv/old] }
- { step: copy, kind: volume-restore, from: /srv/old/backup, volume: shop_db }`,
    right: `- { step: copy, kind: volume-restore, from: /srv/old/backup, volume: shop_db }
- { step: clean, kind: quarantine, paths: [/srv/old/site] }`,
  },
  find: (plan) =>
    plan.steps.flatMap((step) =>
      step.effects.flatMap((removed) => {
        if (removed.how !== 'deletes' || removed.what !== 'path') return []
        const later = plan.steps.filter((other) => plan.before(step, other))
        for (const user of later)
          for (const used of user.effects) {
            if (
              used.host !== removed.host ||
              used.what !== 'path' ||
              used.how === 'creates' ||
              !isOrContains(removed.name, used.name)
            )
              continue
            const madeAgain = later.some(
              (maker) =>
                plan.before(maker, user) &&
                maker.effects.some(
                  ({ how, what, name, host }) =>
                    host === used.host &&
                    how === 'creates' &&
                    what === 'path' &&
                    (isOrContains(name, used.name) || isOrContains(used.name, name)),
                ),
            )
            if (!madeAgain)
              return {
                at: step,
                message: `${step.id} takes away ${removed.name}, and ${user.id} needs ${used.name} later`,
                hint: `put ${user.base} before ${step.base}, or leave ${used.name} where it is`,
              }
          }
        return []
      }),
    ),
}
