import { z } from 'zod'

/** A quoted string of octal digits: "0644". Parsed to the format of `stat -c %a`: 644. */
export const fileMode = z
  .string({ error: 'must be a quoted string such as "0644"' })
  .regex(/^0?[0-7]{3}$/, { error: 'must be three octal digits, such as "0644"' })
  .transform((text) => text.slice(-3).replace(/^0{1,2}(?=.)/, ''))
  .meta({ title: 'mode', description: 'Octal digits in quotes, such as "0600"' })
