import { z } from 'zod'

/**
 * An embedded file, as a kind receives it. A plan file contains the file's name. Resolving the plan replaces the name with the
 * file (`PlanFile` of plan/plan.ts, gzipped), so that the approved bytes are written. It is unpacked to this shape before
 * the step's fields are parsed.
 */
const contents = contentsOf('a file')

function contentsOf(what: 'a file' | 'a folder') {
  return z.strictObject(
    {
      name: z.string(),
      sha256: z.string(),
      /** The bytes. */
      base64: z.string(),
    },
    { error: `must be the name of ${what} in the folder of the plan` },
  )
}

export type Contents = z.infer<typeof contents>

/** A file in the folder of the plan, copied byte for byte. */
export const planFile = contents.meta({
  planFile: 'copied',
  title: 'file',
  description: 'The name of a file in the folder of the plan, copied byte for byte',
})

/** The same, with `${{ inputs.x }}`, `${{ each }}` and `${{ run.id }}` filled in. */
export const planTemplate = contents.meta({
  planFile: 'filled in',
  title: 'file',
  description: 'The name of a file in the folder of the plan, with its ${{ … }} filled in',
})

/**
 * A folder in the folder of the plan, as an archive (`archive.ts`) of its files without those that its .dockerignore excludes.
 * Equal files give equal bytes on every machine.
 */
export const planFolder = contentsOf('a folder').meta({
  planFile: 'folder',
  title: 'folder',
  description:
    'The name of a folder in the folder of the plan, without what its .dockerignore excludes; at most 1 MiB',
})
