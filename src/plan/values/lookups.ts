import type { Path } from '../../diagnostics/places.ts'

/** What `${{ … }}` may name. Looked up, never evaluated. */
export type Lookup =
  | { readonly is: 'input'; readonly name: string }
  | { readonly is: 'each' }
  | { readonly is: 'run-id' }
  | { readonly is: 'secrets-file' }
  | { readonly is: 'output'; readonly step: string; readonly output: string }
  | { readonly is: 'secret'; readonly name: string }
  | { readonly is: 'unknown'; readonly words: string }
  | { readonly is: 'unclosed' }

/** A lookup in a text: as written, with its offset. */
export interface WrittenLookup {
  readonly lookup: Lookup
  readonly written: string
  readonly offset: number
}

export const WHAT_CAN_BE_LOOKED_UP =
  'use inputs.NAME, each, run.id, run.secretsFile, steps.STEP.outputs.NAME or secrets.NAME'

// Also matches an unclosed lookup, which is then refused.
const WRITTEN = /\$\{\{(?:([^{}]*)\}\})?/g

/** Replaces each lookup once; the replacements are not searched again. */
export function replaceLookups(text: string, replace: (found: WrittenLookup) => string): string {
  return text.replace(WRITTEN, (written: string, inside: string | undefined, offset: number) =>
    replace({ lookup: lookupOf(inside), written, offset }),
  )
}

export function lookupsIn(text: string): readonly WrittenLookup[] {
  return [...text.matchAll(WRITTEN)].map(({ 0: written, 1: inside, index }) => ({
    lookup: lookupOf(inside),
    written,
    offset: index,
  }))
}

/** Returns a lookup in the form that resolved plans keep. */
export function written(lookup: Lookup & { readonly is: 'output' | 'secret' | 'input' }): string {
  if (lookup.is === 'output') return `\${{ steps.${lookup.step}.outputs.${lookup.output} }}`
  return `\${{ ${lookup.is}s.${lookup.name} }}`
}

function lookupOf(inside: string | undefined): Lookup {
  if (inside === undefined) return { is: 'unclosed' }
  const words = inside.trim()
  if (words === 'each') return { is: 'each' }
  if (words === 'run.id') return { is: 'run-id' }
  if (words === 'run.secretsFile') return { is: 'secrets-file' }
  const [, input] = /^inputs\.([\w-]+)$/.exec(words) ?? []
  if (input !== undefined) return { is: 'input', name: input }
  const [, secret] = /^secrets\.([\w-]+)$/.exec(words) ?? []
  if (secret !== undefined) return { is: 'secret', name: secret }
  const [, step, output] = /^steps\.([\w.-]+)\.outputs\.([\w-]+)$/.exec(words) ?? []
  if (step !== undefined && output !== undefined) return { is: 'output', step, output }
  return { is: 'unknown', words }
}

/** Maps every text in a value; lists and maps keep their form. */
export function mapTexts(
  value: unknown,
  change: (text: string, path: Path) => unknown,
  path: Path = [],
): unknown {
  if (typeof value === 'string') return change(value, path)
  if (Array.isArray(value)) return value.map((item, index) => mapTexts(item, change, [...path, index]))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapTexts(item, change, [...path, key])]),
  )
}
