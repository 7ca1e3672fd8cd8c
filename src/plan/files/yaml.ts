import { composeOne } from '../../diagnostics/yaml-syntax.ts'
import { readDocument, type ReadDocument } from '../../diagnostics/yaml-document.ts'
import type { Problem } from '../../errors.ts'
import { secretsIn } from './inline-secrets.ts'

/** Reads the YAML of a plan file. */
export function readPlanYaml(file: string, bytes: Uint8Array): ReadDocument {
  return readDocument(file, bytes, {
    noMap: {
      code: 'yaml-not-a-map',
      message: 'holds no map of keys and values',
      hint: 'begin with plan:, title:, hosts: and phases:',
    },
    secretsIn,
  })
}

/** What every reader of YAML refuses; what only plans do without, such as merge keys, is valid in a file beside one. */
const BROKEN = ['yaml-syntax', 'yaml-tab', 'yaml-duplicate-key', 'yaml-unknown-alias']
const MOST_DEEP = 64

export interface EmbeddedYaml {
  readonly value?: unknown
  /** Why nobody can read it. */
  readonly broken: readonly Problem[]
}

/** Reads an embedded YAML file as the program that it is meant for would read it. */
export function readEmbeddedYaml(file: string, text: string): EmbeddedYaml {
  const { value, problems } = readPlanYaml(file, new TextEncoder().encode(text))
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
