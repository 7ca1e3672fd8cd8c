import { z } from 'zod'

/**
 * A file beside the plan, as a kind gets it. In a plan file it is the file's name; resolving the plan puts the file
 * itself in the name's place (`PlanFile` of plan/plan.ts, gzipped), so that what was approved is what is written; and
 * whoever parses a step's fields has it unpacked to this first.
 */
const contents = z.strictObject(
  {
    name: z.string(),
    sha256: z.string(),
    /** The bytes. */
    base64: z.string(),
  },
  { error: 'must be the name of a file beside the plan' },
)

export type Contents = z.infer<typeof contents>

/** A file beside the plan, byte for byte. */
export const planFile = contents.meta({
  planFile: 'copied',
  title: 'file',
  description: 'The name of a file beside the plan, copied byte for byte',
})

/** The same, with `${{ inputs.x }}`, `${{ each }}` and `${{ run.id }}` filled in first. */
export const planTemplate = contents.meta({
  planFile: 'filled in',
  title: 'file',
  description: 'The name of a file beside the plan, with its ${{ … }} filled in',
})
