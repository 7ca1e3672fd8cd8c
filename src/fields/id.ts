import { z } from 'zod'

/** The id of a plan, phase, step, host or command. Becomes part of workflow ids and of file names on hosts. */
export const id = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, {
    error: 'must be lower-case words joined by "-", such as restore-data',
  })
  .max(60)
  // Ids are keys of plain objects, where this name is taken.
  .refine((text) => text !== 'constructor', { error: 'cannot be an id' })
