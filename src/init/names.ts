/**
 * What a plan that is made for a project is called at most: its runs are called after it, with date and time, and stay
 * below the 60 characters that an id may have.
 */
export const MOST_OF_STACK = 35

/** A text as an id: lower-case words joined by `-`, of at most `most` characters; `data` where nothing of it is left. */
export function idOf(text: string, most: number): string {
  const words = text.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  return trimmed(trimmed(words).slice(0, most)) || 'data'
}

/** The same names, in order, those that were there before with a number behind them. */
export function distinct(names: readonly string[]): readonly string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let free = name
    for (let number = 2; taken.has(free); number++) free = `${name}-${number}`
    taken.add(free)
    return free
  })
}

/** What it was called before a run put its own name behind it. */
export function withoutRun(text: string, run: string | undefined): string {
  return run !== undefined && text.endsWith(`-${run}`) ? text.slice(0, -run.length - 1) : text
}

function trimmed(text: string): string {
  return text.replace(/^-+|-+$/g, '')
}
