import { isIn, overlap } from '../../fields/is-in.ts'
import type { Effect } from '../../steps/step-kind.ts'
import type { PlacedEffect, StepEffects } from './effects.ts'

/**
 * Returns the step that produces what `step` is blocked on: the last earlier step with an effect on the same thing, or else
 * on a thing that `step` has an effect on. Undefined where no earlier step has one.
 */
export function producerOf(blockedOn: Effect, step: string, all: readonly StepEffects[]): string | undefined {
  const at = all.findIndex((one) => one.step === step)
  const own = all[at]?.effects ?? []
  const wanted = { ...blockedOn, host: blockedOn.host ?? all[at]?.host ?? '' }
  const earlier = all
    .slice(0, Math.max(at, 0))
    .flatMap((one) => one.effects.map((effect) => ({ ...effect, step: one.step })))
    .filter(({ how, host, inPlace }) => how !== 'reads' && !inPlace && host === wanted.host)
  const same = earlier.filter((effect) => produces(effect, wanted))
  // Of /srv/app and /srv/app/data the longer name is the producer.
  const longest = Math.max(0, ...same.map(({ name }) => name.length))
  const best = same.filter(({ name }) => name.length === longest)
  // A step that creates something in a directory creates the directory.
  const inside = earlier.filter(
    ({ how, what, name }) =>
      how === 'creates' && what === 'path' && wanted.what === 'path' && isIn(wanted.name, name),
  )
  const shared = earlier.filter(({ what, name, host }) =>
    own.some((effect) => effect.what === what && effect.name === name && effect.host === host),
  )
  // A container that does not exist has no label yet: any project that an earlier step starts may create it.
  const started = earlier.filter(
    ({ how, what }) =>
      how === 'modifies' && what === 'project' && wanted.what === 'container' && wanted.how === 'creates',
  )
  return (best.at(-1) ?? inside.at(-1) ?? shared.at(-1) ?? started.at(-1))?.step
}

/** A path produces everything in it, a project its containers, volumes, networks and images. */
function produces(effect: PlacedEffect, wanted: PlacedEffect): boolean {
  if (effect.what === 'path') return wanted.what === 'path' && isIn(effect.name, wanted.name)
  if (effect.what === wanted.what) return effect.name === wanted.name
  if (effect.what !== 'project') return false
  if (wanted.project !== undefined) return effect.name === wanted.project
  // What Compose is going to create has no label yet, and is named after its project.
  return (
    wanted.how === 'creates' &&
    ['container', 'volume', 'network', 'image'].includes(wanted.what) &&
    /^[^A-Za-z0-9]/.test(wanted.name.slice(effect.name.length)) &&
    wanted.name.startsWith(effect.name)
  )
}

/**
 * Returns a path that `step` reads and that an earlier step deletes, with the last earlier step that deletes or creates it:
 * the step will not find what is there now. Undefined where there is none.
 */
export function replacedBefore(
  step: string,
  all: readonly StepEffects[],
): { readonly path: string; readonly by: string } | undefined {
  const at = all.findIndex((one) => one.step === step)
  const before = all
    .slice(0, Math.max(at, 0))
    .flatMap((earlier) => earlier.effects.map((effect) => ({ ...effect, step: earlier.step })))
    .filter(({ how, what }) => what === 'path' && (how === 'deletes' || how === 'creates'))
  for (const { how, what, name, host } of all[at]?.effects ?? []) {
    if (how !== 'reads' || what !== 'path') continue
    const over = before.filter((effect) => effect.host === host && isIn(effect.name, name))
    const last = over.at(-1)
    if (last && over.some((effect) => effect.how === 'deletes')) return { path: name, by: last.step }
  }
  return undefined
}

/**
 * Returns the last earlier step that changes one of the things that a refusal is about, with what it changes: it deletes a path
 * above, at or below it, or writes to a path at or below it; or it deletes the volume, container … or the container's project.
 */
export function changedBefore(
  about: readonly Effect[],
  step: string,
  all: readonly StepEffects[],
): { readonly name: string; readonly what: Effect['what']; readonly by: string } | undefined {
  const at = all.findIndex((one) => one.step === step)
  const host = all[at]?.host ?? ''
  for (const earlier of all.slice(0, Math.max(at, 0)).toReversed()) {
    const changed = earlier.effects.find((effect) =>
      about.some((one) => isChanged({ ...one, host: one.host ?? host }, effect)),
    )
    if (changed) return { name: changed.name, what: changed.what, by: earlier.step }
  }
  return undefined
}

function isChanged(about: PlacedEffect, { how, what, name, host }: PlacedEffect): boolean {
  if (host !== about.host) return false
  if (about.what === 'path')
    return (
      what === 'path' &&
      ((how === 'deletes' && overlap(name, about.name)) || (how === 'modifies' && isIn(about.name, name)))
    )
  if (how !== 'deletes') return false
  return (what === about.what && name === about.name) || (what === 'project' && name === about.project)
}
