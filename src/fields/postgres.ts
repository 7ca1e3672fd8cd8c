import { z } from 'zod'

/** A name that psql and its connection take as it stands; what cannot be typed by mistake is refused. */
const plainName = z
  .string()
  .regex(/^[\p{L}_][\p{L}\p{N}_$.@ -]*$/u, {
    error: 'must be a name: letters, digits, blanks and "_$.@-", beginning with a letter or "_"',
  })
  .refine((name) => Buffer.byteLength(name) <= 63, {
    error: 'is longer than 63 bytes, which PostgreSQL cuts',
  })

export const databaseName = plainName.meta({
  title: 'database',
  description: 'The name of a database, as it is: not folded, not quoted',
})

export const roleName = plainName.meta({
  title: 'role',
  description: 'The name of a role, as it is: not folded, not quoted',
})

const part = '([a-z_][a-z0-9_$]*|"[^"\\n\\t]+")'

/** `schema.table`, each quoted where PostgreSQL would quote it. */
export const tableName = z
  .string()
  .regex(new RegExp(`^${part}\\.${part}$`), {
    error: 'must be schema.table, such as public.entries; a name with capitals stands in double quotes',
  })
  .meta({ title: 'table', description: 'schema.table; a name with capitals stands in double quotes' })
