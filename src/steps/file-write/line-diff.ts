const AROUND = 2
/** Beyond this many pairs of lines the middle is shown as replaced whole. */
const MOST_PAIRS = 4_000_000

/** A line as it is compared and as it is shown. */
interface Line {
  readonly text: string
  readonly shown: string
}
type Row = { readonly sign: ' ' | '-' | '+'; readonly line: Line }

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
  const rows = diffRows(linesOf(before, show), linesOf(after, show))
  const isNear = (index: number) =>
    rows.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ sign }) => sign !== ' ')
  const shown: string[] = []
  rows.forEach(({ sign, line }, index) => {
    if (isNear(index)) shown.push(`${sign}${line.shown}`)
    else if (shown.length > 0 && shown.at(-1) !== '…') shown.push('…')
  })
  return shown.at(-1) === '…' ? shown.slice(0, -1) : shown
}

function diffRows(before: readonly Line[], after: readonly Line[]): readonly Row[] {
  let head = 0
  while (head < before.length && head < after.length && before[head]?.text === after[head]?.text) head++
  let tail = 0
  const rest = () => Math.min(before.length, after.length) - head - tail
  while (rest() > 0 && before.at(-1 - tail)?.text === after.at(-1 - tail)?.text) tail++
  const as =
    (sign: Row['sign']) =>
    (line: Line): Row => ({ sign, line })
  return [
    ...before.slice(0, head).map(as(' ')),
    ...middleRows(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(as(' ')),
  ]
}

/** By the longest common subsequence, what goes before what comes. */
function middleRows(before: readonly Line[], after: readonly Line[]): readonly Row[] {
  const [rows, columns] = [before.length, after.length]
  const common = rows * columns > MOST_PAIRS ? undefined : new Uint32Array((rows + 1) * (columns + 1))
  const at = (row: number, column: number) => common?.[row * (columns + 1) + column] ?? 0
  for (let row = rows - 1; common && row >= 0; row--) {
    for (let column = columns - 1; column >= 0; column--) {
      common[row * (columns + 1) + column] =
        before[row]?.text === after[column]?.text
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1))
    }
  }
  const found: Row[] = []
  for (let row = 0, column = 0; row < rows || column < columns;) {
    const [gone, come] = [before[row], after[column]]
    if (common && gone !== undefined && gone.text === come?.text) {
      found.push({ sign: ' ', line: gone })
      row++
      column++
    } else if (gone !== undefined && (come === undefined || at(row + 1, column) >= at(row, column + 1))) {
      found.push({ sign: '-', line: gone })
      row++
    } else if (come !== undefined) {
      found.push({ sign: '+', line: come })
      column++
    }
  }
  return found
}

function linesOf(text: string, show: (text: string) => string): readonly Line[] {
  const shown = show(text).split('\n')
  const lines = text.split('\n').map((line, index) => ({ text: line, shown: shown[index] ?? '' }))
  return text.endsWith('\n') || text === '' ? lines.slice(0, -1) : lines
}
