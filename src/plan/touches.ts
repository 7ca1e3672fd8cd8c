import type { AnyStepKind, Touch } from '../steps/step-kind.ts'
import type { PhaseDraft, StepDraft } from './draft.ts'
import type { Findings } from './findings.ts'
import { allBefore, type Needs } from './order.ts'
import type { ResolvedPlan } from './plan.ts'
import { shownValues } from './step-fields.ts'

/** What one step has to do with on its host. */
export interface StepTouches {
  readonly phase: string
  readonly step: string
  readonly host: string
  readonly touches: readonly Touch[]
}

/** What every step of a resolved plan touches: its scope. Names that only the run knows are in ‹›. */
export function touchesOf(
  plan: Pick<ResolvedPlan, 'phases'>,
  kinds: ReadonlyMap<string, AnyStepKind>,
): readonly StepTouches[] {
  return plan.phases.flatMap(({ phase, steps }) =>
    steps.map(({ step, host, kind, fields }) => {
      const known = kinds.get(kind)
      return { phase, step, host, touches: known?.touches(shownValues(known, fields)) ?? [] }
    }),
  )
}

/** A step with its place in the plan, to tell of a collision. */
export interface Placed extends StepTouches {
  readonly draft: StepDraft
}

/** Tells of steps that may run at the same time and touch the same thing, where one of them does more than read. */
export function reportCollisions(
  placed: readonly Placed[],
  order: { readonly phases: Needs; readonly steps: ReadonlyMap<string, Needs> },
  findings: Findings,
): void {
  const phaseBefore = new Map([...order.phases.keys()].map((id) => [id, allBefore(order.phases, id)]))
  const stepBefore = new Map(
    [...order.steps.values()].flatMap((needs) =>
      [...needs.keys()].map((id) => [id, allBefore(needs, id)] as const),
    ),
  )
  const apart = (one: Placed, other: Placed): boolean => {
    const [before, a, b] =
      one.phase === other.phase ? [stepBefore, one.step, other.step] : [phaseBefore, one.phase, other.phase]
    return before.get(a)?.has(b) === true || before.get(b)?.has(a) === true
  }
  for (const [index, other] of placed.entries())
    for (const one of placed.slice(0, index)) {
      if (one.host !== other.host || one.step === other.step || apart(one, other)) continue
      const shared = sharedThing(one.touches, other.touches)
      if (shared === undefined) continue
      findings.at([...other.draft.at, 'step'], {
        code: 'steps-collide',
        message: `${one.step} and ${other.step} may run at the same time and both touch ${shared} on ${other.host}`,
        hint:
          one.phase === other.phase
            ? `let one wait for the other: needs: [${one.draft.base}]`
            : `let phase ${other.phase} wait for phase ${one.phase}`,
      })
    }
}

/** The first thing that both touch and one of them changes. */
function sharedThing(touches: readonly Touch[], others: readonly Touch[]): string | undefined {
  const found = touches.find((touch) =>
    others.some((other) => sameThing(touch, other) && !bothRead(touch, other)),
  )
  return found && `${found.what} ${found.name}`
}

function bothRead(touch: Touch, other: Touch): boolean {
  return touch.how === 'reads' && other.how === 'reads'
}

/** A path is the same as one that lies in it. */
function sameThing(touch: Touch, other: Touch): boolean {
  if (touch.what !== other.what) return false
  if (touch.name === other.name) return true
  return touch.what === 'path' && (within(touch.name, other.name) || within(other.name, touch.name))
}

function within(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

/** Tells of a step that destroys for good while nobody is asked before. */
export function reportUngated(
  phase: PhaseDraft,
  step: Placed,
  cannotUndo: string | undefined,
  findings: Findings,
): void {
  const removed = step.touches.find(({ how }) => how === 'removes')
  if (cannotUndo === undefined || !removed || phase.isGated) return
  findings.at([...step.draft.at, 'step'], {
    code: 'no-gate',
    message: `${step.step} removes ${removed.what} ${removed.name} for good, and nobody is asked before`,
    hint: `give phase ${phase.id} a gate`,
  })
}
