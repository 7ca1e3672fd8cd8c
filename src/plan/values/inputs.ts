import { RE2JS } from 're2js'
import type { Diagnostics, ProblemText } from '../../diagnostics/diagnostics.ts'
import { badCharacters } from '../../diagnostics/characters.ts'
import { didYouMean } from '../../diagnostics/suggestions.ts'
import type { Path } from '../../diagnostics/places.ts'
import type { PlanHeader } from '../schema/shape.ts'

type Declared = NonNullable<PlanHeader['inputs']>

/**
 * Returns the values of a plan's inputs: the given value, else the default. An input with neither is reported and left out.
 * `names` includes inputs whose declaration is invalid. A lookup in a value is refused: it could reach the plan's secrets.
 */
export function valuesOfInputs(
  { declared, names }: { readonly declared: Declared; readonly names: readonly string[] },
  given: Readonly<Record<string, string>>,
  diagnostics: Diagnostics,
): Readonly<Record<string, string>> {
  for (const name of Object.keys(given).filter((one) => !names.includes(one)))
    diagnostics.atKey(['inputs'], {
      code: 'unknown-input',
      message: `the plan has no input "${name}"`,
      ...didYouMean(name, names),
    })

  const values: [string, string][] = []
  for (const [name, declaration] of Object.entries(declared)) {
    const { default: fallback, pattern, description } = declaration === 'required' ? {} : declaration
    const wasGiven = Object.hasOwn(given, name)
    const value = wasGiven ? given[name] : fallback
    const at = wasGiven ? ['inputs', name] : ['inputs', name, 'default']
    if (value === undefined)
      diagnostics.atKey(['inputs', name], {
        code: 'missing-input',
        message: `the input "${name}" was not given and has no default`,
        ...(description === undefined ? {} : { hint: description }),
      })
    else if (isValid(name, value, { pattern, at, diagnostics })) values.push([name, value])
  }
  return Object.fromEntries(values)
}

function isValid(
  name: string,
  value: string,
  { pattern, at, diagnostics }: { pattern: string | undefined; at: Path; diagnostics: Diagnostics },
): boolean {
  const refuse = (wrong: ProblemText): false => {
    diagnostics.at(at, wrong)
    return false
  }
  // A run started from the Temporal UI can hold any JSON.
  if (typeof value !== 'string')
    return refuse({
      code: 'bad-input',
      message: `the input "${name}" must be text`,
      hint: 'put it in quotes',
    })
  if (value.includes('${{'))
    return refuse({
      code: 'bad-input',
      message: `the value of the input "${name}" holds a lookup`,
      hint: 'write the value out',
    })
  if (badCharacters(value).length > 0)
    return refuse({
      code: 'bad-input',
      message: `the value of the input "${name}" holds an invisible character`,
      hint: 'remove it; text copied from a page or a terminal may hold such characters',
    })
  if (pattern === undefined) return true
  const matches = matchesWhole(pattern, value)
  if (matches === true) return true
  if (matches === undefined) {
    // The plan is wrong, not the value.
    diagnostics.at(['inputs', name, 'pattern'], {
      code: 'bad-pattern',
      message: `the pattern of the input "${name}" is no valid regular expression`,
      hint: 'use RE2 syntax: no look-around, no back-references',
    })
    return false
  }
  return refuse({
    code: 'bad-input',
    message: `the input "${name}" is ${JSON.stringify(value)}, which does not match ${pattern}`,
    hint: 'the whole value must match the pattern',
  })
}

/**
 * Whether the whole value matches an input's pattern; undefined for an invalid pattern. RE2 takes time linear in the value:
 * the RegExp of JavaScript takes exponential time for `(a+)+` and would stall a worker.
 */
export function matchesWhole(pattern: string, value: string): boolean | undefined {
  const expression = compiled(pattern)
  return expression?.matcher(value).matches()
}

const MAX_PATTERN = 1000

function compiled(pattern: string): RE2JS | undefined {
  if (pattern.length > MAX_PATTERN) return undefined
  try {
    return RE2JS.compile(toRe2Syntax(pattern))
  } catch {
    return undefined
  }
}

/** Rewrites \u00e9 and \u{e9} as \x{e9}. */
function toRe2Syntax(pattern: string): string {
  return pattern.replace(
    /\\(?:u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|[^])/g,
    (whole, four?: string, braced?: string) => {
      const code = four ?? braced
      return code === undefined ? whole : `\\x{${code}}`
    },
  )
}
