import type { OtherHolder } from '../activities/activities.ts'
import type { ResolvedGate, ResolvedPhase, ResolvedPlan } from '../plan/plan.ts'
import type { HeldPort } from '../steps/step-kind.ts'
import { criteriaLines, criteriaOf, isUnproven } from './criteria.ts'
import type { Request } from './decisions.ts'
import { forecastDowntime, forecastLines, inSeconds, openDowntimeLines } from './downtime.ts'
import { driftLines, driftOfSteps } from './drift.ts'
import type { Drift } from './drift.ts'
import { ASKED_AGAIN_SECONDS, listed, rollbackDoes, stopDoes } from './failed-step.ts'
import type { Dependencies } from './failed-step.ts'
import { clock } from './impact.ts'
import type { RunLocks } from './locks.ts'
import { onHost } from './messages.ts'
import { previewSteps } from './preview-steps.ts'
import { blockedText, proofText } from './previews.ts'
import type { BackupInspected, DowntimeForecast, StepPreview, StepsPreview } from './previews.ts'
import { approversAfter, approversOf } from './progress.ts'
import type { PassedOver } from './progress.ts'
import { revisionText } from './revision-text.ts'
import type { Criterion, DecisionAnswer } from './status.ts'
import { capitalized, cut, escaped, fenced, sentence } from './text.ts'

const MAX_TIMES = 3

type OfPlan = Dependencies & { readonly plan: ResolvedPlan }
type AtGate = OfPlan & { readonly locks: RunLocks }

/**
 * Asks whether a phase may begin. After an approval it inspects again, because only what was approved may be done. If the
 * hosts have changed, or somebody passed over a proof meanwhile, the gate asks again and shows the difference. After three
 * such approvals it asks what to do. While an unlocked gate asks, the run holds no lock; if other runs held one meanwhile, it
 * asks again as well. An approval returns with the locks taken.
 */
export async function settleGate(
  phase: ResolvedPhase,
  gate: ResolvedGate,
  run: AtGate,
): Promise<DecisionAnswer> {
  const { ref, plan, progress, locks } = run
  const began = plan.revision && { revision: plan.revision, inputs: plan.inputs }
  const inspect = (summary: string) =>
    previewSteps(summary, {
      ...{ ref, plan, phases: [phase], outputs: progress.outputs(phase.steps) },
      ...(began && { began }),
    })
  const inspectAgain = () => inspect(`inspect what ${phase.phase} would change`)
  let shownAt = new Date().toISOString()
  let shown = await inspectAgain()
  let reopened: Reopened | undefined
  let freed: readonly HeldPort[] = []
  for (let approvals = 0; ;) {
    const passed = progress.passedOver().length
    const unlocked = gate.unlocked && { unlockedSince: await locks.giveBack() }
    const answer = await askAtGate(phase, gate, { ...run, shown, ...(reopened && { reopened }), ...unlocked })
    if (answer.choice === 'retry') {
      // Not a new `shownAt`: nobody has been told yet of a run that came between.
      shown = await inspectAgain()
      continue
    }
    if (answer.choice !== 'approve') return answer
    const at = new Date().toISOString()
    if (unlocked) await locks.ensure()
    const others = unlocked ? await locks.othersSince(shownAt) : []
    if (unlocked) shownAt = new Date().toISOString()
    const now = await inspect(`is it still what was approved for ${phase.phase}?`)
    const drifts = driftOfSteps(shown.steps, now.steps)
    const passedSince = progress.passedOver().slice(passed)
    if (now.digest === shown.digest && passedSince.length + others.length === 0) {
      progress.approve(shown.steps)
      progress.portsFreed([])
      return answer
    }
    const changed = [...others.map(otherLine), ...driftLines(drifts), ...passedSince.map(passedLine)]
    reopened = { changed, by: answer.by, at }
    freed = freedPorts({ freed, drifts, steps: now.steps })
    progress.portsFreed(freed)
    shown = now
    approvals += 1
    if (approvals < MAX_TIMES) continue
    const again = unlocked && { unlockedSince: await locks.giveBack() }
    const decided = await askAboutUnsettled(phase, { ...run, reopened, ...again })
    if (decided.choice === 'rollback') return { ...decided, choice: 'reject' }
    if (decided.choice !== 'retry') return decided
    approvals = 0
    reopened = undefined
    shown = await inspectAgain()
  }
}

/** The ports that somebody has freed since the gate was first shown, and that nobody holds now. */
function freedPorts({
  freed,
  drifts,
  steps,
}: {
  readonly freed: readonly HeldPort[]
  readonly drifts: readonly Drift[]
  readonly steps: readonly StepPreview[]
}): readonly HeldPort[] {
  const all = [...freed, ...drifts.flatMap((one) => one.freed ?? [])]
  return all.filter(
    ({ port }, index) =>
      all.findIndex((one) => one.port === port) === index &&
      !steps.some(({ takenPort }) => takenPort?.port === port),
  )
}

interface Reopened {
  /** What changed since the last approval. */
  readonly changed: readonly string[]
  /** Who gave that approval, and when. */
  readonly by: string
  readonly at: string
}

interface Shown {
  readonly shown: StepsPreview
  readonly reopened?: Reopened
  readonly unlockedSince?: string
}

async function askAtGate(
  phase: ResolvedPhase,
  gate: ResolvedGate,
  { shown, reopened, unlockedSince, ...run }: OfPlan & Shown,
): Promise<DecisionAnswer> {
  const { display, progress } = run
  const forecast = forecastOf(phase, shown.steps, run)
  const proven = progress
    .evidence()
    .flatMap(({ step, evidence }) =>
      evidence ? [`- ${step} (${evidence.strength}): ${escaped(evidence.summary)}`] : [],
    )
  const passed = progress.passedOver()
  const refused = shown.steps.filter((step) => step.refused !== undefined)
  const criteria = criteriaOf(gate, { done: progress.evidence(), passedOver: passed })
  const unproven = criteria.filter(isUnproven)
  return await display.decisions.ask({
    decision: `gate/${phase.phase}`,
    kind: 'gate',
    title: `may "${phase.title}" begin?`,
    happened: happenedBefore(progress, {
      ...{ refused, criteria, isUnlocked: unlockedSince !== undefined },
      ...(reopened && { reopened }),
    }),
    advice: adviceAtGate({ refused, passed, unproven, isReopened: reopened !== undefined }),
    phase: phase.phase,
    ...approversOf(gate),
    ...(unlockedSince !== undefined && { unlockedSince }),
    covers: shown.digest,
    withinSeconds: gate.withinSeconds,
    onExpiry: gate.otherwise,
    ...(gate.otherwise !== 'ask-again' && {
      otherwise: { reject: 'it is rejected', stop: 'the run stops' }[gate.otherwise],
    }),
    ...(criteria.length > 0 && { criteria }),
    shows: [
      ...section('Criteria', criteriaLines(criteria)),
      ...section('What the plan says about this phase', gate.note?.split('\n').map(escaped) ?? []),
      ...section('The files of the plan have changed', revisionLines(run.plan, shown)),
      ...section('Changed since it was approved', listed(reopened?.changed ?? [])),
      ...section('Not proven: passed over by people', listed(passed.map(passedLine))),
      ...(forecast
        ? section(`Forecast downtime: about ${inSeconds(forecast.seconds)}`, listed(forecastLines(forecast)))
        : section('Downtime', listed(openDowntimeLines(phase, run.plan)))),
      ...section(
        `What it would do, in about ${inSeconds(shown.seconds)}`,
        gateLines(shown.steps, Date.now()),
      ),
      ...section('What is undone once it is done', clearedLines(phase, run.plan)),
      '**What is proven so far**',
      '',
      ...(proven.length > 0 ? proven : ['- nothing yet']),
    ],
    choices: [
      refused.length === 0
        ? {
            choice: 'approve',
            does: `"${phase.title}" begins and does what is listed${forecast ? `; visitors get nothing for about ${inSeconds(forecast.seconds)}` : ''}`,
            ...(unproven.length > 0 && { needsReason: true as const }),
          }
        : { choice: 'retry', does: 'the hosts are inspected again, and the gate asks again' },
      { choice: 'reject', does: `it does not begin; ${rollbackDoes(progress)}` },
      { choice: 'stop', does: `it does not begin; ${stopDoes(progress)}` },
    ],
  })
}

/** Why the gate asks, in one or two sentences. */
function happenedBefore(
  { stepsDone, isUntouched }: Pick<OfPlan['progress'], 'stepsDone' | 'isUntouched'>,
  {
    reopened,
    refused,
    criteria,
    isUnlocked,
  }: {
    readonly isUnlocked: boolean
    readonly reopened?: Reopened
    readonly refused: readonly StepPreview[]
    readonly criteria: readonly Criterion[]
  },
): string {
  const met = criteria.length - criteria.filter(isUnproven).length
  const checked = criteria.length === 0 ? '' : ` ${met} of ${criteria.length} criteria are met, below.`
  const [step] = refused
  if (step) return `It cannot begin: ${step.step}${onHost(step.host)} would be refused: ${step.refused}`
  if (!reopened)
    return isUntouched()
      ? `Nothing has been changed yet. The run asks before its first change.${checked}`
      : `${stepsDone()} ${stepsDone() === 1 ? 'step is' : 'steps are'} done. The run asks before it goes on.${checked}`
  const [first = '', ...more] = reopened.changed
  const others =
    more.length === 0
      ? ''
      : more.length === 1
        ? ' One more change is listed below.'
        : ` ${more.length} more changes are listed below.`
  const since = isUnlocked ? 'what was shown is out of date' : 'somebody has changed the hosts since'
  return `${reopened.by} approved it at ${clock(reopened.at)}, but nothing of it has begun: ${since}. ${sentence(capitalized(first))}${others}`
}

function adviceAtGate({
  refused,
  passed,
  unproven,
  isReopened,
}: {
  readonly refused: readonly StepPreview[]
  readonly passed: readonly PassedOver[]
  readonly unproven: readonly Criterion[]
  readonly isReopened: boolean
}): Request['advice'] {
  if (refused.length > 0)
    return {
      choice: 'retry',
      text: 'Fix the cause named above, then choose retry: the hosts are inspected again.',
    }
  if (isReopened)
    return {
      text: 'Check first whether the site answers: what changed may have taken it down. Find out who changed it and why. Approve again if the phase is still right, as it is listed now. Reject and stop do not start what somebody else has stopped.',
    }
  const [first, ...more] = unproven
  if (first)
    return {
      text: `Not proven: ${cut(first.says, 120)}${more.length > 0 ? `, and ${more.length} more criteria` : ''}. Read why, below. An approval must say in "reason" why it is right all the same.`,
    }
  if (passed.length > 0)
    return { text: 'Not everything is proven: read what was passed over, below, before you answer.' }
  return {
    text: 'Nothing is wrong: the plan asks here. Read "What it would do" below, and approve it if that should happen now.',
  }
}

/** Asks what to do where each approval was out of date by the time of the next inspection. Nothing of the phase has begun. */
async function askAboutUnsettled(
  phase: ResolvedPhase,
  {
    display,
    plan,
    progress,
    reopened,
    unlockedSince,
  }: OfPlan & Pick<Shown, 'unlockedSince'> & { readonly reopened: Reopened },
): Promise<DecisionAnswer> {
  return await display.decisions.ask({
    decision: `unsettled/${phase.phase}`,
    kind: 'failed-step',
    title: `what "${phase.title}" would do changed after each of ${MAX_TIMES} approvals`,
    happened: 'Something keeps changing on the hosts after each approval. Nothing of this phase has begun.',
    advice: { choice: 'retry', text: 'Find out what keeps changing, below, and stop it. Then retry.' },
    phase: phase.phase,
    ...(plan.guardedBy || !phase.gate?.approvers.length
      ? approversAfter(plan, phase.phase)
      : approversOf(phase.gate)),
    ...(unlockedSince !== undefined && { unlockedSince }),
    withinSeconds: ASKED_AGAIN_SECONDS,
    onExpiry: 'ask-again',
    shows: section('Changed since the last approval', listed(reopened.changed)),
    choices: [
      { choice: 'retry', does: 'the run inspects again, and the gate asks again' },
      { choice: 'rollback', does: `it does not begin; ${rollbackDoes(progress)}`, guarded: true },
      { choice: 'stop', does: `it does not begin; ${stopDoes(progress)}` },
    ],
  })
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`**${title}**`, '', ...lines, '']
}

/** An open run keeps the plan that it began with; who edited it since may expect otherwise. */
function revisionLines({ revision }: ResolvedPlan, { otherRevision }: StepsPreview): readonly string[] {
  if (!revision || !otherRevision) return []
  return [
    `This run goes on with the plan as it began with it: ${escaped(revisionText(revision))}.`,
    `There is another one now: ${escaped(revisionText(otherRevision))}. To use that one, reject or stop this run and start another.`,
  ]
}

function clearedLines({ clears = [] }: ResolvedPhase, { phases }: ResolvedPlan): readonly string[] {
  return listed(
    phases.filter(({ phase }) => clears.includes(phase)).map(({ title }) => `what "${title}" did`),
  )
}

/** A run that held the lock after this gate was shown. What it changed outside this phase, no inspection shows. */
function otherLine({ run, plan, from, to }: OtherHolder): string {
  const until = to === undefined ? '' : ` to ${clock(to)}`
  return `run ${run} of plan ${plan} worked on the stack from ${clock(from)}${until}; see what it did: reinstate show ${run}`
}

function passedLine({ step, choice, by }: PassedOver): string {
  return `${step}: ${choice} by ${by}`
}

function forecastOf(
  phase: ResolvedPhase,
  shown: readonly StepPreview[],
  { plan, progress, display }: OfPlan,
): DowntimeForecast | undefined {
  const steps = new Map(plan.phases.flatMap((one) => one.steps.map((step) => [step.step, step])))
  const about = { shown, measured: progress.evidence(), stepOf: (step: string) => steps.get(step) }
  const forecast = forecastDowntime(plan.downtime, phase, about)
  if (forecast && plan.downtime) display.downtime({ ...plan.downtime, forecastSeconds: forecast.seconds })
  return forecast
}

/** The steps of a gate as Markdown: their ids, and below each what it would change. */
export function gateLines(steps: readonly StepPreview[], now: number): readonly string[] {
  return steps.flatMap(({ step, title, host, changes, notes = [], blocked, after, waits, ...rest }) => {
    const { nothingToDo, backup, cannotUndo, refused, readsOnly, scripts = {} } = rest
    const on = host === '' ? '' : ` (on ${host})`
    const never = cannotUndo === undefined ? '' : ` — **cannot be undone**: ${escaped(cannotUndo)}`
    return [
      `- ${step}: ${escaped(title)}${on}${never}`,
      ...changes.map((line) => `  - ${escaped(line)}`),
      ...(blocked === undefined ? [] : [`  - ${escaped(blockedText({ blocked, ...(after && { after }) }))}`]),
      ...(notes.length > 0 ? fenced(notes, '  ') : []),
      ...Object.entries(scripts).map(([name, sum]) => `  - ${name}: sha256 ${sum}`),
      ...(waits === undefined ? [] : [`  - ${escaped(waits)}`]),
      ...(nothingToDo === undefined
        ? []
        : [`  - ${readsOnly ? '' : 'nothing to do: '}${escaped(nothingToDo)}`]),
      ...(backup ? [`  - ${aboutBackup(backup, now)}`] : []),
      ...(refused === undefined ? [] : [`  - **would be refused**: ${escaped(refused)}`]),
    ]
  })
}

function aboutBackup({ newestAt, ...backup }: BackupInspected, now: number): string {
  const hours = Math.max(0, now - Date.parse(newestAt)) / 3_600_000
  const age = hours < 48 ? `${Math.round(hours)} h` : `${Math.floor(hours / 24)} days`
  return `its newest file is ${age} old; ${proofText(backup)}`
}
