import { z } from 'zod'

const carried = z.object({ name: z.string(), sha256: z.string(), gzip: z.string() })

/**
 * A file beside the plan. The plan names it; resolving the plan puts the file itself in the name's place
 * ({@link PlanFile} of plan/plan.ts), so that what was approved is what is written.
 */
export const planFile = z
  .union([z.string().min(1), carried])
  .meta({ planFile: 'copied', description: 'A file beside the plan, copied byte for byte' })

/** The same, with `${{ … }}` filled in first. */
export const planTemplate = z
  .union([z.string().min(1), carried])
  .meta({ planFile: 'filled in', description: 'A file beside the plan, with its ${{ … }} filled in' })
