import type { Surveyed } from '../../break-glass/clean.ts'
import type { Kept } from '../../break-glass/kept.ts'
import { countOf, formatBytes } from '../../steps/format.ts'
import { columns } from './columns.ts'
import { dateAndClock } from './time.ts'

/** Each run with what it keeps, and what a clean takes away. */
export function cleanLines(runs: readonly Surveyed[]): string[] {
  return runs.flatMap((run) => {
    const { note, lastChange, kept, undoable, excluded, refused } = run
    const change = lastChange.getTime() === 0 ? '' : `, last change ${dateAndClock(lastChange.toISOString())}`
    return [
      `${note.ref.run} (${note.plan.title})${change}`,
      ...(kept.length === 0 ? ['  keeps nothing but its note'] : columns(kept.map(cells), '  ')),
      ...excluded.map(({ host, why }) => `  excluded: ${host}: ${why}`),
      ...(refused === undefined ? [] : [`  stays: ${refused}`]),
      ...(refused === undefined && undoable.length > 0
        ? [
            `  this run can then no longer be rolled back: ${countOf(undoable.length, 'step')} could be undone`,
          ]
        : []),
    ]
  })
}

function cells({ host, what, name, bytes }: Kept): string[] {
  return [host, what, what === 'receipts' ? countOf(Number(name), 'command') : name, formatBytes(bytes)]
}
