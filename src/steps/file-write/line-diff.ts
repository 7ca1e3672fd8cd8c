import { diffArrays } from 'diff'

const AROUND = 2
/** Beyond this many changed lines the whole text is shown as replaced. */
const MAX_CHANGES = 1000

type Row = { readonly sign: ' ' | '-' | '+'; readonly shown: string }

/**
 * What differs between two texts, line by line as `diff -u` has it, with two lines around each difference and `…` where
 * equal lines are left out. Empty where they are equal. `show` makes of a whole text the one that is shown, with as many
 * lines: what it hides is compared all the same.
 */
export function lineDiff(
  before: string,
  after: string,
  show: (text: string) => string = (text) => text,
): readonly string[] {
  const rows = diffRows(before, after, show)
  const isNear = (index: number) =>
    rows.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ sign }) => sign !== ' ')
  const shown: string[] = []
  rows.forEach((row, index) => {
    if (isNear(index)) shown.push(`${row.sign}${row.shown}`)
    else if (shown.length > 0 && shown.at(-1) !== '…') shown.push('…')
  })
  return shown.at(-1) === '…' ? shown.slice(0, -1) : shown
}

function diffRows(before: string, after: string, show: (text: string) => string): readonly Row[] {
  const [gone, come] = [linesOf(before), linesOf(after)]
  const [shownBefore, shownAfter] = [show(before).split('\n'), show(after).split('\n')]
  const changes = diffArrays(gone, come, { maxEditLength: MAX_CHANGES }) ?? [
    { removed: true, added: false, value: gone },
    { removed: false, added: true, value: come },
  ]
  let [oldLine, newLine] = [0, 0]
  return changes.flatMap(({ removed, added, value }) =>
    value.map((): Row => {
      if (added) return { sign: '+', shown: shownAfter[newLine++] ?? '' }
      if (!removed) newLine++
      return { sign: removed ? '-' : ' ', shown: shownBefore[oldLine++] ?? '' }
    }),
  )
}

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  return text.endsWith('\n') || text === '' ? lines.slice(0, -1) : lines
}
