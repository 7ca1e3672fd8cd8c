/** Returns the differences of two fingerprints of one machine that a rollback did not report as leftovers. */
export function notNamed(differences: readonly string[], named: string): readonly string[] {
  return differences.filter((difference) => !named.includes(nameIn(difference)))
}

/** Returns the subject of a difference: "new volume NAME | …", "changed file PATH: …", "new image ID | tags NAME". */
export function nameIn(difference: string): string {
  const [, tag] = /^\S+ image .* tags (\S+)/.exec(difference) ?? []
  return tag ?? /^(?:new|gone|changed) \S+ ([^ |:]+)/.exec(difference)?.[1] ?? difference
}
