import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
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
