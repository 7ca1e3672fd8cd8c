import type { Timeline } from './timeline.ts'

/** Maps a time to its place on the picture, from 0 to 1. Long idle stretches are truncated. */
export interface TimeScale {
  readonly at: (moment: number) => number
  /** The stretches that are cut short: where, and how long they were. */
  readonly cuts: readonly { readonly from: number; readonly to: number }[]
  /** Moments at which a line is drawn, at even distances from the start. */
  readonly ticks: readonly number[]
}

interface Piece {
  readonly from: number
  readonly to: number
  readonly weight: number
  readonly cut: boolean
}

/** The share of a truncate stretch in the whole picture. */
const CUT_SHARE = 0.07
/** Waits shorter than this share of the work stay as they are. */
const LONG_SHARE = 0.15

export function timeScale({ from, to, rows }: Timeline): TimeScale {
  const work = merged(
    rows.flatMap(({ level, bars }) =>
      level === 'step' ? bars.map((bar) => [bar.from, bar.to] as const) : [],
    ),
  )
  const worked = work.reduce((sum, [begin, end]) => sum + end - begin, 0)
  const pieces = piecesOf({ from, to }, work, worked)
  const whole = pieces.reduce((sum, { weight }) => sum + weight, 0)
  const at = (moment: number) => {
    let before = 0
    for (const piece of pieces) {
      if (moment <= piece.to || piece === pieces.at(-1)) {
        const share = piece.to === piece.from ? 0 : (moment - piece.from) / (piece.to - piece.from)
        return Math.min(1, Math.max(0, (before + piece.weight * share) / whole))
      }
      before += piece.weight
    }
    return 1
  }
  const cuts = pieces.filter(({ cut }) => cut)
  return { at, cuts, ticks: ticksIn(from, pieces, whole) }
}

function piecesOf(
  { from, to }: { readonly from: number; readonly to: number },
  work: readonly (readonly [number, number])[],
  worked: number,
): Piece[] {
  const long = Math.max(worked * LONG_SHARE, 5000)
  const pieces: Piece[] = []
  let last = from
  const plain = (begin: number, end: number) => {
    if (end > begin) pieces.push({ from: begin, to: end, weight: end - begin, cut: false })
  }
  for (const [begin, end] of [...work, [to, to] as const]) {
    const idle = begin - last
    if (worked > 0 && idle > long) {
      pieces.push({ from: last, to: begin, weight: worked * CUT_SHARE, cut: true })
    } else plain(last, begin)
    plain(Math.max(begin, last), end)
    last = Math.max(last, end)
  }
  return pieces.length > 0 ? pieces : [{ from, to, weight: 1, cut: false }]
}

/** Overlapping stretches as one, in order. */
function merged(stretches: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const found: [number, number][] = []
  for (const [from, to] of [...stretches].sort(([one], [other]) => one - other)) {
    const last = found.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else found.push([from, to])
  }
  return found
}

const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400].map(
  (seconds) => seconds * 1000,
)

/** About eight lines over what is not cut. */
function ticksIn(from: number, pieces: readonly Piece[], whole: number): number[] {
  const step = STEPS_MS.find((one) => whole / one <= 9) ?? 86_400_000
  return pieces
    .filter(({ cut }) => !cut)
    .flatMap((piece) => {
      const first = Math.ceil((piece.from - from) / step)
      const last = Math.floor((piece.to - from) / step)
      return Array.from(
        { length: Math.max(0, last - first + 1) },
        (_, index) => from + (first + index) * step,
      )
    })
    .filter((tick, index, all) => tick !== all[index - 1])
}
