import type { PlacedEffect } from '../scope/effects.ts'
import { actsOn, hasRunId, sameThing } from './resources.ts'
import type { PlanView, Rule, RuleFinding, StepView } from './rule.ts'

export const clearsWhatServes: Rule = {
  id: 'R058',
  name: 'clears-what-serves',
  severity: 'error',
  title: 'A phase that is cleared stops, modifies or deletes what the plan did not create',
  why: 'A clear undoes the changes of a phase as soon as the run gets there: visitors would lose the service twice, for a rehearsal.',
  fix: 'Rehearse on copies: a scratch volume and a scratch project whose names hold ${{ run.id }}.',
  example: {
    wrong: `- { step: stop, kind: containers-stop, projects: [shop] }`,
    right: `- { step: copy, kind: volume-restore, from: /backup/db, volume: "shop-\${{ run.id }}_db" }`,
  },
  find: (plan) =>
    plan.phases.flatMap((phase) =>
      phase.clears.flatMap((cleared) =>
        plan.steps
          .filter((step) => step.phase === cleared)
          .flatMap((step) => {
            const act = actsOn(step, plan)
            if (!act || hasRunId(act.name, plan)) return []
            return {
              at: step,
              message: `${step.id} ${act.how} ${act.what} ${act.name}, which this plan did not create, and phase ${phase.id} clears it`,
              hint: 'work on a copy whose name holds ${{ run.id }}, or clear another phase',
            }
          }),
      ),
    ),
}

export const usedAfterClear: Rule = {
  id: 'R059',
  name: 'used-after-clear',
  severity: 'warning',
  title: 'A step uses what a clear has removed, or a clear removes what a later step has changed',
  why: 'After a clear the things that its phases created are gone. A step that needs one fails, or finds what another run left there. Where a step changes what a cleared step created, and is not cleared with it, this is an error.',
  fix: 'Clear later, clear both phases, or create the thing again.',
  example: {
    wrong: `- phase: rehearsal
  clears: [rehearsal]
- phase: proof`,
    right: `- phase: stage
- phase: proof
  clears: [stage]`,
  },
  find: (plan) =>
    plan.steps.flatMap((step) => [
      ...usesCleared(step, plan),
      ...looksUpCleared(step, plan),
      ...changesWhatIsCleared(step, plan),
    ]),
}

/** What a step creates: a stack counts, for starting it is no effect of its own. */
function createdBy(step: StepView): readonly PlacedEffect[] {
  return step.effects.filter(
    ({ how, what }) => how === 'creates' || (what === 'project' && step.traits.startsStack === true),
  )
}

function isCreatedAnew(thing: PlacedEffect, step: StepView, plan: PlanView): boolean {
  return plan.steps.some(
    (other) =>
      (other.id === step.id || (plan.before(other, step) && plan.clearedBy(other, step) === undefined)) &&
      createdBy(other).some((made) => sameThing(made, thing)),
  )
}

function usesCleared(step: StepView, plan: PlanView): readonly RuleFinding[] {
  for (const maker of plan.steps) {
    const by = plan.clearedBy(maker, step)
    if (by === undefined) continue
    const used = createdBy(maker).find(
      (made) => step.effects.some((effect) => sameThing(effect, made)) && !isCreatedAnew(made, step, plan),
    )
    if (used)
      return [
        {
          at: step,
          message: `${step.id} uses ${used.what} ${used.name}, which ${maker.id} creates and phase ${by} clears before`,
          hint: `move ${step.base} before the end of phase ${by}, or clear ${maker.phase} later`,
        },
      ]
  }
  return []
}

function looksUpCleared(step: StepView, plan: PlanView): readonly RuleFinding[] {
  const written = JSON.stringify(step.written)
  for (const maker of plan.steps) {
    const by = plan.clearedBy(maker, step)
    if (by === undefined || !written.includes(`steps.${maker.id}.outputs`)) continue
    const message = `${step.id} looks up an output of ${maker.id}, which phase ${by} clears before: what it names may be gone`
    return [{ at: step, text: `steps.${maker.id}.outputs`, message, hint: `clear ${maker.phase} later` }]
  }
  return []
}

/** A step between a cleared step and the clear, which the clear leaves as it is. */
function changesWhatIsCleared(step: StepView, plan: PlanView): readonly RuleFinding[] {
  const own = plan.phases.find(({ id }) => id === step.phase)
  for (const phase of plan.phases) {
    const isBetween = own && (phase.id === own.id || plan.phaseBefore(own, phase))
    if (!isBetween || phase.clears.includes(step.phase)) continue
    const changed = step.effects.filter(({ how }) => how !== 'reads')
    const maker = plan.steps.find(
      (other) =>
        phase.clears.includes(other.phase) &&
        plan.before(other, step) &&
        createdBy(other).some((made) => changed.some((effect) => sameThing(effect, made))),
    )
    if (maker)
      return [
        {
          at: step,
          severity: 'error',
          message: `phase ${phase.id} clears what ${maker.id} created, and ${step.id}, which changes it too, is not cleared`,
          hint: `add ${step.phase} to the clears of phase ${phase.id}`,
        },
      ]
  }
  return []
}
