import type { PlacedTouch } from '../touches.ts'
import type { PlanView, Rule, StepView } from './rule.ts'
import { sameThing } from './things.ts'

export const stepsCollide: Rule = {
  id: 'R003',
  name: 'steps-collide',
  severity: 'error',
  title: 'Two steps may run at the same time and touch the same thing, and one of them does more than read',
  why: 'A copy that is compared while another step writes to it proves nothing, and of two writers nobody knows which was last.',
  mend: 'Let one wait for the other with needs.',
  example: {
    wrong: `- { step: answers, kind: compose-check, needs: [], project: shop, services: [web], within: 1 minute }`,
    right: `- { step: answers, kind: compose-check, needs: [start], project: shop, services: [web], within: 1 minute }`,
  },
  find: (plan) =>
    plan.steps.flatMap((other, index) =>
      plan.steps.slice(0, index).flatMap((one) => {
        const shared = mayOverlap(one, other, plan) ? sharedThing(one.touches, other.touches) : undefined
        if (shared === undefined) return []
        return {
          at: other,
          message: `${one.id} and ${other.id} may run at the same time and both touch ${shared}`,
          hint:
            one.phase === other.phase
              ? `let one wait for the other: needs: [${one.base}]`
              : `let phase ${other.phase} wait for phase ${one.phase}`,
        }
      }),
    ),
}

function mayOverlap(one: StepView, other: StepView, plan: PlanView): boolean {
  return one.id !== other.id && !plan.before(one, other) && !plan.before(other, one)
}

/** The first thing that both touch and one of them changes. */
function sharedThing(touches: readonly PlacedTouch[], others: readonly PlacedTouch[]): string | undefined {
  const found = touches.find((touch) =>
    others.some((other) => (touch.how !== 'reads' || other.how !== 'reads') && sameThing(touch, other)),
  )
  return found && `${found.what} ${found.name} on ${found.host}`
}
