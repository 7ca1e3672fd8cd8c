import { isIn } from '../../fields/is-in.ts'
import type { StepTouches } from './touches.ts'

/**
 * The step after which what `later` waits for is known: the last one before `step` that makes, changes or removes a
 * thing whose name stands in that text, or else one that `step` itself has to do with. Undefined where none says so.
 */
export function makerOf(later: string, step: string, all: readonly StepTouches[]): string | undefined {
  const at = all.findIndex((one) => one.step === step)
  const own = all[at]?.touches ?? []
  const made = all.slice(0, Math.max(at, 0)).flatMap((earlier) =>
    earlier.touches
      .filter(({ how }) => how !== 'reads')
      .map((touch) => ({
        step: earlier.step,
        what: touch.what,
        name: touch.name,
        host: touch.host,
      })),
  )
  const named = made.filter(({ name }) => standsIn(name, later))
  // Of /srv/app and /srv/app/data the longer name is meant.
  const longest = Math.max(0, ...named.map(({ name }) => name.length))
  const best = named.filter(({ name }) => name.length === longest)
  const shared = made.filter(({ what, name, host }) =>
    own.some((touch) => touch.what === what && touch.name === name && touch.host === host),
  )
  return (best.at(-1) ?? shared.at(-1))?.step
}

/**
 * A path that `step` reads and that an earlier step takes away: what is there now is not what the step will find. With the
 * last step before it that has to do with the path. Undefined where there is none.
 */
export function replacedBefore(
  step: string,
  all: readonly StepTouches[],
): { readonly path: string; readonly by: string } | undefined {
  const at = all.findIndex((one) => one.step === step)
  const before = all
    .slice(0, Math.max(at, 0))
    .flatMap((earlier) => earlier.touches.map((touch) => ({ ...touch, step: earlier.step })))
    .filter(({ how, what }) => what === 'path' && (how === 'removes' || how === 'makes'))
  for (const { how, what, name, host } of all[at]?.touches ?? []) {
    if (how !== 'reads' || what !== 'path') continue
    const over = before.filter((touch) => touch.host === host && isIn(touch.name, name))
    const last = over.at(-1)
    if (last && over.some((touch) => touch.how === 'removes')) return { path: name, by: last.step }
  }
  return undefined
}

/** A container is called `project-service-1`, a file lies in its directory: the name may go on with a mark. */
function standsIn(name: string, text: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const before = text[at - 1] ?? ' '
    const after = text[at + name.length] ?? ' '
    if (/[^\w./-]/.test(before) && /[^\w]/.test(after)) return true
  }
  return false
}
