import { diffFingerprints } from '../testbed/diff-fingerprints.ts'
import { notNamed } from '../testbed/not-named.ts'
import type { Rest } from './answer.ts'
import { comparable } from './comparable.ts'
import type { End, Result, Wrong } from './tally.ts'

/** A run in which nothing was killed, to hold the others against. */
export interface Reference {
  /** Of its machine, once it was done. */
  readonly fingerprint: string
  /** Of the stack that serves then. */
  readonly rows: string
}

/** What was found once a run had come to rest. Whatever is a list names what is wrong, and is empty where nothing is. */
export interface Found {
  readonly rest: Rest
  /** What Temporal says of the run, or of its rollback: COMPLETED, or the failure's type and text. */
  readonly outcome: string
  readonly end?: Exclude<End, 'asked'>
  readonly fingerprint: { readonly before: string; readonly after: string }
  readonly rows: { readonly oldBefore: string; readonly oldAfter: string; readonly new?: string }
  /** All that a rollback said it left. */
  readonly leftovers: string
  readonly lost: readonly string[]
  /** What is not served as it should be by whoever serves now. */
  readonly notServed: readonly string[]
  readonly neighbours: readonly string[]
  readonly secrets: readonly string[]
  readonly locks: readonly string[]
  readonly leftRunning: readonly string[]
}

/** What is wrong with how a run ended, and how that is counted. */
export function judged(found: Found, reference: Reference | undefined): Pick<Result, 'end' | 'wrongs'> {
  const wrongs: { wrong: Wrong; what: string }[] = []
  const add = (wrong: Wrong, all: readonly string[]) => wrongs.push(...all.map((what) => ({ wrong, what })))
  const end = endOf(found)
  add('secrets seen', found.secrets)
  add('neighbours harmed', found.neighbours)
  add('lost rows', found.lost)
  if (end === undefined) add('other ends', [`${found.rest.is}: ${found.outcome}`])
  // A run that asks holds its locks, and is between two states: what it must do is say at what.
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

/** A question has to say of which step on which host it is, and what was seen. */
function namesNothing({
  decision,
  title,
  step,
  host,
  shows,
}: Extract<Rest, { readonly is: 'asked' }>['decision']): readonly string[] {
  const isNamed = step !== undefined && host !== undefined && title.includes(step) && title.includes(host)
  return isNamed && shows.join('').trim() !== '' ? [] : [`${decision} does not say what is unknown: ${title}`]
}
