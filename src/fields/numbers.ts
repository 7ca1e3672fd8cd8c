import { z } from 'zod'

/** A TCP or UDP port. */
export const port = z
  .int()
  .min(1)
  .max(65_535)
  .meta({ title: 'port', description: 'A whole number from 1 to 65535' })

/** A count of at least 1. */
export const count = z
  .int()
  .min(1)
  .max(1000)
  .meta({ title: 'count', description: 'A whole number from 1 to 1000' })

/** An HTTP status. */
export const httpStatus = z
  .int()
  .min(100)
  .max(599)
  .meta({ title: 'status', description: 'An HTTP status, such as 200' })
