import { describe, expect, it } from 'vitest'
import { credentialsFor, credentialsIn, type Credential } from '../../src/init/credentials.ts'

const of = (service: string, environment: Record<string, string>): readonly Credential[] =>
  credentialsIn({ variables: environment, isMounted: (path) => path === '/run/secrets/db' }).map((one) => ({
    service,
    ...one,
  }))
const db = { server: 'db', names: ['shop-db'], isOnly: true }

describe('credentialsFor', () => {
  it.each<[string, Record<string, string>, object[]]>([
    [
      'host, user and password of one prefix',
      { DB_HOST: 'db:5432', DB_USER: 'shop', DB_PASSWORD: 'hunter2' },
      [{ variable: 'DB_PASSWORD', user: 'shop' }],
    ],
    [
      'the names of n8n',
      { DB_POSTGRESDB_HOST: 'db', DB_POSTGRESDB_PASSWORD: 'hunter2' },
      [{ variable: 'DB_POSTGRESDB_PASSWORD' }],
    ],
    [
      'the names of Gitea',
      { GITEA__database__HOST: 'db:3306', GITEA__database__PASSWD: 'hunter2', GITEA__database__USER: 'git' },
      [{ variable: 'GITEA__database__PASSWD', user: 'git' }],
    ],
    [
      'a URL',
      { DATABASE_URL: 'postgresql+asyncpg://shop:hunter2@db:5432/shop?sslmode=disable' },
      [{ variable: 'DATABASE_URL', database: 'shop' }],
    ],
    ['a container name', { DB_HOST: 'shop-db', DB_PASSWORD: 'hunter2' }, [{ variable: 'DB_PASSWORD' }]],
    [
      'no host in a stack with one server',
      { PAPERLESS_DBPASS: 'hunter2' },
      [{ variable: 'PAPERLESS_DBPASS' }],
    ],
    ['another host', { DB_HOST: 'db.example.org', DB_PASSWORD: 'hunter2' }, []],
    [
      'a password of something else, an empty one, one in a file that is not of the host',
      { SMTP_PASSWORD: 'hunter2', DB_PASSWORD: '', DB_PASSWORD_FILE: '/opt/x' },
      [],
    ],
    [
      'a password in a file that the Compose file gives',
      { DB_HOST: 'db', DB_PASSWORD_FILE: '/run/secrets/db' },
      [{ variable: 'DB_PASSWORD_FILE', host: 'db' }],
    ],
  ])('finds %s, without a value', (_, environment, expected) => {
    const found = credentialsFor(of('app', environment), db)
    expect(found).toMatchObject(expected)
    expect(found).toHaveLength(expected.length)
    expect(JSON.stringify(found)).not.toContain('hunter2')
  })
  it('leaves out what the server itself has, which ignores it on data that exists', () => {
    expect(credentialsFor(of('db', { POSTGRES_PASSWORD: 'hunter2' }), db)).toEqual([])
  })
  it('tries a role that several services share once', () => {
    const environment = { DB_HOST: 'db', DB_USER: 'shop', DB_PASSWORD: 'hunter2' }
    expect(credentialsFor([...of('web', environment), ...of('worker', environment)], db)).toHaveLength(1)
  })
})
