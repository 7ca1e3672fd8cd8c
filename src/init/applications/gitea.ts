import type { Application } from './application.ts'

/**
 * Proven on what Gitea 1.25 wrote. Without the variable, Gitea keeps the key in app.ini in its own volume, which is restored
 * with the data. Forgejo has the same variables, and newer versions of it encrypt otherwise: its key is not tried.
 */
export const gitea: Application = {
  name: 'Gitea',
  variables: ['GITEA__security__SECRET_KEY', 'GITEA__security__SECRET_KEY__FILE'],
  otherImages: /forgejo/,
  format: 'gitea',
  texts: 'secrets of actions, webhooks and second factors of Gitea',
  database: 'gitea',
  sqlite: 'gitea.db',
  settings: ['GITEA__database__SCHEMA'],
  query: ({ GITEA__database__SCHEMA: schema }, quoted) => {
    const from = (table: string) => `${schema === undefined ? '' : `${quoted(schema)}.`}${quoted(table)}`
    return [
      `select data from ${from('secret')} where data <> ''`,
      `select header_authorization_encrypted from ${from('webhook')} where header_authorization_encrypted <> ''`,
      `select secret from ${from('two_factor')}`,
    ].join(' union all ')
  },
}
