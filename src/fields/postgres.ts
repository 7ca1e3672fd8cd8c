import { z } from 'zod'

/** A name that psql and its connection strings take literally. Unusual characters are refused. */
const plainName = z
  .string()
  .regex(/^[\p{L}_][\p{L}\p{N}_$.@ -]*$/u, {
    error: 'must be a name: letters, digits, spaces and "_$.@-", beginning with a letter or "_"',
  })
  .refine((name) => Buffer.byteLength(name) <= 63, {
    error: 'is longer than 63 bytes, which PostgreSQL truncates',
  })

export const databaseName = plainName.meta({
  title: 'database',
  description: 'The exact name of a database: not folded, not quoted',
})

export const roleName = plainName.meta({
  title: 'role',
  description: 'The exact name of a role: not folded, not quoted',
})

/** A schema that holds objects of users: not those of the system, and not that of the ledger of migrations. */
export const schemaName = plainName
  .refine((name) => !/^(pg_|information_schema$|reinstate$)/.test(name), {
    error: 'is a schema of the system, or that of the ledger of migrations',
  })
  .meta({ title: 'schema', description: 'The exact name of a schema: not folded, not quoted' })

const part = '([a-z_][a-z0-9_$]*|"[^"\\n\\t]+")'

/** `schema.table`, with both names quoted as PostgreSQL requires. */
export const tableName = z
  .string()
  .regex(new RegExp(`^${part}\\.${part}$`), {
    error: 'must be schema.table, such as public.entries; quote a name with capitals in double quotes',
  })
  .meta({ title: 'table', description: 'schema.table; quote a name with capitals in double quotes' })
