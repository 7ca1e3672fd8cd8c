import type { PlacedEffect } from '../scope/effects.ts'
import type { Mount } from './compose-mounts.ts'
import type { PlanView, Rule, StepView } from './rule.ts'
import { startsOf } from './starts.ts'
import { phaseHint, sameThing } from './resources.ts'

export const stepsCollide: Rule = {
  id: 'R003',
  name: 'steps-collide',
  severity: 'error',
  title: 'Two steps may run at the same time and touch the same thing, and one of them does more than read',
  why: 'A copy that is compared while another step writes to it proves nothing, and of two writers nobody knows which was last.',
  fix: 'Let one wait for the other with needs.',
  example: {
    wrong: `- { step: answers, kind: compose-check, needs: [], project: shop, services: [web], within: 1 minute }`,
    right: `- { step: answers, kind: compose-check, needs: [start], project: shop, services: [web], within: 1 minute }`,
  },
  find(plan) {
    const used = new Map<StepView, readonly PlacedEffect[]>()
    for (const { step, mounts } of startsOf(plan))
      used.set(step, [...(used.get(step) ?? []), ...mounts.map((mount) => usedBy(step, mount))])
    // A copy into what a stack uses is told of as that.
    const effectsOf = (step: StepView, beside: StepView): readonly PlacedEffect[] =>
      beside.traits.fillsFromBackup ? step.effects : [...step.effects, ...(used.get(step) ?? [])]
    return plan.steps.flatMap((other, index) =>
      plan.steps.slice(0, index).flatMap((one) => {
        if (!mayOverlap(one, other, plan)) return []
        const shared = sharedThing(effectsOf(one, other), effectsOf(other, one))
        if (shared === undefined) return []
        return {
          at: other,
          message: `${one.id} and ${other.id} may run at the same time and both touch ${shared}`,
          hint: hintFor(one, other, plan),
        }
      }),
    )
  },
}

function usedBy(step: StepView, { what, name }: Mount): PlacedEffect {
  return { how: 'reads', what, name, host: step.host }
}

function hintFor(one: StepView, other: StepView, plan: PlanView): string {
  if (one.phase !== other.phase) return phaseHint(one, other, plan)
  // What `each` repeats cannot name itself.
  if (one.base === other.base)
    return 'write them one below the other instead of each: then one waits for the other'
  return `let one wait for the other: needs: [${one.base}]`
}

function mayOverlap(one: StepView, other: StepView, plan: PlanView): boolean {
  return one.id !== other.id && !plan.before(one, other) && !plan.before(other, one)
}

/** The first thing that both touch and one of them changes. */
function sharedThing(effects: readonly PlacedEffect[], others: readonly PlacedEffect[]): string | undefined {
  const found = effects.find((effect) =>
    others.some((other) => (effect.how !== 'reads' || other.how !== 'reads') && sameThing(effect, other)),
  )
  return found && `${found.what} ${found.name} on ${found.host}`
}
