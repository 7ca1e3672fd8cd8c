import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { WorkflowHandle } from '@temporalio/client'
import { setTimeout as wait } from 'node:timers/promises'
import { isMap, isSeq, parseDocument } from 'yaml'
import type { Document, YAMLMap } from 'yaml'
import { packageFolder } from '../src/config.ts'
import { neededFor } from '../src/workflows/quorum.ts'
import type { Decision, DecisionAnswer } from '../src/workflows/status.ts'
import type { TestHost } from './test-host.ts'
import { decide, statusOf } from './watch-run.ts'
import type { Stage } from './run-stage.ts'

type ShippedPlan = 'mech-evolve' | 'message-bus' | 'miyabi-reconstruction' | 'vividwalls-restore'

/** The ids of a shipped plan's phases, in order. */
export async function shippedPhases(plan: ShippedPlan): Promise<string[]> {
  return phasesOf(await shippedPlan(plan)).map((phase) => String(phase.get('phase')))
}

/** Those of them that stand behind a gate. */
export async function shippedGates(plan: ShippedPlan): Promise<string[]> {
  return phasesOf(await shippedPlan(plan)).flatMap((phase) =>
    phase.has('gate') ? [String(phase.get('phase'))] : [],
  )
}

interface Failing {
  readonly plan: ShippedPlan
  readonly phase: string
  /** Phases that are left out, for time. */
  readonly without?: readonly string[]
  /** Default: all is rolled back. */
  readonly onFailure?: 'ask' | 'rollback'
}

/** Writes the shipped plan with a step that fails once all others of `phase` are done. Returns its path. */
export async function failingAtTheEndOf(
  stage: Stage,
  { plan, phase, without = [], onFailure = 'rollback' }: Failing,
): Promise<string> {
  const document = await shippedPlan(plan)
  leaveOut(document, without)
  const [broken] = phasesOf(document).filter((one) => one.get('phase') === phase)
  const steps = broken?.get('steps')
  if (!broken || !isSeq(steps)) throw new TypeError(`the plan has no phase ${phase}`)
  broken.set('onFailure', onFailure)
  steps.add(
    document.createNode({
      step: 'breaks',
      kind: 'command',
      needs: stepsOf(broken),
      script: 'exit 1',
      cannotUndo: 'it does nothing',
      noProof: 'it fails',
    }),
  )
  return await writeCopy(stage, plan, { name: `${plan}-until-${phase}`, document })
}

/** Writes the shipped plan without some of its phases. Returns its path. */
export async function shippedWithout(
  stage: Stage,
  { plan, phases }: { readonly plan: ShippedPlan; readonly phases: readonly string[] },
): Promise<string> {
  const document = await shippedPlan(plan)
  leaveOut(document, phases)
  return await writeCopy(stage, plan, { name: `${plan}-without-${phases.join('-')}`, document })
}

async function writeCopy(
  stage: Stage,
  plan: ShippedPlan,
  { name, document }: { readonly name: string; readonly document: Document },
): Promise<string> {
  await cp(packageFolder('plans', plan), join(stage.folder, 'plans', name), { recursive: true })
  return await stage.plan(name, document.toString())
}

/** Removes phases, and what criteria of gates say of their steps. */
function leaveOut(document: Document, without: readonly string[]): void {
  const isOut = (phase: YAMLMap) => without.includes(String(phase.get('phase')))
  const gone = phasesOf(document).filter(isOut).flatMap(stepsOf)
  for (const phase of phasesOf(document)) {
    const criteria = phase.getIn(['gate', 'criteria'])
    if (!isSeq<YAMLMap>(criteria)) continue
    criteria.items = criteria.items.filter(
      (one) => ![one.toJSON().by].flat().some((step) => gone.includes(step)),
    )
  }
  const phases = document.get('phases')
  if (isSeq<YAMLMap>(phases)) phases.items = phases.items.filter((phase) => !isOut(phase))
}

function stepsOf(phase: YAMLMap): string[] {
  const steps = phase.get('steps')
  return isSeq<YAMLMap>(steps) ? steps.items.map((step) => String(step.get('step'))) : []
}

/** How a test answers, or leaves it open and answers nothing more. */
export type Answers = (decision: Decision) => Promise<Answered> | Answered
type Answered = DecisionAnswer['choice'] | undefined

/** @throws for a question that is no gate and no person's word: nothing else should be asked. */
export const approveAll: Answers = ({ decision, choices, title, shows }) => {
  if (choices.some(({ choice }) => choice === 'approve')) return 'approve'
  throw new Error(`nobody foresaw ${decision}: ${title}\n${shows.join('\n')}`)
}

/** As approveAll, until a step has failed: what to do then is left open. */
export const approveUntilAStepFails: Answers = (decision) =>
  decision.kind === 'failed-step' ? undefined : approveAll(decision)

/**
 * Answers all that a run asks, until it is closed or a question is left open; gives the decisions in the order in which they
 * were answered. Of several people, as many answer as the decision needs.
 */
export async function answerToTheEnd(
  run: WorkflowHandle,
  answers: Answers = approveAll,
  {
    seconds = 540,
    by = ['tester'],
  }: { readonly seconds?: number; readonly by?: string | readonly string[] } = {},
): Promise<readonly Decision[]> {
  const answered: Decision[] = []
  const deadline = Date.now() + seconds * 1000
  while (Date.now() < deadline) {
    // Temporal or its worker may be away: that is what some tests do.
    const { status } = await run.describe().catch(() => ({ status: { name: 'RUNNING' } }))
    if (status.name !== 'RUNNING') return answered
    const open = (await statusOf(run).catch(() => undefined))?.decisions ?? []
    for (const decision of open) {
      const choice = await answers(decision)
      if (choice === undefined) return answered
      answered.push(decision)
      for (const person of [by].flat().slice(0, neededFor(decision, choice)))
        await decide(run, decision, choice, person).catch((error: unknown) => {
          // An update that was taken, and whose caller was cut off before it heard of it, is found decided.
          if (
            !/decided already|answered \S+ already|is open|UNAVAILABLE|ECONN/.test(
              String(error instanceof Error ? error.cause : error),
            )
          )
            throw error
        })
    }
    await wait(100)
  }
  throw new Error(`${run.workflowId} did not end: ${JSON.stringify(await statusOf(run), null, 1)}`)
}

/** The full ids of the running containers of a project. */
export async function runningIn(testHost: TestHost, project: string): Promise<readonly string[]> {
  const label = `label=com.docker.compose.project=${project}`
  const ids = await testHost.must(`docker ps -q --no-trunc --filter ${label} | sort`)
  return ids.split('\n').filter(Boolean)
}

async function shippedPlan(plan: ShippedPlan): Promise<Document> {
  return parseDocument(await readFile(packageFolder('plans', plan, 'plan.yaml'), 'utf8'))
}

function phasesOf(document: Document): YAMLMap[] {
  const phases = document.get('phases')
  if (!isSeq(phases)) throw new TypeError('the plan has no list of phases')
  return phases.items.filter(isMap)
}
