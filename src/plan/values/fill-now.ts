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

/** What is known when a plan is resolved. */
export interface Scope {
  readonly inputs: Readonly<Record<string, string>>
  /** All that the plan declares, also those without a value. */
  readonly inputNames: readonly string[]
  readonly secretNames: readonly string[]
  readonly runId: string
  readonly each?: string
  /** Steps of a repeated phase: the id in the plan file, to the id in this repetition. */
  readonly renamed: ReadonlyMap<string, string>
}

/** A lookup that stays in a value, because its answer is not known yet. */
export interface Reference {
  readonly lookup: Lookup & { readonly is: 'output' | 'secret' | 'input' }
  /** The way to the text that holds it, within what was filled. */
  readonly path: Path
  /** As it is written in the plan file. */
  readonly written: string
}

export interface Filled {
  readonly value: Json
  readonly references: readonly Reference[]
  /** The texts that something was said against. */
  readonly refused: readonly Path[]
}

/** Fills in what is known now, keeps what is known later, and tells of every other lookup. */
export function fillNow(value: Json, at: Path, scope: Scope, findings: Diagnostics): Filled {
  const references: Reference[] = []
  const refused: Path[] = []
  refuseLookupsInKeys(value, at, findings)
  const filled = mapTexts(value, (text, path) => {
    let kept = 0
    const result = replaceLookups(text, (found) => {
      const answer = answerTo(found.lookup, scope)
      if (typeof answer === 'string') return answer
      kept += 1
      if ('code' in answer) {
        refused.push(path)
        findings.atText([...at, ...path], found.written, answer)
        return found.written
      }
      references.push({ lookup: answer, path, written: found.written })
      return written(answer)
    })
    // What is kept is looked up later, so a value must not complete what stands around it to a lookup of its own.
    if (lookupsIn(result).length !== kept)
      findings.at([...at, ...path], {
        code: 'bad-lookup',
        message: 'filling this in makes another lookup of it',
        hint: 'take the braces around it out',
      })
    return result
  })
  // Lists, maps and texts come back as what they were.
  return { value: filled as Json, references, refused }
}

/** The answer, or the lookup itself where it must wait for one, or what is wrong with it. */
export function answerTo(lookup: Lookup, scope: Scope): string | Reference['lookup'] | ProblemText {
  switch (lookup.is) {
    case 'run-id':
      return scope.runId
    case 'each':
      return (
        scope.each ?? {
          code: 'each-outside',
          message: 'each is known only where a step or its phase has "each"',
          hint: 'add each: with a list of values to the step or its phase',
        }
      )
    case 'input':
      if (scope.inputNames.includes(lookup.name)) return scope.inputs[lookup.name] ?? lookup
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
      return { code: 'bad-lookup', message: 'a lookup is not closed', hint: 'it ends with }}' }
    case 'unknown':
      return { code: 'bad-lookup', message: 'this cannot be looked up', hint: lookupMeant(lookup.words) }
  }
}

/** `input.x` for `inputs.x`, `steps.a.b` for `steps.a.outputs.b`; else all that there is. */
function lookupMeant(words: string): string {
  const meant = words
    .replace(/^(input|secret|step)\./, '$1s.')
    .replace(/^(steps\.[\w-]+)\.(?:output\.)?([\w-]+)$/, '$1.outputs.$2')
  const [found] = lookupsIn(`\${{ ${meant} }}`)
  return found && found.lookup.is !== 'unknown' && found.lookup.is !== 'unclosed'
    ? `did you mean \${{ ${meant} }}?`
    : WHAT_CAN_BE_LOOKED_UP
}

function refuseLookupsInKeys(value: Json, at: Path, findings: Diagnostics): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, item] of Object.entries(value)) {
    const path = [...at, Array.isArray(value) ? Number(key) : key]
    if (key.includes('${{'))
      findings.atKey(path, {
        code: 'lookup-in-key',
        message: 'a name cannot hold a lookup',
        hint: 'write the name out',
      })
    if (item !== undefined) refuseLookupsInKeys(item, path, findings)
  }
}
