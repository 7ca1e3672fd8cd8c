import type { RuleFinding, PlanView, Rule, StepView } from './rule.ts'
import { startsOf, type Start } from './starts.ts'
import { phaseHint, sameThing } from './resources.ts'

export const databaseUpBeforeCopy: Rule = {
  id: 'R006',
  name: 'database-up-before-copy',
  severity: 'error',
  title: 'A stack is started before the data is copied into what it uses, or while it is copied',
  why: 'A database that runs while its files are replaced mixes both: neither the old rows nor the new, and every check of health stays green.',
  fix: 'Copy first, into a fresh volume that nothing uses, and let the start wait for the copy.',
  example: {
    wrong: `- { step: start, kind: compose-up, file: /srv/shop/compose.yaml, project: shop }
- { step: copy, kind: volume-restore, from: /backup/db, volume: shop_db }`,
    right: `- { step: copy, kind: volume-restore, from: /backup/db, volume: shop_db }
- { step: start, kind: compose-up, file: /srv/shop/compose.yaml, project: shop }`,
  },
  find(plan) {
    const starts = startsOf(plan)
    return plan.steps
      .filter(({ traits }) => traits.fillsFromBackup)
      .flatMap((copy) => {
        for (const start of starts) {
          const filled = filledWhileUsed(copy, start, plan)
          if (filled.length > 0) return told(copy, start.step, filled, plan)
        }
        return []
      })
  },
}

/** What a copy fills and a stack uses that is not known to start only afterwards. */
function filledWhileUsed(copy: StepView, start: Start, plan: PlanView): readonly string[] {
  const { step, mounts } = start
  if (step.host !== copy.host || step.id === copy.id || plan.before(copy, step)) return []
  if (stoppedBetween(start, copy, plan)) return []
  const used = mounts.filter(({ readOnly }) => !readOnly)
  return copy.effects
    .filter(
      (effect) =>
        effect.how !== 'reads' &&
        used.some(({ what, name }) => sameThing(effect, { how: 'reads', what, name, host: step.host })),
    )
    .map(({ name }) => name)
}

/** Whether what was started is stopped, or taken down, before another step. */
export function stoppedBetween({ step, project }: Start, later: StepView, plan: PlanView): boolean {
  return plan.steps.some(
    (other) =>
      !other.traits.startsStack &&
      plan.before(step, other) &&
      plan.before(other, later) &&
      other.effects.some(({ how, what, name }) => how !== 'reads' && what === 'project' && name === project),
  )
}

function told(copy: StepView, start: StepView, filled: readonly string[], plan: PlanView): RuleFinding {
  const names = filled.join(', ')
  if (plan.before(start, copy))
    return {
      at: copy,
      message: `${copy.id} fills ${names} after ${start.id} has started the stack that uses it`,
      hint: `put ${copy.base} before ${start.base}`,
    }
  return {
    at: copy,
    message: `${copy.id} fills ${names} while ${start.id} may start the stack that uses it`,
    hint:
      copy.phase === start.phase
        ? `let ${start.base} wait for it: needs: [${copy.base}]`
        : phaseHint(copy, start, plan),
  }
}
