import type { PlacedEffect } from '../scope/effects.ts'
import type { PlanView, StepView } from './rule.ts'

/** Whether two effects are on the same thing. A path includes what is below it, a server its schemas, a
 * project its containers. */
export function sameThing(effect: PlacedEffect, other: PlacedEffect): boolean {
  if (effect.host !== other.host) return false
  if (effect.what === 'project' && other.what === 'container') return isOf(other.name, effect.name)
  if (effect.what === 'container' && other.what === 'project') return isOf(effect.name, other.name)
  if (effect.what !== other.what) return false
  if (effect.name === other.name) return true
  return (
    (effect.what === 'path' || effect.what === 'database') &&
    (isBelow(effect.name, other.name) || isBelow(other.name, effect.name))
  )
}

/** Suggests how the phase of the second step can wait for that of the first. */
export function phaseHint(first: StepView, second: StepView, { phases }: PlanView): string {
  const baseOf = (id: string): string | undefined => phases.find((phase) => phase.id === id)?.base
  // Repetitions of one phase cannot name each other.
  if (baseOf(first.phase) === baseOf(second.phase))
    return 'write separate phases instead of each; then one waits for the other'
  return `add ${first.phase} to the needs of phase ${second.phase}`
}

/** Compose names containers PROJECT-SERVICE-NUMBER. */
function isOf(container: string, project: string): boolean {
  return container.startsWith(`${project}-`) && /^[\w.-]+-\d+$/.test(container.slice(project.length + 1))
}

export function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

/** Whether a folder is that path, or contains it. */
export function isOrContains(folder: string, path: string): boolean {
  return path === folder || isBelow(path, folder)
}

/** Whether a name holds the run's id as a word: nothing from before the run has such a name. */
export function hasRunId(name: string, { runId }: PlanView): boolean {
  return name
    .split(/[^\w.-]+/)
    .some((part) => `-${part}-`.replaceAll(/[_.]/g, '-').includes(`-${asPart(runId)}-`))
}

function asPart(runId: string): string {
  return runId.replaceAll(/[_.]/g, '-')
}

/** Whether the plan created a thing before this step: then nobody else uses it. */
export function isOwn(effect: PlacedEffect, step: StepView, plan: PlanView): boolean {
  return plan.steps.some(
    (other) =>
      plan.before(other, step) &&
      plan.clearedBy(other, step) === undefined &&
      other.effects.some((made) => {
        if (made.host !== effect.host) return false
        const isStarted = made.what === 'project' && other.traits.startsStack === true
        if (isStarted && effect.what === 'container') return isOf(effect.name, made.name)
        // PROJECT/SERVICE/SCHEMA
        if (isStarted && effect.what === 'database') return isBelow(effect.name, made.name)
        return made.what === effect.what && made.name === effect.name && (made.how === 'creates' || isStarted)
      }),
  )
}

/**
 * Returns an effect of a step that modifies or deletes something in use, which the plan did not create. Starting a stack
 * does not count: a restore starts its own beside the old one.
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
