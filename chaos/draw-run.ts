import { randomFrom } from '../testbed/random.ts'
import type { Random } from '../testbed/random.ts'
import { faults } from '../testbed/strike.ts'
import type { Fault } from '../testbed/strike.ts'

/** A planned kill. */
export interface PlannedFault {
  readonly is: Fault
  /** The share of completed steps at that moment; during a rollback, of undone phases. */
  readonly at: number
  /** The delay after that moment, so that a kill can hit any part of a step. */
  readonly thenMilliseconds: number
  readonly awayMilliseconds: number
  /** Whether it is made together with the previous kill, at that kill's moment. */
  readonly withTheOneBefore: boolean
}

/** Why a successful run is rolled back. */
export type Turn =
  | { readonly is: 'cancelled'; readonly at: number; readonly thenMilliseconds: number }
  | { readonly is: 'rejected'; readonly gate: string }
  | { readonly is: 'broken'; readonly phase: string }
  | { readonly is: 'done and rolled back' }

/** The random parameters of a run, determined by seed and number. */
export interface DrawnRun {
  readonly number: number
  readonly faults: readonly PlannedFault[]
  readonly faultsBack: readonly PlannedFault[]
  /** Absent for a run that is not rolled back. */
  readonly turn?: Turn
  /** The number of retries of a failed step before the rollback. */
  readonly retries: number
}

const SHARE_BACK = 0.35
const SHARE_TOGETHER = 0.2
const LONGEST_AWAY = 8000
const LONGEST_THEN = 5000
/** A rollback is short, and its first phase is often most of it: half of the kills come before that is undone. */
const LONGEST_THEN_BACK = 1500
const [FROM_BACK, UNTIL_BACK] = [-0.7, 0.7]

/** `phases` are those of the plan, in order; `gates` are the phases that have a gate. */
export function drawRun(
  { seed, number }: { readonly seed: number; readonly number: number },
  { phases, gates }: { readonly phases: readonly string[]; readonly gates: readonly string[] },
): DrawnRun {
  const random = randomFrom(seed * 1_000_003 + number)
  const back = random() < SHARE_BACK
  const turn = back ? drawTurn(random, phases, gates) : undefined
  const until = turn === undefined ? 1 : placeOf(turn, phases)
  return {
    number,
    faults: drawFaults(random, { count: 2 + whole(random, back ? 2 : 4), until }),
    faultsBack:
      turn === undefined
        ? []
        : drawFaults(random, {
            count: 1 + whole(random, 2),
            from: FROM_BACK,
            until: UNTIL_BACK,
            longestThen: LONGEST_THEN_BACK,
          }),
    ...(turn === undefined ? {} : { turn }),
    retries: random() < 0.8 ? 12 : 0,
  }
}

function drawTurn(random: Random, phases: readonly string[], gates: readonly string[]): Turn {
  const kind = random()
  if (kind < 0.4)
    return { is: 'cancelled', at: random() * 0.95, thenMilliseconds: moment(random, LONGEST_THEN) }
  if (kind < 0.6) return { is: 'rejected', gate: oneOf(random, gates) }
  if (kind < 0.8) return { is: 'broken', phase: oneOf(random, phases) }
  return { is: 'done and rolled back' }
}

/** The approximate progress of a run at that moment. */
function placeOf(turn: Turn, phases: readonly string[]): number {
  const before = (phase: string) => phases.indexOf(phase) / phases.length
  switch (turn.is) {
    case 'cancelled':
      return turn.at
    case 'rejected':
      return before(turn.gate)
    case 'broken':
      return before(turn.phase) + 1 / phases.length
    case 'done and rolled back':
      return 1
  }
}

function drawFaults(
  random: Random,
  {
    count,
    until,
    from = 0,
    longestThen = LONGEST_THEN,
  }: {
    readonly count: number
    readonly until: number
    readonly from?: number
    readonly longestThen?: number
  },
): readonly PlannedFault[] {
  const drawn = Array.from({ length: count }, () => ({
    is: oneOf(random, faults),
    at: Math.max(0, random() * (until - from) + from),
    thenMilliseconds: moment(random, longestThen),
    awayMilliseconds: Math.round(random() * random() * LONGEST_AWAY),
    together: random() < SHARE_TOGETHER,
  })).toSorted((one, other) => one.at - other.at)
  return drawn.map(({ together, ...fault }, index) => ({
    ...fault,
    // A target that is already down cannot be killed.
    withTheOneBefore:
      together && index > 0 && drawn[index - 1]?.is !== fault.is && drawn[index - 1]?.together === false,
  }))
}

function moment(random: Random, longest: number): number {
  return Math.round(random() * longest)
}

function whole(random: Random, below: number): number {
  return Math.floor(random() * below)
}

function oneOf<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[whole(random, items.length)]
  if (item === undefined) throw new RangeError('there is nothing to choose from')
  return item
}
