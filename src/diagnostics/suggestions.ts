/** Returns the nearest known word, if at most a third of the letters differ. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const ranked = [...known]
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter((one) => one.distance <= Math.max(1, Math.ceil(Math.max(word.length, one.candidate.length) / 3)))
    .sort((one, other) => one.distance - other.distance)
  return ranked[0]?.candidate
}

/** Returns the known name with most words in common: volume-restore for restore-volume, postgres-audit for postgres. */
function sharing(word: string, known: readonly string[]): string | undefined {
  const words = wordsOf(word)
  const ranked = known
    .map((candidate) => {
      const own = wordsOf(candidate)
      const shared = words.filter((one) => own.some((other) => isOneWord(one, other))).length
      return { candidate, shared, others: own.length - shared }
    })
    .filter(({ shared }) => shared > 0)
    .sort((one, other) => other.shared - one.shared || one.others - other.others)
  return ranked[0]?.candidate
}

/** Matches dir, dirs and directories. */
function isOneWord(one: string, other: string): boolean {
  const stem = one.replace(/s$/, '')
  return (
    one === other ||
    (stem.length >= 3 && other.startsWith(stem)) ||
    (other.length >= 4 && one.startsWith(other))
  )
}

function wordsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
}

/** Fields by the names that other tools and version 0.1 use. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  id: ['step', 'phase', 'plan'],
  name: ['step', 'phase', 'plan', 'name'],
  description: ['title'],
  run: ['script'],
  cmd: ['script'],
  command: ['script'],
  depends_on: ['needs'],
  dependsOn: ['needs'],
  after: ['needs'],
  retries: ['attempts'],
  tries: ['attempts'],
  touches: ['effects'],
  ahead: ['prestage'],
  finishes: ['finalize'],
  holdOnly: ['disableRestartOnly'],
  held: ['restartDisabled'],
  mark: ['marker'],
  env: ['environment'],
  vars: ['inputs', 'environment'],
  variables: ['inputs', 'environment'],
  src: ['from'],
  dest: ['to', 'path'],
  destination: ['to', 'path'],
  target: ['to', 'path'],
  approval: ['gate'],
  quorum: ['approvers'],
}

/** Suggests a field for an unknown one. */
export function suggestField(key: string, known: readonly string[]): { readonly hint?: string } {
  const meant = Object.hasOwn(OTHER_NAMES, key) ? OTHER_NAMES[key] : undefined
  const own = meant?.find((field) => known.includes(field))
  return own === undefined ? didYouMean(key, known) : { hint: `did you mean "${own}"?` }
}

// More than there are kinds, or fields of one kind.
const LIMIT_SHOWN = 40

/** Suggests the nearest known word, or lists all of them. */
export function didYouMean(word: string, known: Iterable<string>): { readonly hint?: string } {
  const words = [...known]
  const meant = nearest(word, words) ?? sharing(word, words)
  if (meant !== undefined) return { hint: `did you mean "${meant}"?` }
  if (words.length === 0) return {}
  const shown = words.slice(0, LIMIT_SHOWN).join(', ')
  return { hint: `valid: ${shown}${words.length > LIMIT_SHOWN ? ' …' : ''}` }
}

/** Edit distance with transpositions (optimal string alignment). */
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
