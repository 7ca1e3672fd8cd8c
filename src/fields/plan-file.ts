import { z } from 'zod'

/**
 * An embedded file, as a kind receives it. A plan file contains the file's name. Resolving the plan replaces the name with the
 * file (`PlanFile` of plan/plan.ts, gzipped), so that the approved bytes are written. It is unpacked to this shape before
 * the step's fields are parsed.
 */
const contents = z.strictObject(
  {
    name: z.string(),
    sha256: z.string(),
    /** The bytes. */
    base64: z.string(),
  },
  { error: 'must be the name of a file in the folder of the plan' },
)

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
