import type { AnyStepKind, JsonObject } from '../../steps/step-kind.ts'
import { decode } from '../../diagnostics/characters.ts'
import { answerTo, type Scope } from '../values/fill-now.ts'
import type { Diagnostics, ProblemText } from '../../diagnostics/diagnostics.ts'
import { schemaOf } from '../schema/kind-fields.ts'
import { lookupsIn, mapTexts, replaceLookups } from '../values/lookups.ts'
import { pathKey, placeAt, placesOf, type Path } from '../../diagnostics/places.ts'
import { readFolder } from './embedded-folder.ts'
import { secretsIn } from './inline-secrets.ts'
import type { PlanFolder } from './plan-folder.ts'
import { pack } from './packed-file.ts'
import { metaOf, schemaAt } from '../../diagnostics/schema-walk.ts'

export interface Embedded {
  /** The fields with an embedded file in place of each file name. */
  readonly fields: JsonObject
  /** Total size of the step's files in bytes, before gzip. */
  readonly bytes: number
  /** Keys of the paths whose file was refused; reported already. */
  readonly refused: ReadonlySet<string>
}

/** Embeds the files and folders that a step names into its fields; fills in templates. */
export function embedFiles(
  kind: AnyStepKind,
  fields: JsonObject,
  about: {
    readonly at: Path
    readonly folder: PlanFolder
    readonly scope: Scope
    readonly diagnostics: Diagnostics
  },
): Embedded {
  const { at, folder, scope, diagnostics } = about
  const schema = schemaOf(kind)
  const refused = new Set<string>()
  let bytes = 0

  const embedded = mapTexts(fields, (text, path) => {
    const { planFile } = metaOf(schemaAt(schema, path))
    if (planFile === undefined) return text
    const found = contents(text, planFile)
    if ('problem' in found) {
      refused.add(pathKey(path))
      if (found.problem) diagnostics.at([...at, ...path], found.problem)
      return text
    }
    bytes += found.bytes.length
    return pack(text, found.bytes)
  })

  function contents(name: string, as: unknown): { bytes: Uint8Array } | { problem: ProblemText | undefined } {
    const [lookup] = lookupsIn(name)
    if (lookup)
      return lookup.lookup.is === 'input'
        ? { problem: undefined }
        : {
            problem: {
              code: 'lookup-too-early',
              message: 'a file name is read before the run starts, and this is known only in the run',
            },
          }
    if (as === 'folder') return readFolder(folder, name)
    const read = folder.read(name)
    return as === 'filled in' && 'bytes' in read ? filledIn(name, read.bytes) : read
  }

  function filledIn(name: string, template: Uint8Array): { bytes: Uint8Array } | { problem: undefined } {
    const file = folder.shown(name)
    const decoded = decode(file, template)
    if ('problem' in decoded) {
      diagnostics.inFile(file, decoded.problem, decoded.problem)
      return { problem: undefined }
    }
    const text = replaceLookups(decoded.text, ({ lookup, written, offset }) => {
      const answer = answerTo(lookup, scope)
      if (lookup.is === 'input' && PROGRAM.test(name))
        diagnostics.inFile(file, placeAt(decoded.text, offset), NOT_IN_PROGRAMS)
      if (typeof answer === 'string') return answer
      if ('code' in answer) diagnostics.inFile(file, placeAt(decoded.text, offset), answer)
      else if (answer.is !== 'input')
        diagnostics.inFile(file, placeAt(decoded.text, offset), NOT_IN_TEMPLATES)
      return written
    })
    return { bytes: new TextEncoder().encode(text) }
  }

  // Only texts were replaced, so the result is still a map.
  return { fields: embedded as JsonObject, bytes, refused }
}

/** Names of templates that are programs. */
const PROGRAM = /\.(sh|bash|sql|py|pl|rb|js|mjs|php)$/

const NOT_IN_PROGRAMS: ProblemText = {
  code: 'lookup-in-template',
  message: 'the template of a program cannot hold inputs: their values would be program text',
  hint: 'pass them to the program by environment',
}

const NOT_IN_TEMPLATES: ProblemText = {
  code: 'lookup-in-template',
  message: 'a template cannot hold secrets or outputs of steps',
  hint: 'pass them to the program by environment',
}

const SECRET_HINT = 'write ${NAME} there; pass the secret by env-file or environment:'

/** Wraps a folder and records the files that were read. */
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

/** Reports secrets in embedded files: they would be stored in the history of every run. Returns the secrets. */
export function reportEmbeddedSecrets(
  read: ReadonlyMap<string, Uint8Array>,
  { folder, diagnostics }: { readonly folder: PlanFolder; readonly diagnostics: Diagnostics },
): readonly string[] {
  return [...read].flatMap(([name, bytes]) => {
    const decoded = decode(name, bytes)
    if ('problem' in decoded) return []
    const found = secretsIn(decoded.text)
    const placeOf = placesOf(decoded.text)
    for (const { text, offset, wrong } of found)
      diagnostics.inFile(folder.shown(name), placeOf(offset, offset + text.length), {
        ...wrong,
        hint: SECRET_HINT,
      })
    return found.map(({ text }) => text)
  })
}
