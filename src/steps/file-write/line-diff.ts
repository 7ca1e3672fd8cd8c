import { diffArrays } from 'diff'

const CONTEXT_LINES = 2
/** With more changed lines, the whole text is shown as replaced. */
const MAX_CHANGES = 1000

type Row = { readonly sign: ' ' | '-' | '+'; readonly shown: string }

/**
 * The differences between two texts in the form of `diff -u`, with two lines of context and `…` in place of omitted
 * lines. Empty if they are equal. `show` maps a whole text to the one that is shown, with as many lines; the comparison
 * includes what it hides.
 */
export function lineDiff(
  before: string,
  after: string,
  show: (text: string) => string = (text) => text,
): readonly string[] {
  const rows = diffRows(before, after, show)
  const isNear = (index: number) =>
    rows.slice(Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1).some(({ sign }) => sign !== ' ')
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
