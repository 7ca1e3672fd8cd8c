import { argumentsOf, optionIn } from './arguments.ts'
import { commandsIn, type ShellCommand } from './shell-commands.ts'
import type { PlanView, Rule, RuleFinding, StepView } from './rule.ts'
import { actsOn } from './resources.ts'
import { composeCall } from './docker-commands.ts'

const DUMPS = /^(pg_dump|pg_dumpall|pg_basebackup|mysqldump|mariadb-dump|mariabackup|mongodump)$/
const COPIES = /^(tar|cp|rsync|zip|restic|borg|btrfs|zfs|lvcreate)$/
/** Scripts that restore the old state, by name: revert.sh, rollback-shop, undo.sh. */
const GOES_BACK =
  /^(?:.*[-_.])?(?:revert|roll-?back|way-?back|undo)(?:[-_](?!log)[\w-]+)?(?:\.(?:sh|bash|py|pl))?$/i
/** Words that mark a copy of what they are added to: shop-before.tgz, shop.old. */
const MARKS: ReadonlySet<string> = new Set(['before', 'previous', 'old', 'revert', 'rollback', 'undo'])
const ARCHIVE = /(?:\.(?:tar|tgz|gz|bz2|xz|zst|zip|sql|dump))+$/i
const PREPARES =
  /\b(prepar|plan|rehears|make|take|creat|test|write|document|snapshot)\w*[\s-]+(?:[\w-]+\s+){0,3}(roll-?back|back-?ups?|way-back|snapshot)\b|^(roll-?back|back-?up)-(plan|procedure|strategy|script)\b/i
/** Words for backups of the new stack, which are set up for later. */
const FOR_LATER =
  /\b(schedules?|jobs?|cron\w*|timers?|nightly|daily|hourly|weekly|regular|dir|directory|folder|new|first|next|future)\b/i

export const lateBackup: Rule = {
  id: 'R008',
  name: 'late-backup',
  severity: 'error',
  title: 'A backup or rollback is prepared after the change that may need it',
  why: 'If the change goes wrong there is nothing to return to: a backup taken after the change captures the damage. Where only a name shows that a step or script prepares one, this is a warning.',
  fix: 'Audit the backups and prepare the rollback in the first phases.',
  example: {
    wrong: `- { step: stop-old, kind: containers-stop, projects: [shop] }
- { step: audit, kind: backup-audit, from: /backup/shop }`,
    right: `- { step: audit, kind: backup-audit, from: /backup/shop }
- { step: stop-old, kind: containers-stop, projects: [shop] }`,
  },
  find: (plan) =>
    plan.steps.flatMap((step) => {
      if (step.traits.gradesBackup || dumps(step, plan)) return late(step, plan, actOf)
      // A cold copy is made while the stack is stopped: only what replaces the stack is too early.
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
      message: `${step.id} comes after ${act.id}, which already ${touched.how} ${touched.what} ${touched.name}`,
      hint: `put ${step.base} before ${act.base}`,
    },
  ]
}

/** Whether a step dumps a database; a dump of a stack that the plan started is a backup of the new one. */
function dumps(step: StepView, plan: PlanView): boolean {
  const { script, project, container } = step.values
  const own = plan.steps.flatMap(({ traits, values }) =>
    traits.startsStack ? [String(values['project'])] : [],
  )
  const isOfOwn = (place: { readonly project?: unknown; readonly container?: unknown }) =>
    own.some((name) => name === place.project || String(place.container ?? '').startsWith(`${name}-`))
  if (step.traits.backsUpServer) return !isOfOwn({ project, container })
  if (!step.traits.runsScript || typeof script !== 'string') return false
  if ([step.base, step.title].some((text) => FOR_LATER.test(text))) return false
  const commands = commandsIn(script)
  const reachesOwn = commands.some((command) =>
    isOfOwn({ project: composeCall(command)?.project, container: command.inside?.name }),
  )
  return !reachesOwn && commands.some(({ name }) => DUMPS.test(name))
}

/** Whether a step copies the old state: the target is named after the source, with a word such as "before". */
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

/** Whether a step writes a script that restores the old state, by its name. */
function writesWayBack({ traits, values: { path } }: StepView): boolean {
  const name = traits.writesFile && typeof path === 'string' ? path.replace(/^.*\//, '') : ''
  return GOES_BACK.test(name) && (!name.includes('.') || /\.(sh|bash|py|pl)$/i.test(name))
}

/**
 * Whether a target is a copy of the earlier state of a source: `shop-before.tgz` of `shop`, `/backup/old` of anything. In
 * `old-urls.conf` of `old-urls.conf` the word is part of the name itself.
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
    .replace(/roll[-_]back/g, 'rollback')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
}

/** Returns the files that a copying command writes; for any other, the files that its output goes to. */
function targetsOf({ name, words }: ShellCommand): readonly string[] {
  const { plain, outputs } = argumentsOf(words)
  if (!COPIES.test(name)) return outputs
  if (name === 'tar') {
    // Options of tar need no dash: `tar czf X`.
    const makes = words.some(
      (word, at) =>
        /^--(create|append|update)$/.test(word) ||
        ((at === 0 || word.startsWith('-')) && /^-?[a-zA-Z]*[cru][a-zA-Z]*$/.test(word)),
    )
    const file = optionIn(words, '-f', '--file') ?? (/^[a-z]*f$/i.test(plain[0] ?? '') ? plain[1] : undefined)
    return makes && file !== undefined ? [file, ...outputs] : outputs
  }
  // The repository or snapshot has no fixed place among their arguments.
  if (/^(restic|borg|btrfs|zfs|lvcreate)$/.test(name)) return [...plain, ...outputs]
  return [...(name === 'zip' ? plain.slice(0, 1) : plain.slice(-1)), ...outputs]
}

/** Returns the effect of a step on something in use; starting a stack counts. */
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
