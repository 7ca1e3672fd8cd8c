import type { Problem } from '../../errors.ts'
import { composeOne } from '../yaml/compose.ts'
import { readDocument } from '../yaml/document.ts'

/** What every reader of YAML refuses; what only plans do without, such as merge keys, is well in a file beside one. */
const BROKEN = ['yaml-syntax', 'yaml-tab', 'yaml-duplicate-key', 'yaml-unknown-alias']
const MOST_DEEP = 64

export interface CarriedYaml {
  readonly value?: unknown
  /** Why nobody can read it. */
  readonly broken: readonly Problem[]
}

/** A YAML file that a plan carries, as its own program would read it. */
export function readCarriedYaml(file: string, text: string): CarriedYaml {
  const { value, problems } = readDocument(file, new TextEncoder().encode(text))
  const broken = problems.filter(({ code }) => BROKEN.includes(code))
  if (broken.length > 0) return { broken }
  // Merge keys and numbers are read as the file's own program reads them.
  const isPlain = problems.every(({ code }) => !code.startsWith('yaml-'))
  return { ...(value === undefined || !isPlain ? leniently(text) : { value }), broken }
}

function leniently(text: string): { readonly value?: unknown } {
  const composed = composeOne(text, MOST_DEEP, { merge: true })
  if ('tooDeepAt' in composed || composed.document.errors.length > 0) return {}
  try {
    return { value: composed.document.toJS({ maxAliasCount: 100 }) }
  } catch {
    // Too many aliases: rules pass over what they cannot read.
    return {}
  }
}
