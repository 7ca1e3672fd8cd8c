import type { PlacedEffect } from '../scope/effects.ts'
import type { PlanView, StepView } from './rule.ts'

/** A path is the same as one that lies in it, a project the same as a container of it: shop and shop-web-1. */
export function sameThing(effect: PlacedEffect, other: PlacedEffect): boolean {
  if (effect.host !== other.host) return false
  if (effect.what === 'project' && other.what === 'container') return isOf(other.name, effect.name)
  if (effect.what === 'container' && other.what === 'project') return isOf(effect.name, other.name)
  if (effect.what !== other.what) return false
  if (effect.name === other.name) return true
  return effect.what === 'path' && (isBelow(effect.name, other.name) || isBelow(other.name, effect.name))
}

/** As plan files and people say it. */
export const DOES = { reads: 'reads', creates: 'makes', modifies: 'changes', deletes: 'removes' } as const

/** How the phase of one step can wait for that of another. */
export function phaseHint(first: StepView, second: StepView, { phases }: PlanView): string {
  const baseOf = (id: string): string | undefined => phases.find((phase) => phase.id === id)?.base
  // What `each` repeats cannot name itself.
  if (baseOf(first.phase) === baseOf(second.phase))
    return 'write the phases one below the other instead of each: then one waits for the other'
  return `let phase ${second.phase} wait for phase ${first.phase}`
}

/** As Compose names containers: the project, the service, a number. */
function isOf(container: string, project: string): boolean {
  return container.startsWith(`${project}-`) && /^[\w.-]+-\d+$/.test(container.slice(project.length + 1))
}

export function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

/** Whether a folder is that path, or has it in it. */
export function isOrContains(folder: string, path: string): boolean {
  return path === folder || isBelow(path, folder)
}

/** Whether the plan itself made a thing before this step: then it is not what people use. */
export function isOwn(effect: PlacedEffect, step: StepView, plan: PlanView): boolean {
  return plan.steps.some(
    (other) =>
      plan.before(other, step) &&
      other.effects.some(
        (made) =>
          made.host === effect.host &&
          made.what === effect.what &&
          made.name === effect.name &&
          (made.how === 'creates' || (made.what === 'project' && other.traits.startsStack)),
      ),
  )
}

/**
 * What a step does to something that serves and that the plan did not make: stopped, changed or taken away. Starting a
 * stack is none of it: a restore starts its own beside the old one.
 */
export function actsOn(step: StepView, plan: PlanView): PlacedEffect | undefined {
  if (step.traits.startsStack) return undefined
  return step.effects.find(
    (effect) =>
      (effect.how === 'deletes' ||
        (effect.how === 'modifies' &&
          ['project', 'container', 'volume', 'database'].includes(effect.what))) &&
      !isOwn(effect, step, plan),
  )
}
