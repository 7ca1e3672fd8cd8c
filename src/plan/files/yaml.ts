import { composeOne } from '../../diagnostics/yaml-syntax.ts'
import { readDocument, type ReadDocument } from '../../diagnostics/yaml-document.ts'
import type { Problem } from '../../errors.ts'
import { secretsIn } from './inline-secrets.ts'

/** Reads the YAML of a plan file. */
export function readPlanYaml(file: string, bytes: Uint8Array): ReadDocument {
  return readDocument(file, bytes, {
    noMap: {
      code: 'yaml-not-a-map',
      message: 'is not a map of keys and values',
      hint: 'start with plan:, title:, hosts: and phases:',
    },
    secretsIn,
  })
}

/** Problems for every YAML reader. Other codes concern plans only: merge keys, for example, are valid in embedded files. */
const BROKEN = ['yaml-syntax', 'yaml-tab', 'yaml-duplicate-key', 'yaml-unknown-alias']
const MAX_DEPTH = 64

export interface EmbeddedYaml {
  readonly value?: unknown
  /** Why the file cannot be read. */
  readonly broken: readonly Problem[]
}

/** Reads an embedded YAML file as the program that uses it would. */
export function readEmbeddedYaml(file: string, text: string): EmbeddedYaml {
  const { value, problems } = readPlanYaml(file, new TextEncoder().encode(text))
  const broken = problems.filter(({ code }) => BROKEN.includes(code))
  if (broken.length > 0) return { broken }
  // Merge keys and numbers are read as YAML 1.2 defines them.
  const isPlain = problems.every(({ code }) => !code.startsWith('yaml-'))
  return { ...(value === undefined || !isPlain ? leniently(text) : { value }), broken }
}

function leniently(text: string): { readonly value?: unknown } {
  const composed = composeOne(text, MAX_DEPTH, { merge: true })
  if ('tooDeepAt' in composed || composed.document.errors.length > 0) return {}
  try {
    return { value: composed.document.toJS({ maxAliasCount: 100 }) }
  } catch {
    // Too many aliases: rules skip what they cannot read.
    return {}
  }
}
