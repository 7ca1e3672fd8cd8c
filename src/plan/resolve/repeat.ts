import type { JsonObject } from '../../steps/step-kind.ts'
import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import type { Path } from '../../diagnostics/places.ts'

/** One of the times that a phase or a step is there; without `each`, the only one. */
export interface Repetition {
  readonly value?: string
  /** The value as part of an id. */
  readonly suffix?: string
}

/** The values of `each`. Wrong ones are told of and left out; a list that is none is left to the schema. */
export function repetitions(raw: JsonObject, at: Path, findings: Diagnostics): readonly Repetition[] {
  const { each } = raw
  if (!Array.isArray(each) || each.length === 0) return [{}]
  const seen = new Map<string, string>()
  const found: Repetition[] = []
  for (const [index, value] of each.entries()) {
    if (typeof value !== 'string') continue
    const here = [...at, 'each', index]
    const suffix = slug(value)
    const other = seen.get(suffix)
    if (value.includes('${{'))
      findings.at(here, { code: 'lookup-in-each', message: 'a value of each is written out, not looked up' })
    else if (suffix === '')
      findings.at(here, { code: 'bad-each', message: `"${value}" has no letter or digit to make an id of` })
    else if (other !== undefined)
      findings.at(here, {
        code: 'each-collision',
        message: `"${value}" and "${other}" would have the same id, ${suffix}`,
      })
    else {
      seen.set(suffix, value)
      found.push({ value, suffix })
    }
  }
  // With nothing right in it, the phase or step is still checked, once.
  return found.length === 0 ? [{ value: '', suffix: 'each' }] : found
}

function slug(value: string): string {
  return value
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}
