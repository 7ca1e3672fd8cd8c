import { argumentsOf, optionIn } from './arguments.ts'
import { commandsIn, type ShellCommand } from './shell-commands.ts'
import type { RuleFinding, PlanView, Rule, StepView } from './rule.ts'
import { actsOn, DOES } from './resources.ts'
import { composeCall } from './docker-words.ts'

const DUMPS = /^(pg_dump|pg_dumpall|pg_basebackup|mysqldump|mariadb-dump|mariabackup|mongodump)$/
const COPIES = /^(tar|cp|rsync|zip|restic|borg|btrfs|zfs|lvcreate)$/
/** A script of this name goes back: revert.sh, rollback-shop, undo.sh. */
const GOES_BACK =
  /^(?:.*[-_.])?(?:revert|roll-?back|way-?back|undo)(?:[-_](?!log)[\w-]+)?(?:\.(?:sh|bash|py|pl))?$/i
/** Words that make the name of a copy of what they are added to: shop-before.tgz, shop.old. */
const MARKS: ReadonlySet<string> = new Set(['before', 'previous', 'old', 'revert', 'rollback', 'undo'])
const ARCHIVE = /(?:\.(?:tar|tgz|gz|bz2|xz|zst|zip|sql|dump))+$/i
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
  why: 'When the act goes wrong there is nothing yet to return to; afterwards the backup is one of the damage. Where only a name says that a step or a script prepares one, this is a warning.',
  fix: 'Audit the backups and prepare the way back in the first phases.',
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
      if (writesWayBack(step)) return late(step, plan, replaces).map(asWarning)
      const words = [step.base, step.title]
      if (!words.some((text) => PREPARES.test(text)) || words.some((text) => FOR_LATER.test(text))) return []
      return late(step, plan, actOf).map(asWarning)
    }),
}

function asWarning(found: RuleFinding): RuleFinding {
  return { ...found, severity: 'warning' }
}

type ActOf = (step: StepView, plan: PlanView) => StepView['effects'][number] | undefined

function late(step: StepView, plan: PlanView, actOf: ActOf): readonly RuleFinding[] {
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

/** A copy of what was there: its name is that of its source, and a word that says that it is the earlier one. */
function makesWayBack(step: StepView): boolean {
  const { script, from, to } = step.values
  if (step.traits.copiesTree)
    return typeof to === 'string' && typeof from === 'string' && isEarlier(to, [from])
  if (!step.traits.runsScript || typeof script !== 'string' || FOR_LATER.test(step.title)) return false
  return commandsIn(script).some((command) => {
    const targets = targetsOf(command)
    const sources = argumentsOf(command.words).plain.filter((word) => !targets.includes(word))
    return targets.some((target) => isEarlier(target, sources))
  })
}

/** A script that goes back, by its name alone. */
function writesWayBack({ traits, values: { path } }: StepView): boolean {
  const name = traits.writesFile && typeof path === 'string' ? path.replace(/^.*\//, '') : ''
  return GOES_BACK.test(name) && (!name.includes('.') || /\.(sh|bash|py|pl)$/i.test(name))
}

/**
 * Whether a target is a copy of a source as it was: `shop-before.tgz` of `shop`, `/backup/old` of anything. In
 * `old-urls.conf` of `old-urls.conf` the word belongs to the thing itself.
 */
function isEarlier(target: string, sources: readonly string[]): boolean {
  const known = new Set(sources.flatMap(wordsIn))
  return target.split('/').some((part) => {
    const words = wordsIn(part.replace(ARCHIVE, ''))
    const own = words.filter((word) => !MARKS.has(word))
    const isMarked = words.some((word) => MARKS.has(word) && !known.has(word))
    return isMarked && own.every((word) => known.has(word))
  })
}

function wordsIn(name: string): readonly string[] {
  return name
    .toLowerCase()
    .replace(/rollback/g, 'rollback')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
}

/** What a command of copying writes; of another one the files that its output goes to. */
function targetsOf({ name, words }: ShellCommand): readonly string[] {
  const { plain, outputs } = argumentsOf(words)
  if (!COPIES.test(name)) return outputs
  if (name === 'tar') {
    // The letters of tar need no dash: `tar czf X`.
    const makes = words.some(
      (word, at) =>
        /^--(create|append|update)$/.test(word) ||
        ((at === 0 || word.startsWith('-')) && /^-?[a-zA-Z]*[cru][a-zA-Z]*$/.test(word)),
    )
    const file = optionIn(words, '-f', '--file') ?? (/^[a-z]*f$/i.test(plain[0] ?? '') ? plain[1] : undefined)
    return makes && file !== undefined ? [file, ...outputs] : outputs
  }
  // A repository and a snapshot have no place in their arguments that is always theirs.
  if (/^(restic|borg|btrfs|zfs|lvcreate)$/.test(name)) return [...plain, ...outputs]
  return [...(name === 'zip' ? plain.slice(0, 1) : plain.slice(-1)), ...outputs]
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
