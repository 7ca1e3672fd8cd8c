import type { Diagnostics, ProblemText } from '../../diagnostics/diagnostics.ts'
import { badCharacters } from '../../diagnostics/characters.ts'
import { didYouMean } from '../../diagnostics/suggestions.ts'
import { matchesWhole } from './pattern.ts'
import type { Path } from '../../diagnostics/places.ts'
import type { PlanHead } from '../schema/shape.ts'

type Declared = NonNullable<PlanHead['inputs']>

/**
 * The values of a plan's inputs, of which `names` also has those that are declared wrongly: what was given, else the default. What has neither is told of and left out.
 * A lookup in a value is refused: whoever starts a run must not reach the plan's secrets by one.
 */
export function valuesOfInputs(
  { declared, names }: { readonly declared: Declared; readonly names: readonly string[] },
  given: Readonly<Record<string, string>>,
  findings: Diagnostics,
): Readonly<Record<string, string>> {
  for (const name of Object.keys(given).filter((one) => !names.includes(one)))
    findings.atKey(['inputs'], {
      code: 'unknown-input',
      message: `the plan has no input "${name}"`,
      ...didYouMean(name, names),
    })

  const values: [string, string][] = []
  for (const [name, declaration] of Object.entries(declared)) {
    const { default: usual, pattern, description } = declaration === 'required' ? {} : declaration
    const wasGiven = Object.hasOwn(given, name)
    const value = wasGiven ? given[name] : usual
    const at = wasGiven ? ['inputs', name] : ['inputs', name, 'default']
    if (value === undefined)
      findings.atKey(['inputs', name], {
        code: 'missing-input',
        message: `the input "${name}" was not given and has no default`,
        ...(description === undefined ? {} : { hint: description }),
      })
    else if (valueIsRight(name, value, { pattern, at, findings })) values.push([name, value])
  }
  return Object.fromEntries(values)
}

function valueIsRight(
  name: string,
  value: string,
  { pattern, at, findings }: { pattern: string | undefined; at: Path; findings: Diagnostics },
): boolean {
  const refuse = (wrong: ProblemText): false => {
    findings.at(at, wrong)
    return false
  }
  // A run may be started from a page where any JSON can be typed.
  if (typeof value !== 'string')
    return refuse({
      code: 'bad-input',
      message: `the input "${name}" must be text`,
      hint: 'put it in quotes',
    })
  if (value.includes('${{'))
    return refuse({
      code: 'bad-input',
      message: `the value of the input "${name}" cannot hold a lookup`,
      hint: 'write out what it would give',
    })
  if (badCharacters(value).length > 0)
    return refuse({
      code: 'bad-input',
      message: `the value of the input "${name}" holds a character that does not show`,
      hint: 'take it out; it comes with text copied from a page or a terminal',
    })
  if (pattern === undefined) return true
  const matches = matchesWhole(pattern, value)
  if (matches === true) return true
  if (matches === undefined) {
    // It is the plan that is wrong, whoever gave the value.
    findings.at(['inputs', name, 'pattern'], {
      code: 'bad-pattern',
      message: `the pattern of the input "${name}" is no regular expression`,
      hint: 'write one of RE2: no look-around and no back-references; the whole value must match',
    })
    return false
  }
  return refuse({
    code: 'bad-input',
    message: `the input "${name}" is ${JSON.stringify(value)}, which does not match ${pattern}`,
    hint: 'the whole value must match the pattern',
  })
}
