/** The run's id in texts of a plan. */
export const RUN = '${{ run.id }}'

/** Maximum length of a stack's name: a run id adds date and time, and has at most 60 characters. */
export const MAX_STACK_NAME = 35

/** Converts a text to an id of at most `most` characters: lower-case words joined by `-`; `data` if nothing is left. */
export function idOf(text: string, most: number): string {
  const words = text.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  return trimmed(trimmed(words).slice(0, most)) || 'data'
}

/** Returns the same names, in order; a number is appended to repeated ones. */
export function distinct(names: readonly string[]): readonly string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let free = name
    for (let number = 2; taken.has(free); number++) free = `${name}-${number}`
    taken.add(free)
    return free
  })
}

/** Returns the name without the suffix of the run that created it. */
export function withoutRun(text: string, run: string | undefined): string {
  return run !== undefined && text.endsWith(`-${run}`) ? text.slice(0, -run.length - 1) : text
}

function trimmed(text: string): string {
  return text.replace(/^-+|-+$/g, '')
}

export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}
