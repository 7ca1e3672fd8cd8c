import { z } from 'zod'

/** A TCP or UDP port. */
export const port = z
  .int()
  .min(1)
  .max(65_535)
  .meta({ title: 'port', description: 'A whole number from 1 to 65535' })

/** How many: at least one. */
export const count = z
  .int()
  .min(1)
  .max(1000)
  .meta({ title: 'count', description: 'A whole number from 1 on' })

/** A status of HTTP. */
export const httpStatus = z
  .int()
  .min(100)
  .max(599)
  .meta({ title: 'status', description: 'A status of HTTP, such as 200' })
