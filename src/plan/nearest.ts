/** The word that was probably meant: at most a third of its letters differ. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const ranked = [...known]
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter((one) => one.distance <= Math.max(1, Math.ceil(Math.max(word.length, one.candidate.length) / 3)))
    .sort((one, other) => one.distance - other.distance)
  return ranked[0]?.candidate
}

/** A hint for a word that is not known: what was probably meant, or all there is. */
export function didYouMean(word: string, known: Iterable<string>): { readonly hint?: string } {
  // What has no name of its own is called by its line, ‹step of line 7›, which nobody can type.
  const words = [...known].filter((one) => !one.startsWith('‹'))
  const meant = nearest(word, words)
  if (meant !== undefined) return { hint: `did you mean "${meant}"?` }
  if (words.length === 0) return {}
  const shown = words.slice(0, 12).join(', ')
  return { hint: `there is ${shown}${words.length > 12 ? ' …' : ''}` }
}

/** How many letters must be typed, left out, changed or swapped with their neighbour. */
function distance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)]
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    rows.push(current)
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1] ? 0 : 1
      const swapped =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + same,
          swapped ? at(row - 2, column - 2) + 1 : Infinity,
        ),
      )
    }
  }
  return at(from.length, to.length)
}
