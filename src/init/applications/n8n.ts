import type { Application } from './application.ts'

/**
 * Proven on credentials that n8n 1.123 wrote. Without the variable, n8n keeps the key in its own volume, which is restored with
 * the data. A text with a colon is encrypted with a data key (N8N_ENV_FEAT_ENCRYPTION_KEY_ROTATION) and is not tried.
 */
export const n8n: Application = {
  name: 'n8n',
  variables: ['N8N_ENCRYPTION_KEY', 'N8N_ENCRYPTION_KEY_FILE'],
  format: 'n8n',
  texts: 'credentials of n8n',
  database: 'n8n',
  sqlite: 'database.sqlite',
  settings: ['DB_TABLE_PREFIX', 'DB_POSTGRESDB_SCHEMA'],
  query: ({ DB_TABLE_PREFIX: prefix = '', DB_POSTGRESDB_SCHEMA: schema }, quoted) => {
    const table = quoted(`${prefix}credentials_entity`)
    return `select data from ${schema === undefined ? '' : `${quoted(schema)}.`}${table} where data not like '%:%'`
  },
}
