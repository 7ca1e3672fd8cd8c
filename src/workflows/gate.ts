import type { ResolvedGate, ResolvedPhase, ResolvedPlan } from '../plan/plan.ts'
import type { Request } from './decisions.ts'
import { forecastDowntime, forecastLines, inSeconds } from './downtime.ts'
import { driftLines, driftOfSteps } from './drift.ts'
import { ASKED_AGAIN_SECONDS, listed } from './failed-step.ts'
import type { Dependencies } from './failed-step.ts'
import { previewSteps } from './preview-steps.ts'
import type { BackupInspected, DowntimeForecast, StepPreview, StepsPreview } from './previews.ts'
import { approversAfter } from './progress.ts'
import type { PassedOver } from './progress.ts'
import type { Choice } from './status.ts'
import { escaped, fenced } from './text.ts'

const MAX_TIMES = 3

type OfPlan = Dependencies & { readonly plan: ResolvedPlan }

/**
 * Asks whether a phase may begin. After an approval it inspects again: only what was approved is done. Where the hosts have
 * changed, or a proof was passed over meanwhile, the gate opens anew with what changed; after three times people are asked
 * what to do.
 */
export async function settleGate(phase: ResolvedPhase, gate: ResolvedGate, run: OfPlan): Promise<Choice> {
  const { ref, plan, progress } = run
  const inspect = (summary: string) =>
    previewSteps(summary, { ref, plan, phases: [phase], outputs: progress.outputs(phase.steps) })
  for (;;) {
    let shown = await inspect(`inspect what ${phase.phase} would change`)
    let changed: readonly string[] = []
    for (let times = 1; times <= MAX_TIMES; times++) {
      const passed = progress.passedOver().length
      const choice = await askAtGate(phase, gate, { ...run, shown, changed })
      if (choice !== 'approve') return choice
      const now = await inspect(`is it still what was approved for ${phase.phase}?`)
      const passedSince = progress.passedOver().slice(passed)
      if (now.digest === shown.digest && passedSince.length === 0) {
        progress.approve(shown.steps)
        return 'approve'
      }
      changed = [...driftLines(driftOfSteps(shown.steps, now.steps)), ...passedSince.map(passedLine)]
      shown = now
    }
    const choice = await askAboutUnsettled(phase, { ...run, changed })
    if (choice !== 'retry') return choice === 'rollback' ? 'reject' : choice
  }
}

interface Shown {
  readonly shown: StepsPreview
  /** What changed since the last approval. */
  readonly changed: readonly string[]
}

async function askAtGate(
  phase: ResolvedPhase,
  gate: ResolvedGate,
  { shown, changed, ...run }: OfPlan & Shown,
): Promise<Choice> {
  const { display, progress } = run
  const forecast = forecastOf(phase, shown.steps, run)
  const proven = progress
    .evidence()
    .flatMap(({ step, evidence }) =>
      evidence ? [`- ${step} (${evidence.strength}): ${escaped(evidence.summary)}`] : [],
    )
  const passed = progress.passedOver()
  const { choice } = await display.decisions.ask({
    decision: `gate/${phase.phase}`,
    kind: 'gate',
    title: `may "${phase.title}" begin?`,
    phase: phase.phase,
    approvers: gate.approvers,
    covers: shown.digest,
    withinSeconds: gate.withinSeconds,
    onExpiry: gate.otherwise,
    otherwise: { 'ask-again': 'it asks again', reject: 'it is rejected', stop: 'the run stops' }[
      gate.otherwise
    ],
    shows: [
      ...(gate.note === undefined ? [] : [...gate.note.split('\n').map(escaped), '']),
      ...section('Changed since it was approved', listed(changed)),
      ...section('Not proven: passed over by people', listed(passed.map(passedLine))),
      ...(forecast
        ? section(`Forecast downtime: about ${inSeconds(forecast.seconds)}`, listed(forecastLines(forecast)))
        : []),
      ...section(
        `What it would do, in about ${inSeconds(shown.seconds)}`,
        gateLines(shown.steps, Date.now()),
      ),
      '**What is proven so far**',
      '',
      ...(proven.length > 0 ? proven : ['- nothing yet']),
    ],
    choices: [
      { choice: 'approve', does: `"${phase.title}" begins and does what is listed` },
      { choice: 'reject', does: 'it does not begin; all that this run did is rolled back, newest first' },
      { choice: 'stop', does: 'it does not begin; the run ends here and what was done stays' },
    ],
  })
  return choice
}

/** Asks what to do where each approval was out of date by the time of the next inspection. Nothing of the phase has begun. */
async function askAboutUnsettled(
  phase: ResolvedPhase,
  { display, plan, changed }: OfPlan & Pick<Shown, 'changed'>,
): Promise<Choice> {
  const request: Request = {
    decision: `unsettled/${phase.phase}`,
    kind: 'failed-step',
    title: `what "${phase.title}" would do changed after each of ${MAX_TIMES} approvals`,
    phase: phase.phase,
    approvers: phase.gate?.approvers.length ? phase.gate.approvers : approversAfter(plan.phases, phase.phase),
    withinSeconds: ASKED_AGAIN_SECONDS,
    onExpiry: 'ask-again',
    shows: [
      'Nothing of it has begun. Something keeps changing on the hosts. The last changes:',
      '',
      ...listed(changed),
    ],
    choices: [
      { choice: 'retry', does: 'the run inspects again, and the gate opens anew' },
      {
        choice: 'rollback',
        does: 'it does not begin; all that this run did is rolled back, newest first',
        guarded: true,
      },
      { choice: 'stop', does: 'it does not begin; the run ends here and what was done stays' },
    ],
  }
  return (await display.decisions.ask(request)).choice
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`**${title}**`, '', ...lines, '']
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
    const known = after ? `, after ${after.join(', ')}` : ''
    return [
      `- ${step}: ${escaped(title)}${on}${never}`,
      ...changes.map((line) => `  - ${escaped(line)}`),
      ...(blocked === undefined ? [] : [`  - known later${known}: ${escaped(blocked)}`]),
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

function aboutBackup({ newestAt, gradeAtBest }: BackupInspected, now: number): string {
  const hours = Math.max(0, now - Date.parse(newestAt)) / 3_600_000
  const age = hours < 48 ? `${Math.round(hours)} h` : `${Math.floor(hours / 24)} days`
  return `its newest file is ${age} old; grade of proof at best ${gradeAtBest}`
}
