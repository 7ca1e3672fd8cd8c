import type { AnyStepKind, JsonObject } from '../../steps/step-kind.ts'
import { decode } from '../../diagnostics/characters.ts'
import { answerTo, type Scope } from '../values/fill-now.ts'
import type { Diagnostics, ProblemText } from '../../diagnostics/diagnostics.ts'
import { schemaOf } from '../schema/kind-fields.ts'
import { lookupsIn, mapTexts, replaceLookups } from '../values/lookups.ts'
import { pathKey, placeAt, placesOf, type Path } from '../../diagnostics/places.ts'
import { secretsIn } from './inline-secrets.ts'
import type { PlanFolder } from './open-plan.ts'
import { pack } from './packed-file.ts'
import { metaOf, schemaAt } from '../../diagnostics/schema-walk.ts'

export interface Embedded {
  /** With a PlanFile in the place of each file's name. */
  readonly fields: JsonObject
  /** Of all files of this step, before gzip. */
  readonly bytes: number
  /** Where a name was refused: told of already. */
  readonly refused: ReadonlySet<string>
}

/** Puts the files that a step names into its fields; templates are filled in. */
export function embedFiles(
  kind: AnyStepKind,
  fields: JsonObject,
  about: {
    readonly at: Path
    readonly folder: PlanFolder
    readonly scope: Scope
    readonly findings: Diagnostics
  },
): Embedded {
  const { at, folder, scope, findings } = about
  const schema = schemaOf(kind)
  const refused = new Set<string>()
  let bytes = 0

  const embedded = mapTexts(fields, (text, path) => {
    const { planFile } = metaOf(schemaAt(schema, path))
    if (planFile === undefined) return text
    const found = contents(text, planFile === 'filled in')
    if ('wrong' in found) {
      refused.add(pathKey(path))
      if (found.wrong) findings.at([...at, ...path], found.wrong)
      return text
    }
    bytes += found.bytes.length
    return pack(text, found.bytes)
  })

  function contents(
    name: string,
    isTemplate: boolean,
  ): { bytes: Uint8Array } | { wrong: ProblemText | undefined } {
    const [lookup] = lookupsIn(name)
    if (lookup)
      return lookup.lookup.is === 'input'
        ? { wrong: undefined }
        : {
            wrong: { code: 'lookup-too-early', message: 'the name of a file is needed before this is known' },
          }
    const read = folder.read(name)
    return isTemplate && 'bytes' in read ? filledIn(name, read.bytes) : read
  }

  function filledIn(name: string, template: Uint8Array): { bytes: Uint8Array } | { wrong: undefined } {
    const file = folder.shown(name)
    const decoded = decode(file, template)
    if ('problem' in decoded) {
      findings.inFile(file, decoded.problem, decoded.problem)
      return { wrong: undefined }
    }
    const text = replaceLookups(decoded.text, ({ lookup, written, offset }) => {
      const answer = answerTo(lookup, scope)
      if (typeof answer === 'string') return answer
      if ('code' in answer) findings.inFile(file, placeAt(decoded.text, offset), answer)
      else if (answer.is !== 'input') findings.inFile(file, placeAt(decoded.text, offset), NOT_IN_TEMPLATES)
      return written
    })
    return { bytes: new TextEncoder().encode(text) }
  }

  // Texts were changed; the map they stand in is as it was.
  return { fields: embedded as JsonObject, bytes, refused }
}

const NOT_IN_TEMPLATES: ProblemText = {
  code: 'lookup-in-template',
  message: 'secrets and outputs of steps cannot stand in a template',
  hint: 'let the program read them from its environment',
}

const SECRET_HINT = 'write ${NAME} there, and let env-file or the environment give it the secret'

/** The same folder, which remembers what was read of it. */
export function remembering(folder: PlanFolder): {
  readonly folder: PlanFolder
  readonly read: ReadonlyMap<string, Uint8Array>
} {
  const read = new Map<string, Uint8Array>()
  return {
    read,
    folder: {
      ...folder,
      read(name) {
        const found = folder.read(name)
        if ('bytes' in found) read.set(name, found.bytes)
        return found
      },
    },
  }
}

/** Reports secrets in embedded files: they would travel in the history of every run. Returns their texts. */
export function reportEmbeddedSecrets(
  read: ReadonlyMap<string, Uint8Array>,
  { folder, findings }: { readonly folder: PlanFolder; readonly findings: Diagnostics },
): readonly string[] {
  return [...read].flatMap(([name, bytes]) => {
    const decoded = decode(name, bytes)
    if ('problem' in decoded) return []
    const found = secretsIn(decoded.text)
    const placeOf = placesOf(decoded.text)
    for (const { text, offset, wrong } of found)
      findings.inFile(folder.shown(name), placeOf(offset, offset + text.length), {
        ...wrong,
        hint: SECRET_HINT,
      })
    return found.map(({ text }) => text)
  })
}
