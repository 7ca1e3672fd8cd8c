import { commandsIn } from './shell-commands.ts'
import type { Found, PlanView, Rule, StepView } from './rule.ts'
import { actsOn, DOES } from './things.ts'
import { composeCall } from './docker-words.ts'

const DUMPS = /^(pg_dump|pg_dumpall|pg_basebackup|mysqldump|mariadb-dump|mariabackup|mongodump)$/
const COPIES = /^(tar|cp|rsync|zip|restic|borg|btrfs|zfs|lvcreate)$/
/** Of what is written: what it is for. */
const WAY_BACK = /(^|[^a-z])(revert|roll-?back|way-?back|undo|before|previous|old)([^a-z]|$)/i
const PREPARES =
  /\b(prepar|plan|rehears|make|take|creat|test|write|document|snapshot)\w*[\s-]+(?:[\w-]+\s+){0,3}(roll-?back|back-?ups?|way-back|snapshot)\b|^(roll-?back|back-?up)-(plan|procedure|strategy|script)\b/i
/** What is set up for the time after: backups of the new stack, not of the old one. */
const FOR_LATER =
  /\b(schedules?|jobs?|cron\w*|timers?|nightly|daily|hourly|weekly|regular|dir|directory|folder|new|first|next|future)\b/i

export const lateWayBack: Rule = {
  id: 'R008',
  name: 'late-way-back',
  severity: 'error',
  title: 'A backup or a way back is prepared after the act that may need it',
  why: 'When the act goes wrong there is nothing yet to return to; afterwards the backup is one of the damage. Where only the name of a step says that it prepares one, this is a warning.',
  mend: 'Audit the backups and prepare the way back in the first phases.',
  example: {
    wrong: `- { step: stop-old, kind: containers-stop, projects: [shop] }
- { step: audit, kind: backup-audit, from: /backup/shop }`,
    right: `- { step: audit, kind: backup-audit, from: /backup/shop }
- { step: stop-old, kind: containers-stop, projects: [shop] }`,
  },
  find: (plan) =>
    plan.steps.flatMap((step) => {
      if (step.traits.gradesBackup || dumps(step, plan)) return late(step, plan, actOf)
      // The cold copy of a stack is made when it stands still: only what replaces it comes too early.
      if (makesWayBack(step)) return late(step, plan, replaces)
      const words = [step.base, step.title]
      if (!words.some((text) => PREPARES.test(text)) || words.some((text) => FOR_LATER.test(text))) return []
      return late(step, plan, actOf).map((found) => ({ ...found, severity: 'warning' }) as const)
    }),
}

type ActOf = (step: StepView, plan: PlanView) => StepView['effects'][number] | undefined

function late(step: StepView, plan: PlanView, actOf: ActOf): readonly Found[] {
  const act = plan.steps.find((other) => plan.before(other, step) && actOf(other, plan) !== undefined)
  const touched = act && actOf(act, plan)
  if (!act || !touched) return []
  return [
    {
      at: step,
      message: `${step.id} comes after ${act.id}, which already ${DOES[touched.how]} ${touched.what} ${touched.name}`,
      hint: `put ${step.base} before ${act.base}`,
    },
  ]
}

/** A dump of a database; one of a stack that the plan has started is a backup of the new one. */
function dumps(step: StepView, plan: PlanView): boolean {
  const { script } = step.values
  if (!step.traits.runsScript || typeof script !== 'string') return false
  if ([step.base, step.title].some((text) => FOR_LATER.test(text))) return false
  const own = plan.steps.flatMap(({ traits, values }) =>
    traits.startsStack ? [String(values['project'])] : [],
  )
  const commands = commandsIn(script)
  const isOfOwn = commands.some((command) => {
    const { project } = composeCall(command) ?? {}
    const container = command.inside?.name ?? ''
    return own.some((name) => name === project || container.startsWith(`${name}-`))
  })
  return !isOfOwn && commands.some(({ name }) => DUMPS.test(name))
}

/** A script that goes back, or a copy of what was there, by what it is called. */
function makesWayBack(step: StepView): boolean {
  const { script, path, to } = step.values
  if (step.traits.writesFile) return typeof path === 'string' && WAY_BACK.test(path.replace(/^.*\//, ''))
  if (step.traits.copiesTree) return typeof to === 'string' && WAY_BACK.test(`${to} ${step.base}`)
  if (!step.traits.runsScript || typeof script !== 'string') return false
  const copies = commandsIn(script).some(
    ({ name, words, text }) =>
      (COPIES.test(name) || words.includes('>')) && WAY_BACK.test(`${text} ${step.base}`),
  )
  return copies && !FOR_LATER.test(step.title)
}

/** What it does to something that serves; to start a stack counts too. */
function actOf(step: StepView, plan: PlanView) {
  return actsOn(step, plan) ?? starts(step)
}

function replaces(step: StepView, plan: PlanView) {
  const act = actsOn(step, plan)
  return act?.how === 'deletes' ? act : starts(step)
}

function starts(step: StepView) {
  return step.traits.startsStack ? step.effects.find(({ what }) => what === 'project') : undefined
}
