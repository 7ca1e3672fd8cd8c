import { hasRunId } from './resources.ts'
import type { PlanView, Rule, StepView } from './rule.ts'

export const restoresNothing: Rule = {
  id: 'R050',
  name: 'restores-nothing',
  severity: 'error',
  title: 'A stack is stopped and a new one is started in its place, and no step restores anything before',
  why: 'The new stack runs on the data of the old one, or on none, and the run ends as restored.',
  fix: 'Restore the backup into fresh volumes or directories first, and start the new stack on them.',
  example: {
    wrong: `- { step: stop-old, kind: containers-stop, projects: [shop] }
- { step: start, kind: compose-up, file: /srv/shop/compose.yaml, project: "\${{ run.id }}" }`,
    right: `- { step: copy, kind: volume-restore, from: /backup/db, volume: "\${{ run.id }}_db" }
- { step: stop-old, kind: containers-stop, projects: [shop] }
- { step: start, kind: compose-up, file: /srv/shop/compose.yaml, project: "\${{ run.id }}" }`,
  },
  find: (plan) =>
    plan.steps.flatMap((start) => {
      const stop = plan.steps.find((step) => plan.before(step, start) && stops(step))
      if (!stop || !isSuccessor(start, plan)) return []
      if (plan.steps.some((step) => mayRestore(step) && !plan.before(start, step))) return []
      return {
        at: start,
        message: `${start.id} starts a new stack in place of what ${stop.id} stops, and no step restores its data`,
        hint: `add a step that restores the backup before ${start.base}`,
      }
    }),
}

/** Whether it starts a stack that replaces another: it says so, or the run makes it. */
function isSuccessor({ traits, values: { project, replaces } }: StepView, plan: PlanView): boolean {
  if (!traits.startsStack) return false
  return replaces !== undefined || (typeof project === 'string' && hasRunId(project, plan))
}

function stops({ traits, effects }: StepView): boolean {
  return (
    !traits.startsStack &&
    effects.some(({ how, what, inPlace }) => what === 'project' && how !== 'reads' && !inPlace)
  )
}

/** A script, and whatever brings files, may restore data in a way that no rule can read. */
function mayRestore({ traits, values }: StepView): boolean {
  const { fillsFromBackup, copiesTree, relocates, runsScript } = traits
  return [fillsFromBackup, copiesTree, relocates, runsScript && values['script'] !== undefined].includes(true)
}
