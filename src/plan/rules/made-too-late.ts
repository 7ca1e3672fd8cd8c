import type { Rule } from './rule.ts'

export const madeTooLate: Rule = {
  id: 'R005',
  name: 'made-too-late',
  severity: 'error',
  title: 'A step uses what only a later step makes',
  why: 'It would wait for something that cannot come, or find what another run has left there.',
  fix: 'Put the step that makes it first, or name it in needs.',
  example: {
    wrong: `- { step: rows, kind: postgres-audit, backup: /backup/db, image: "postgres:17", volume: shop_db }
- { step: copy, kind: volume-restore, from: /backup/db, volume: shop_db }`,
    right: `- { step: copy, kind: volume-restore, from: /backup/db, volume: shop_db }
- { step: rows, kind: postgres-audit, backup: /backup/db, image: "postgres:17", volume: shop_db }`,
  },
  find: (plan) =>
    plan.steps.flatMap((step) => {
      const used = step.effects.filter(({ how }) => how === 'reads')
      for (const thing of used)
        for (const later of plan.steps) {
          const makes = later.effects.some(
            ({ how, what, name, host }) =>
              how === 'creates' && what === thing.what && name === thing.name && host === thing.host,
          )
          if (!makes || !plan.before(step, later)) continue
          const removedBetween = plan.steps.some(
            (other) =>
              plan.before(step, other) &&
              other.effects.some(
                ({ how, name, host }) => how === 'deletes' && name === thing.name && host === thing.host,
              ),
          )
          if (!removedBetween)
            return {
              at: step,
              message: `${step.id} uses ${thing.what} ${thing.name}, which ${later.id} makes only later`,
              hint: `put ${later.base} before it`,
            }
        }
      return []
    }),
}
