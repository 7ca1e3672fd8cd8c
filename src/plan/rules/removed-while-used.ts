import type { PlacedEffect } from '../scope/effects.ts'
import type { RuleFinding, PlanView, Rule, StepView } from './rule.ts'
import { textsIn } from './sources.ts'
import { startsOf, type Start } from './starts.ts'
import { stoppedBetween } from './database-up-before-copy.ts'
import { isOrContains } from './resources.ts'

export const removedWhileUsed: Rule = {
  id: 'R045',
  name: 'removed-while-used',
  severity: 'error',
  title: 'A path is taken away although the plan serves from it, or has restored from it',
  why: 'A stack whose directory is gone runs on until its next start, and then does not come back. The backup that was restored from may be the only one: while the new stack is young it is the way back. For a backup this is a warning.',
  fix: 'Stop what is served from it before, and leave the backup where it is.',
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
        message: `${step.id} takes away ${name}, and what ${start.step.id} has started uses ${found}`,
        hint: `stop it before, or leave ${name} where it is`,
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
        message: `${step.id} takes away ${source.name}, which ${user.id} has restored from and which may be the only backup`,
        hint: 'leave it where it is, and take away only the rest',
      }
  }
  return undefined
}

/** What the plan itself laid down is no backup. */
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
