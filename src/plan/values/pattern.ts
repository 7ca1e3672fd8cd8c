import { RE2JS } from 're2js'

/**
 * Whether a whole value matches an input's pattern; undefined where the pattern is no regular expression. The engine takes
 * time in proportion to the value, whatever the pattern: JavaScript's own takes ages for `(a+)+` and would stop a worker.
 */
export function matchesWhole(pattern: string, value: string): boolean | undefined {
  const expression = compiled(pattern)
  return expression?.matcher(value).matches()
}

const MOST_LONG = 1000

function compiled(pattern: string): RE2JS | undefined {
  if (pattern.length > MOST_LONG) return undefined
  try {
    return RE2JS.compile(inItsWords(pattern))
  } catch {
    return undefined
  }
}

/** \u00e9 and \u{e9} are \x{e9} there. */
function inItsWords(pattern: string): string {
  return pattern.replace(
    /\\(?:u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|[^])/g,
    (whole, four?: string, braced?: string) => {
      const code = four ?? braced
      return code === undefined ? whole : `\\x{${code}}`
    },
  )
}
