import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { applications } from '../../src/init/applications/index.ts'
import { keyCheck } from '../../src/steps/key-check/index.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true })
const must = (script: string, stdin = '') => stage.testHost.must(script, { stdin })

/** The key with which each application wrote its file in test/steps/applications. */
const keys: Readonly<Record<string, string>> = {
  n8n: 'key of the fixture: $$ecret "1"',
  Gitea: 'key of the fixture: $$ecret "2"',
}
const files = Object.keys(keys).map((name) =>
  readFileSync(join(import.meta.dirname, 'applications', `${name.toLowerCase()}.sql`), 'utf8'),
)
const services = Object.entries(keys).map(([name, key]) => {
  const environment = { RIGHT: key, WRONG: `${key}.`, RIGHT_FILE: '/run/secrets/key', BOUND_FILE: '/etc/key' }
  const volumes = [`/srv/${name}.key:/etc/key:ro`]
  return [
    name.toLowerCase(),
    { image: 'app:1', environment, volumes, secrets: [{ source: `${name}-key`, target: 'key' }] },
  ]
})
const composeFile = {
  services: Object.fromEntries(services) as object,
  secrets: Object.fromEntries(
    Object.keys(keys).map((name) => [`${name}-key`, { file: `/srv/${name}.key` }]),
  ) as object,
}

beforeAll(async () => {
  await must('cat > /srv/compose.yaml', JSON.stringify(composeFile))
  for (const [name, key] of Object.entries(keys))
    await must(`cat > /srv/${name}.key`, `${key.replaceAll('$$', '$')}\n`)
  await must('cat > /var/tmp/applications.sql', files.join('\n'))
  await must(`mkdir -p /backup/files
docker run -d --name pg -e POSTGRES_PASSWORD=x -v pg:/var/lib/postgresql/data testbed/postgres:17 > /dev/null
docker run -d --name maria -e MARIADB_DATABASE=app -e MARIADB_USER=app -e MARIADB_PASSWORD=x -v maria:/var/lib/mysql testbed/mariadb:11 > /dev/null
until docker exec pg pg_isready -q && docker exec maria mariadb app -e 'select 1' > /dev/null 2>&1; do sleep 0.2; done
docker exec -i pg psql -q -v ON_ERROR_STOP=1 -U postgres < /var/tmp/applications.sql
docker exec -i maria mariadb app < /var/tmp/applications.sql
docker run --rm -i --network none --user 0 -v /backup/files:/b testbed/guestbook:1 python3 -c "
import sqlite3, sys
sqlite3.connect('/b/app.db').executescript(sys.stdin.read())" < /var/tmp/applications.sql
docker stop -t 60 pg maria > /dev/null
for name in pg maria; do cp -a "$(docker volume inspect --format '{{.Mountpoint}}' $name)" /backup/$name; done
docker rm pg maria > /dev/null; docker volume rm pg maria > /dev/null`)
})

const places = {
  PostgreSQL: { backup: '/backup/pg', image: 'testbed/postgres:17', database: 'postgres' },
  MariaDB: { backup: '/backup/maria', image: 'testbed/mariadb:11', engine: 'mariadb', database: 'app' },
  SQLite: { backup: '/backup/files', sqlite: 'app.db', images: ['testbed/guestbook:1'] },
}

describe.each(applications.map((one) => [one.name, one] as const))('the key of %s', (name, application) => {
  const { format, texts, query } = application
  const check = (place: keyof typeof places, variable: string, fields: object = {}) => {
    const quote = place === 'MariaDB' ? '`' : '"'
    const keyOf = { file: '/srv/compose.yaml', project: 'srv', service: name.toLowerCase(), variable }
    const step = {
      ...places[place],
      keyOf,
      format,
      texts,
      query: query({}, (word) => `${quote}${word}${quote}`),
    }
    return keyCheck.verify(fieldsOf(keyCheck, { ...step, ...fields }), stage.step().at())
  }

  it.each(['PostgreSQL', 'MariaDB', 'SQLite'] as const)(
    'decrypts what it wrote, in %s, and another does not',
    async (place) => {
      const { summary, strength } = await check(place, 'RIGHT')
      expect(summary).toMatch(/^the key that RIGHT of service \S+ has now decrypts all \d+ encrypted texts/)
      expect(strength).toBe('observed')
      const wrong = check(place, 'WRONG')
      await expect(wrong).rejects.toThrow(/ decrypts 0 of \d+ /)
      await expect(wrong).rejects.toThrow(`the ${texts} would be unreadable`)
      await expect(wrong).rejects.not.toThrow('fixture')
      expect(await must('docker ps -aq; docker volume ls -q')).toBe('')
    },
  )

  it('is read from a file that a secret or a bind gives the service', async () => {
    expect((await check('SQLite', 'RIGHT_FILE')).strength).toBe('observed')
    expect((await check('SQLite', 'BOUND_FILE')).strength).toBe('observed')
  })

  it('is not tried where the application stored nothing, and the check says so', async () => {
    const mayBeEmpty = true
    const none = await check('PostgreSQL', 'WRONG', { mayBeEmpty, database: 'template1' })
    expect(none).toMatchObject({
      strength: 'stated',
      summary: expect.stringContaining('not tried') as unknown,
    })
    await expect(check('PostgreSQL', 'RIGHT', { database: 'template1' })).rejects.toThrow('does not exist')
    await expect(check('PostgreSQL', 'RIGHT', { mayBeEmpty, database: 'nowhere' })).rejects.toThrow('nowhere')
    expect((await check('SQLite', 'WRONG', { mayBeEmpty, query: 'select 1 where 0' })).strength).toBe(
      'stated',
    )
  })
})
