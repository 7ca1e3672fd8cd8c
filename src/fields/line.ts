import { z } from 'zod'

/** One line of text: a title, a name, the path of a local file. */
export const line = z
  .string()
  .min(1)
  .max(300)
  .regex(/^[^\n]*$/, { error: 'must be one line' })
