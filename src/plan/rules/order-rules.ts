import type { PlacedEffect } from '../scope/effects.ts'
import type { Mount } from './compose-mounts.ts'
import type { PlanView, Rule, RuleFinding, StepView } from './rule.ts'
import { startsOf, stoppedBetween, type Start } from './starts.ts'
import { phaseHint, sameThing } from './resources.ts'

export const stepsCollide: Rule = {
  id: 'R003',
  name: 'steps-collide',
  severity: 'error',
  title: 'Two steps that may run at the same time use the same thing, and one of them changes it',
  why: 'To compare a copy while another step writes to it proves nothing, and of two writers either may come last.',
  fix: 'Add one step to the needs of the other.',
  example: {
    wrong: `- { step: answers, kind: compose-check, needs: [], project: shop, services: [web], within: 1 minute }`,
    right: `- { step: answers, kind: compose-check, needs: [start], project: shop, services: [web], within: 1 minute }`,
  },
  find(plan) {
    const used = new Map<StepView, readonly PlacedEffect[]>()
    for (const { step, mounts } of startsOf(plan))
      used.set(step, [...(used.get(step) ?? []), ...mounts.map((mount) => usedBy(step, mount))])
    // R006 reports a copy into what a stack uses.
    const effectsOf = (step: StepView, beside: StepView): readonly PlacedEffect[] =>
      beside.traits.fillsFromBackup ? step.effects : [...step.effects, ...(used.get(step) ?? [])]
    return plan.steps.flatMap((other, index) =>
      plan.steps.slice(0, index).flatMap((one) => {
        if (!mayOverlap(one, other, plan)) return []
        const shared = sharedThing(effectsOf(one, other), effectsOf(other, one))
        if (shared === undefined) return []
        return {
          at: other,
          message: `${one.id} and ${other.id} may run at the same time, and both use ${shared}`,
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
  // Repetitions of one step cannot name each other.
  if (one.base === other.base) return 'write separate steps instead of each; then one waits for the other'
  return `add needs: [${one.base}] to ${other.base}`
}

function mayOverlap(one: StepView, other: StepView, plan: PlanView): boolean {
  return one.id !== other.id && !plan.before(one, other) && !plan.before(other, one)
}

/** Returns the first thing that both use and one of them changes. */
function sharedThing(effects: readonly PlacedEffect[], others: readonly PlacedEffect[]): string | undefined {
  const found = effects.find((effect) =>
    others.some((other) => (effect.how !== 'reads' || other.how !== 'reads') && sameThing(effect, other)),
  )
  return found && `${found.what} ${found.name} on ${found.host}`
}

export const usedBeforeCreated: Rule = {
  id: 'R005',
  name: 'used-before-created',
  severity: 'error',
  title: 'A step uses what a later step creates',
  why: 'The step fails, or uses what another run left there.',
  fix: 'Put the creating step first, or add it to needs.',
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
              message: `${step.id} uses ${thing.what} ${thing.name}, which ${later.id} creates later`,
              hint: `put ${later.base} before ${step.base}`,
            }
        }
      return []
    }),
}

export const databaseUpBeforeCopy: Rule = {
  id: 'R006',
  name: 'database-up-before-copy',
  severity: 'error',
  title: 'A stack starts before or during the copy of the data that it uses',
  why: 'A database that runs while its files are replaced mixes old and new rows, and every health check passes.',
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
          if (filled.length > 0) return overlapOf(copy, start.step, filled, plan)
        }
        return []
      })
  },
}

/** Returns what a copy fills and a stack uses, unless the stack surely starts after the copy. */
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

function overlapOf(copy: StepView, start: StepView, filled: readonly string[], plan: PlanView): RuleFinding {
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
        ? `add needs: [${copy.base}] to ${start.base}`
        : phaseHint(copy, start, plan),
  }
}
