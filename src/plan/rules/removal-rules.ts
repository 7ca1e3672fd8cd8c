import type { PlanView, Rule, RuleFinding, StepView } from './rule.ts'
import { isOrContains } from './resources.ts'
import type { PlacedEffect } from '../scope/effects.ts'
import { textsIn } from './sources.ts'
import { startsOf, stoppedBetween, type Start } from './starts.ts'

export const removedTooEarly: Rule = {
  id: 'R009',
  name: 'removed-too-early',
  severity: 'error',
  title: 'A path is removed although a later step uses something in it',
  why: 'Clean-up lists come from documents. A path in them may hold the only backup, or the files of the live stack.',
  fix: 'Remove it after its last use, or not at all; of a path that holds a backup, remove only the rest.',
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
                message: `${step.id} removes ${removed.name}, and ${user.id} uses ${used.name} later`,
                hint: `put ${user.base} before ${step.base}, or keep ${used.name}`,
              }
          }
        return []
      }),
    ),
}

export const removedWhileUsed: Rule = {
  id: 'R045',
  name: 'removed-while-used',
  severity: 'error',
  title: 'A path is removed although the plan started a stack from it, or restored from it',
  why: 'A stack whose directory is gone runs until its next start and then fails. The backup that was restored from may be the only one: a new stack may still need it. For a backup this is a warning.',
  fix: 'Stop the stack before, and keep the backup.',
  example: {
    wrong: `- { step: start, kind: compose-up, file: /srv/live/compose.yaml, project: shop }
- { step: clean, kind: quarantine, paths: [/srv/live] }`,
    right: `- { step: start, kind: compose-up, file: /srv/live/compose.yaml, project: shop }
- { step: clean, kind: quarantine, paths: [/srv/old] }`,
  },
  find(plan) {
    const starts = startsOf(plan)
    return plan.steps.flatMap((step) =>
      step.effects.flatMap((effect) => {
        if (effect.how !== 'deletes' || effect.what !== 'path') return []
        return servedFrom(effect, step, { starts, plan }) ?? restoredFrom(effect, step, plan) ?? []
      }),
    )
  },
}

function servedFrom(
  { name, host }: PlacedEffect,
  step: StepView,
  { starts, plan }: { readonly starts: readonly Start[]; readonly plan: PlanView },
): RuleFinding | undefined {
  for (const start of starts) {
    if (start.step.host !== host || !plan.before(start.step, step) || stoppedBetween(start, step, plan))
      continue
    const { file, overrides } = start.step.values
    const used = [...textsIn(file), ...textsIn(overrides), ...start.mounts.map((mount) => mount.name)]
    const found = used.find((path) => isOrContains(name, path))
    if (found !== undefined)
      return {
        at: step,
        message: `${step.id} removes ${name}, and the stack that ${start.step.id} started uses ${found}`,
        hint: `stop the stack before, or keep ${name}`,
      }
  }
  return undefined
}

function restoredFrom({ name, host }: PlacedEffect, step: StepView, plan: PlanView): RuleFinding | undefined {
  for (const user of plan.steps) {
    if (!user.traits.fillsFromBackup || !plan.before(user, step)) continue
    const source = user.effects.find(
      (effect) =>
        effect.how === 'reads' &&
        effect.what === 'path' &&
        effect.host === host &&
        isOrContains(name, effect.name) &&
        !isMadeBefore(effect, user, plan),
    )
    if (source)
      return {
        at: step,
        severity: 'warning',
        message: `${step.id} removes ${source.name}, which ${user.id} restored from; it may be the only backup`,
        hint: 'keep it, and remove only the rest',
      }
  }
  return undefined
}

/** Whether the plan created the path: then it is no backup. */
function isMadeBefore({ name, host }: PlacedEffect, user: StepView, plan: PlanView): boolean {
  return plan.steps.some(
    (other) =>
      plan.before(other, user) &&
      other.effects.some(
        (made) =>
          made.how === 'creates' &&
          made.what === 'path' &&
          made.host === host &&
          isOrContains(made.name, name),
      ),
  )
}
