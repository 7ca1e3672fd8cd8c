import type { PlacedTouch } from '../scope/touches.ts'
import type { PlanView, StepView } from './rule.ts'

/** A path is the same as one that lies in it, a project the same as a container of it: shop and shop-web-1. */
export function sameThing(touch: PlacedTouch, other: PlacedTouch): boolean {
  if (touch.host !== other.host) return false
  if (touch.what === 'project' && other.what === 'container') return isOf(other.name, touch.name)
  if (touch.what === 'container' && other.what === 'project') return isOf(touch.name, other.name)
  if (touch.what !== other.what) return false
  if (touch.name === other.name) return true
  return touch.what === 'path' && (isBelow(touch.name, other.name) || isBelow(other.name, touch.name))
}

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
export function isOwn(touch: PlacedTouch, step: StepView, plan: PlanView): boolean {
  return plan.steps.some(
    (other) =>
      plan.before(other, step) &&
      other.touches.some(
        (made) =>
          made.host === touch.host &&
          made.what === touch.what &&
          made.name === touch.name &&
          (made.how === 'makes' || (made.what === 'project' && other.kind === 'compose-up')),
      ),
  )
}

/**
 * What a step does to something that serves and that the plan did not make: stopped, changed or taken away. Starting a
 * stack is none of it: a restore starts its own beside the old one.
 */
export function actsOn(step: StepView, plan: PlanView): PlacedTouch | undefined {
  if (step.kind === 'compose-up') return undefined
  return step.touches.find(
    (touch) =>
      (touch.how === 'removes' ||
        (touch.how === 'changes' && ['project', 'container', 'volume', 'database'].includes(touch.what))) &&
      !isOwn(touch, step, plan),
  )
}
