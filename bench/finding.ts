/** One row of the table: a measurement, its peer and its goal. */
export interface Finding {
  readonly part: string
  readonly what: string
  readonly ours: Figure
  readonly peer: Figure & { readonly name: string }
  /** How `ours` must compare with the peer's. Absent for a figure without a goal. */
  readonly goal?: { readonly atMost: number } | { readonly within: number }
  /** The conditions of the measurement. One line. */
  readonly note?: string
}

export interface Figure {
  readonly value: number
  readonly unit: 'ms' | 's' | 'MB' | '%' | 'kB' | 'CPU s'
}

export type Verdict = 'reached' | 'missed' | 'too noisy to judge' | 'told'

/** The CPU pressure of other processes above which no goal is judged. */
export const TOO_NOISY = 0.15

export function ratioOf({ ours, peer }: Finding): number {
  return ours.value / peer.value
}

export function verdictOn(finding: Finding, pressure: number): Verdict {
  const { goal } = finding
  if (goal === undefined) return 'told'
  if (pressure > TOO_NOISY) return 'too noisy to judge'
  const ratio = ratioOf(finding)
  const reached = 'atMost' in goal ? ratio <= goal.atMost : Math.abs(ratio - 1) <= goal.within
  return reached ? 'reached' : 'missed'
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other)
  const middle = sorted.length >> 1
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1], sorted[middle]]
  return sorted.length % 2 === 0 ? (low + high) / 2 : high
}
