import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { openField, type Field } from './field.ts'

let field: Field
beforeAll(async () => {
  field = await openField()
})
beforeEach(() => field.clear())
afterAll(() => field.close())

const done = expect.objectContaining({ code: 0 }) as unknown

const sql = (container: string, text: string) =>
  field.testHost.must(
    `docker exec -i ${container} psql -qAtX -v ON_ERROR_STOP=1 -U postgres -d postgres <<'SQL'\n${text.replaceAll('; ', ';\n')}\nSQL`,
  )

/** init, run and what it says, by the plan that init writes, unedited. */
async function restore(project: string) {
  expect(await field.type(`init server --project ${project}`)).toEqual(done)
  return await field.type(`run plans/${project}-restore --id ${project}-1 --yes`)
}

it('23: takes a warning about collation versions for a remark, not for a difference', async () => {
  await field.lay({ case: '23', project: 'coll' })
  await sql(
    'coll-db-1',
    "drop database app; create database app locale_provider icu icu_locale 'en' template template0; update pg_database set datcollversion = '153.14' where datname = 'app'",
  )
  await field.add(50)
  await field.backUp({ project: 'coll' })
  const ran = await restore('coll')
  expect(ran).toEqual(done)
  expect(ran.output).toContain('reindex database app; alter database app refresh collation version')
  expect(await field.page()).toBe('{"rows": 50}')
})

it('11: asks scratch copies as a superuser of their own, whatever the roles of the data are called', async () => {
  await field.lay({ case: '11', project: 'zbx' })
  await field.add(50)
  await field.backUp({ project: 'zbx' })
  expect(await restore('zbx')).toEqual(done)
  expect(await field.page()).toBe('{"rows": 50}')
})

it('31: serves scratch copies of data with slots of logical replication and preloaded libraries', async () => {
  await field.lay({ case: '31', project: 'sentry' })
  await field.add(50)
  await sql(
    'sentry-postgres-1',
    "\\c app \nselect pg_create_logical_replication_slot('cdc', 'pgoutput'); select pg_create_physical_replication_slot('standby', true); create extension pg_stat_statements; create publication everything for all tables",
  )
  await field.backUp({ project: 'sentry' })
  expect(await restore('sentry')).toEqual(done)
  expect(await field.page()).toBe('{"rows": 50}')
})

it('31, MariaDB: serves scratch copies of data with another page size, more system files and names in lower case', async () => {
  await field.testHost.must(`mkdir -p /srv/shop && cd /srv/shop && cat > my.cnf <<'END'
[mysqld]
innodb_page_size = 8k
innodb_data_file_path = ibdata1:10M;ibdata2:10M:autoextend
lower-case-table-names = 1
END
cat > compose.yaml <<'END'
services:
  db:
    image: mariadb:11
    environment: { MARIADB_DATABASE: app, MARIADB_USER: app, MARIADB_PASSWORD: pw }
    volumes: [ "maria:/var/lib/mysql", "./my.cnf:/etc/mysql/my.cnf:ro" ]
    healthcheck: { test: ["CMD", "mariadb", "-e", "select 1"], interval: 1s, retries: 30 }
  web:
    image: field/web:1
    environment: { DB_KIND: mariadb, DB_HOST: db, DB_USER: app, DB_PASSWORD: pw }
    ports: [ "8080:8000" ]
    depends_on: { db: { condition: service_healthy } }
volumes: { maria: {} }
END
docker compose --progress quiet up -d --wait`)
  await field.add(50)
  await field.testHost.must(
    `docker exec shop-db-1 mariadb app -e 'create view Wide as select * from entries; create table Mixed (Id int)'`,
  )
  await field.backUp({ project: 'shop' })
  expect(await restore('shop')).toEqual(done)
  expect(await field.page()).toBe('{"rows": 50}')
})

it('17: finds SQLite by its header, says how many rows of the live one the backup lacks, and refuses a torn copy', async () => {
  await field.lay({ case: '17', project: 'vw' })
  await field.add(10)
  // Leaves what it writes in the -wal, as an application that runs.
  await field.testHost.must(
    `docker exec -d vw-vault-1 python3 -c "import sqlite3, time; c = sqlite3.connect('/data/db.sqlite3'); c.execute('pragma wal_checkpoint'); c.execute('pragma wal_autocheckpoint = 0'); c.executemany('insert into entries values (?, ?)', [(n, 'new') for n in range(170)]); c.commit(); time.sleep(1000)"
    until [ -s "$(docker volume inspect -f '{{.Mountpoint}}' vw_vw-data)/db.sqlite3-wal" ]; do sleep 0.2; done
    mkdir -p /backup/vw/vw-data && cp "$(docker volume inspect -f '{{.Mountpoint}}' vw_vw-data)/db.sqlite3" /backup/vw/vw-data/`,
  )
  expect(await field.page()).toBe('{"rows": 180}')
  expect(await field.type('init server --project vw')).toEqual(done)
  const ran = await field.type('run plans/vw-restore --id vw-1 --yes')
  expect(ran).toEqual(done)
  expect(ran.output).toContain(
    '1 table with 10 rows; the live one has 180 rows, and the backup lacks 170 rows of entries',
  )
  expect(ran.output).toContain('the backup has no db.sqlite3-wal, where the live one keeps its newest rows')
  expect(await field.page()).toBe('{"rows": 10}')
  expect(await field.type('rollback vw-1')).toEqual(done)
  expect(await field.page()).toBe('{"rows": 180}')

  await field.testHost.must(
    'head -c 3000 /dev/urandom | dd of=/backup/vw/vw-data/db.sqlite3 bs=1 seek=4096 conv=notrunc 2> /dev/null',
  )
  const torn = await field.type('run plans/vw-restore --id vw-2 --yes')
  expect(torn.code).not.toBe(0)
  expect(torn.output).toMatch(/the backup \/backup\/vw\/vw-data is damaged/)
  expect(await field.page()).toBe('{"rows": 180}')
})

it('19: tries the password of .env on the data of the backup before the gate, and proposes what to do', async () => {
  await field.lay({ case: '19', project: 'pw' })
  await field.add(50)
  await field.backUp({ project: 'pw' })
  await field.testHost.must(
    `cd /srv/pw && cp .env /root/env.old && sed -i 's/^POSTGRES_PASSWORD=.*/POSTGRES_PASSWORD=canary-%$$new"/' .env && sed -i "s/canary.*/'&'/" .env`,
  )
  expect(await field.type('init server --project pw')).toEqual(done)
  const ran = await field.type('run plans/pw-restore --id pw-1 --yes')
  expect(ran.code).not.toBe(0)
  expect(ran.output).toContain('failed/password-pg-web~1')
  expect(ran.output).toMatch(
    /role postgres of the backup .* does not accept the password in DB_PASSWORD of service web/,
  )
  expect(ran.output).toContain('kind: role-password')
  expect(ran.output).not.toContain('canary')
  // The old stack still serves.
  expect(await field.page()).toBe('{"rows": 50}')
  await field.testHost.must('cd /srv/pw && cp /root/env.old .env')
  expect(await field.type('decide pw-1 failed/password-pg-web~1 retry')).toEqual(done)
  await vi.waitFor(
    async () =>
      expect((await field.type('logs pw-1')).output).toContain(
        'accepts the password that DB_PASSWORD of service web has now',
      ),
    { timeout: 60_000, interval: 2000 },
  )
})

it('20: tries the key of .env on the rows that it encrypted before the gate, and names what would be unreadable', async () => {
  await field.lay({ case: '20', project: 'flows' })
  const url = 'http://127.0.0.1:5678/'
  await field.add(50, url)
  await field.backUp({ project: 'flows' })
  await field.testHost.must(
    'cd /srv/flows && cp .env /root/env.old && sed -i s/=.*/=canary-of-another-key/ .env && docker compose --progress quiet up -d --wait',
  )
  expect(await field.page(url)).toContain('cannot be decrypted')
  expect(await field.type('init server --project flows')).toEqual(done)
  const ran = await field.type('run plans/flows-restore --id flows-1 --yes')
  expect(ran.code).not.toBe(0)
  expect(ran.output).toContain('failed/key-db-storage-n8n~1')
  expect(ran.output).toMatch(
    /the key that N8N_ENCRYPTION_KEY of service n8n has now decrypts 0 of 50 encrypted texts .* the credentials of n8n would be unreadable/,
  )
  expect(ran.output).not.toContain('canary')
  // Nothing was stopped.
  expect(await field.testHost.must('docker ps -q | wc -l')).toBe('2')
  await field.testHost.must('cd /srv/flows && cp /root/env.old .env')
  expect(await field.type('decide flows-1 failed/key-db-storage-n8n~1 retry')).toEqual(done)
  await vi.waitFor(
    async () =>
      expect((await field.type('logs flows-1')).output).toContain('decrypts all 50 encrypted texts'),
    { timeout: 60_000, interval: 2000 },
  )
})
