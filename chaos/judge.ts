import { diffFingerprints } from '../testbed/diff-fingerprints.ts'
import { notNamed } from '../testbed/not-named.ts'
import type { Rest } from './answer.ts'
import { comparable } from './comparable.ts'
import type { End, Result, Wrong } from './tally.ts'

/** A run without kills, as the reference for the others. */
export interface Reference {
  /** Of its machine, after the run. */
  readonly fingerprint: string
  /** Of the stack that serves after the run. */
  readonly rows: string
}

/** The state after a run. Lists contain problems, and are empty without any. */
export interface Found {
  readonly rest: Rest
  /** The result of the run, or of its rollback, in Temporal: COMPLETED, or the failure's type and text. */
  readonly outcome: string
  readonly end?: Exclude<End, 'asked'>
  readonly fingerprint: { readonly before: string; readonly after: string }
  readonly rows: { readonly oldBefore: string; readonly oldAfter: string; readonly new?: string }
  /** The leftovers that a rollback reported. */
  readonly leftovers: string
  readonly lost: readonly string[]
  /** Problems of the stack that serves now. */
  readonly notServed: readonly string[]
  readonly neighbours: readonly string[]
  readonly secrets: readonly string[]
  readonly locks: readonly string[]
  readonly leftRunning: readonly string[]
}

/** Returns the violations of a run, by the count they belong to. */
export function judged(found: Found, reference: Reference | undefined): Pick<Result, 'end' | 'wrongs'> {
  const wrongs: { wrong: Wrong; what: string }[] = []
  const add = (wrong: Wrong, all: readonly string[]) => wrongs.push(...all.map((what) => ({ wrong, what })))
  const end = endOf(found)
  add('secrets seen', found.secrets)
  add('neighbours harmed', found.neighbours)
  add('lost rows', found.lost)
  if (end === undefined) add('other ends', [`${found.rest.is}: ${found.outcome}`])
  // A run with an open question keeps its locks, and is between two states: its question must name the step.
  if (found.rest.is === 'asked') add('other ends', namesNothing(found.rest.decision))
  else if (found.rest.is === 'closed') {
    add('locked', found.locks)
    add('left running', found.leftRunning)
    if (end !== undefined) add('differing ends', [...found.notServed, ...differences(found, reference)])
  }
  return { wrongs, ...(end === undefined ? {} : { end }) }
}

function endOf({ rest, end }: Found): End | undefined {
  if (rest.is === 'asked') return 'asked'
  return rest.is === 'closed' ? end : undefined
}

function differences(
  { end, fingerprint: { before, after }, rows, leftovers }: Found,
  reference: Reference | undefined,
): readonly string[] {
  const old = differs('rows of the old stack', rows.oldBefore, rows.oldAfter)
  if (end === 'rolled back') return [...old, ...notNamed(diffFingerprints(before, after), leftovers)]
  if (reference === undefined) return old
  return [
    ...old,
    ...differs('rows of the new stack', reference.rows, rows.new ?? 'none'),
    ...diffFingerprints(comparable(reference.fingerprint), comparable(after)),
  ]
}

function differs(what: string, wanted: string, found: string): readonly string[] {
  return wanted === found ? [] : [`${what}: ${found}, not ${wanted}`]
}

/** A question must name its step, its host, and what was observed. */
function namesNothing({
  decision,
  title,
  step,
  host,
  happened,
}: Extract<Rest, { readonly is: 'asked' }>['decision']): readonly string[] {
  const isNamed = step !== undefined && host !== undefined && title.includes(step) && title.includes(host)
  return isNamed && happened.trim() !== '' ? [] : [`${decision} does not say what is unknown: ${title}`]
}
