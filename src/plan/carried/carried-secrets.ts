import { decode } from '../findings/characters.ts'
import type { Findings } from '../findings/findings.ts'
import { secretsIn } from '../secrets/inline-secrets.ts'
import { placesOf } from '../findings/places.ts'
import type { PlanFolder } from '../files/open-plan.ts'

const HINT = 'write ${NAME} there, and let env-file or the environment give it the secret'

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

/** Tells of secrets in the files that a plan carries: they would travel in the history of every run. Gives their texts. */
export function reportCarriedSecrets(
  read: ReadonlyMap<string, Uint8Array>,
  { folder, findings }: { readonly folder: PlanFolder; readonly findings: Findings },
): readonly string[] {
  return [...read].flatMap(([name, bytes]) => {
    const decoded = decode(name, bytes)
    if ('problem' in decoded) return []
    const found = secretsIn(decoded.text)
    const placeOf = placesOf(decoded.text)
    for (const { text, offset, wrong } of found)
      findings.inFile(folder.shown(name), placeOf(offset, offset + text.length), { ...wrong, hint: HINT })
    return found.map(({ text }) => text)
  })
}
