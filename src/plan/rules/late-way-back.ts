import type { PlanView, Rule, StepView } from './rule.ts'
import { actsOn } from './things.ts'

const PREPARES =
  /\b(prepar|plan|rehears|make|take|creat|test|write|document|snapshot)\w*[\s-]+(?:[\w-]+\s+){0,3}(roll-?back|back-?ups?|way-back|snapshot)\b|^(roll-?back|back-?up)-(plan|procedure|strategy|script)\b/i

export const lateWayBack: Rule = {
  id: 'R008',
  name: 'late-way-back',
  severity: 'error',
  title: 'A backup or a way back is prepared after the act that may need it',
  why: 'When the act goes wrong there is nothing yet to return to; afterwards the backup is one of the damage.',
  mend: 'Audit the backups and prepare the way back in the first phases.',
  example: {
    wrong: `- { step: stop-old, kind: containers-stop, projects: [shop] }
- { step: audit, kind: backup-audit, from: /backup/shop }`,
    right: `- { step: audit, kind: backup-audit, from: /backup/shop }
- { step: stop-old, kind: containers-stop, projects: [shop] }`,
  },
  find: (plan) =>
    plan.steps.flatMap((step) => {
      if (!prepares(step)) return []
      const act = plan.steps.find((other) => plan.before(other, step) && actOf(other, plan) !== undefined)
      const touched = act && actOf(act, plan)
      if (!act || !touched) return []
      return {
        at: step,
        message: `${step.id} comes after ${act.id}, which already ${touched.how} ${touched.what} ${touched.name}`,
        hint: `put ${step.base} before ${act.base}`,
      }
    }),
}

function prepares(step: StepView): boolean {
  const script = step.values['script']
  const dumps =
    typeof script === 'string' && /\b(pg_dump(all)?|mysqldump|mongodump|pg_basebackup)\b/.test(script)
  return step.kind === 'backup-audit' || dumps || PREPARES.test(step.base) || PREPARES.test(step.title)
}

/** What it does to something that serves; to start a stack counts too. */
function actOf(step: StepView, plan: PlanView) {
  return (
    actsOn(step, plan) ??
    (step.kind === 'compose-up' ? step.touches.find(({ what }) => what === 'project') : undefined)
  )
}
