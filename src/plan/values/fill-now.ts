import type { Json } from '../../steps/step-kind.ts'
import type { Diagnostics, ProblemText } from '../../diagnostics/diagnostics.ts'
import {
  lookupsIn,
  mapTexts,
  replaceLookups,
  WHAT_CAN_BE_LOOKED_UP,
  written,
  type Lookup,
} from './lookups.ts'
import { didYouMean } from '../../diagnostics/suggestions.ts'
import type { Path } from '../../diagnostics/places.ts'

/** The values that are known when a plan is resolved. */
export interface Scope {
  readonly inputs: Readonly<Record<string, string>>
  /** All declared inputs, also those without a value. */
  readonly inputNames: readonly string[]
  readonly secretNames: readonly string[]
  /** Absolute path; undefined if the plan names none, or an invalid one. */
  readonly secretsFile: string | undefined
  readonly runId: string
  readonly each?: string
  /** In a repeated phase: step ids of the plan file, mapped to those of this repetition. */
  readonly renamed: ReadonlyMap<string, string>
}

/** A lookup that stays in a value because only the run knows its answer. */
export interface Reference {
  readonly lookup: Lookup & { readonly is: 'output' | 'secret' | 'input' }
  /** The path of the text that holds it, relative to the filled value. */
  readonly path: Path
  /** As written in the plan file. */
  readonly written: string
}

export interface Filled {
  readonly value: Json
  readonly references: readonly Reference[]
  /** Paths of the texts that were reported. */
  readonly refused: readonly Path[]
}

/** Fills in what is known now, keeps what only the run knows, and reports every other lookup. */
export function fillNow(value: Json, at: Path, scope: Scope, diagnostics: Diagnostics): Filled {
  const references: Reference[] = []
  const refused: Path[] = []
  refuseLookupsInKeys(value, at, diagnostics)
  const filled = mapTexts(value, (text, path) => {
    let kept = 0
    const result = replaceLookups(text, (found) => {
      const answer = answerTo(found.lookup, scope)
      if (typeof answer === 'string') return answer
      kept += 1
      if ('code' in answer) {
        refused.push(path)
        diagnostics.atText([...at, ...path], found.written, answer)
        return found.written
      }
      references.push({ lookup: answer, path, written: found.written })
      return written(answer)
    })
    // Kept lookups are filled in later: a value must not form a new lookup together with the text around it.
    if (lookupsIn(result).length !== kept)
      diagnostics.at([...at, ...path], {
        code: 'bad-lookup',
        message: 'the filled-in value forms another lookup',
        hint: 'remove the braces around it',
      })
    return result
  })
  // mapTexts keeps lists, maps and texts.
  return { value: filled as Json, references, refused }
}

/** Returns the answer, or the lookup itself if only the run knows it, or the problem. */
export function answerTo(lookup: Lookup, scope: Scope): string | Reference['lookup'] | ProblemText {
  switch (lookup.is) {
    case 'run-id':
      return scope.runId
    case 'secrets-file':
      return (
        scope.secretsFile ?? {
          code: 'secrets-file',
          message: 'the plan names no valid secrets file',
          hint: 'add secrets: with file: and require:',
        }
      )
    case 'each':
      return (
        scope.each ?? {
          code: 'each-outside',
          message: '${{ each }} has a value only in a step or phase with each:',
          hint: 'add each: with a list of values',
        }
      )
    case 'input':
      if (scope.inputNames.includes(lookup.name))
        return Object.hasOwn(scope.inputs, lookup.name) ? (scope.inputs[lookup.name] ?? lookup) : lookup
      return {
        code: 'unknown-input',
        message: `the plan has no input "${lookup.name}"`,
        ...didYouMean(lookup.name, scope.inputNames),
      }
    case 'secret':
      if (scope.secretNames.includes(lookup.name)) return lookup
      return {
        code: 'unknown-secret',
        message: `secrets.require does not name "${lookup.name}"`,
        ...didYouMean(lookup.name, scope.secretNames),
      }
    case 'output':
      return { ...lookup, step: scope.renamed.get(lookup.step) ?? lookup.step }
    case 'unclosed':
      return { code: 'bad-lookup', message: 'this lookup is not closed', hint: 'end it with }}' }
    case 'unknown':
      return { code: 'bad-lookup', message: 'this is no lookup', hint: lookupMeant(lookup.words) }
  }
}

/** Suggests `inputs.x` for `input.x` and `steps.a.outputs.b` for `steps.a.b`; else lists all lookups. */
function lookupMeant(words: string): string {
  const meant = words
    .replace(/^(input|secret|step)\./, '$1s.')
    .replace(/^(steps\.[\w-]+)\.(?:output\.)?([\w-]+)$/, '$1.outputs.$2')
  const [found] = lookupsIn(`\${{ ${meant} }}`)
  return found && found.lookup.is !== 'unknown' && found.lookup.is !== 'unclosed'
    ? `did you mean \${{ ${meant} }}?`
    : WHAT_CAN_BE_LOOKED_UP
}

function refuseLookupsInKeys(value: Json, at: Path, diagnostics: Diagnostics): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, item] of Object.entries(value)) {
    const path = [...at, Array.isArray(value) ? Number(key) : key]
    if (key.includes('${{'))
      diagnostics.atKey(path, {
        code: 'lookup-in-key',
        message: 'a key cannot hold a lookup',
        hint: 'write the key out',
      })
    if (item !== undefined) refuseLookupsInKeys(item, path, diagnostics)
  }
}
