/** Of differences between two fingerprints of one machine, those that a rollback did not name as left behind. */
export function notNamed(differences: readonly string[], named: string): readonly string[] {
  return differences.filter((difference) => !named.includes(nameIn(difference)))
}

/** What a difference is about: "new volume NAME | …", "changed file PATH: …", "new image ID | tags NAME". */
export function nameIn(difference: string): string {
  const [, tag] = /^\S+ image .* tags (\S+)/.exec(difference) ?? []
  return tag ?? /^(?:new|gone|changed) \S+ ([^ |:]+)/.exec(difference)?.[1] ?? difference
}
