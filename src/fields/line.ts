import { z } from 'zod'

/** A line for people: a title, a name, a path of a file here. */
export const line = z
  .string()
  .min(1)
  .max(300)
  .regex(/^[^\n]*$/, { error: 'must be one line' })
