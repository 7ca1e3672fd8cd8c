import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { openField, type Field } from './field.ts'

vi.setConfig({ testTimeout: 480_000 })

let field: Field
beforeAll(async () => {
  field = await openField()
})
afterEach(() => field.clear())
afterAll(() => field.close())

const plan = (name: string) => readFile(join(field.folder, 'plans', `${name}-restore`, 'plan.yaml'), 'utf8')
const refused = expect.objectContaining({ code: 2 }) as unknown
const done = expect.objectContaining({ code: 0 }) as unknown
const must = (script: string) => field.testHost.must(script)

describe('15', () => {
  const page = 'http://127.0.0.1:2283/'
  it('a pg_dumpall and a folder: restored into a fresh volume beside the live directory, and rolled back', async () => {
    await field.lay({
      ...{ case: '15', project: 'photos' },
      up: 'mkdir -p /srv/photos/pgdata /srv/photos/library; printf "DB_DATA_LOCATION=./pgdata\\nUPLOAD_LOCATION=./library\\n" > .env; docker compose --progress quiet up -d --wait',
    })
    await field.add(150, page)
    await must(
      `set -e; mkdir -p /backup/photos/library; echo old > /srv/photos/library/a; cp -a /srv/photos/library/a /backup/photos/library/
      docker exec photos_postgres pg_dumpall -U postgres | gzip > /backup/photos/dump.sql.gz
      head -c 900 /backup/photos/dump.sql.gz > /backup/photos/newer.sql.gz; echo new > /srv/photos/library/a`,
    )
    await field.add(7, page)
    const found = await field.type('init server --project photos')
    expect(found).toEqual(done)
    expect(found.output).toMatch(
      /pgdata is restored from dump\.sql\.gz, a dump of PostgreSQL 17\.\d+ \(pg_dumpall, gzip\), .*, complete, 0 hours old; the step proves rows by checksums, definitions by their text/,
    )
    expect(found.output).toMatch(/newer\.sql\.gz is not restored: .* truncated/)
    expect(await plan('photos')).not.toContain('pw-15')
    const run = await field.type('run plans/photos-restore --id photos-1 --yes')
    expect(run).toEqual(done)
    expect(await field.page(page)).toBe('{"rows": 150}')
    expect(await must('docker exec $(docker ps -qf name=photos_server) cat /data/a')).toBe('old')
    expect(await field.type('rollback photos-1')).toEqual(done)
    expect(await field.page(page)).toBe('{"rows": 157}')
    expect(await must('cat /srv/photos/library/a; ls /srv/photos/pgdata/PG_VERSION')).toMatch(/^new\n/)
  })
})

describe('a dump of one database of MariaDB', () => {
  const backup = '/backup/shop'
  const laid = async () => {
    await field.lay({ case: 'day-after', project: 'shop' })
    await field.add(60)
    await must(
      `set -e; mkdir -p ${backup}/uploads; touch ${backup}/uploads/a /srv/shop/uploads/a
      docker exec shop-db-1 mariadb-dump --routines --events app | gzip > ${backup}/app-2026-11-28.sql.gz
      sleep 1; docker exec shop-db-1 mariadb-dump --routines --events app | zstd -q > ${backup}/app-2026-11-29.sql.zst`,
    )
  }
  it('the newest is restored with the password of the service, and rolled back', async () => {
    await laid()
    await must(`mv ${backup}/app-2026-11-29.sql.zst ${backup}/app-2026-11-29.sql.gz`)
    await field.add(5)
    expect(await field.type('init server --project shop')).toEqual(done)
    const text = await plan('shop')
    expect(text).toContain('}/app-2026-11-29.sql.gz"')
    expect(text).toContain('variable: MARIADB_PASSWORD')
    expect(await field.type('run plans/shop-restore --id shop-1 --yes')).toEqual(done)
    expect(await field.page()).toBe('{"rows": 60}')
    expect(await field.type('rollback shop-1')).toEqual(done)
    expect(await field.page()).toBe('{"rows": 65}')
  })
  it('of several jobs none is taken silently; one of another database, or that was cut off, never', async () => {
    await laid()
    const found = await field.type('init server --project shop')
    expect(found).toEqual(refused)
    expect(found.output).toMatch(
      /app-2026-11-28\.sql\.gz: a dump of MariaDB .*; to restore it: --map with this file/,
    )
    expect(await field.type('init server --project shop --map db=app-2026-11-28.sql.gz')).toEqual(done)
    await must(
      `cd ${backup} && gzip -dc app-2026-11-28.sql.gz | sed 's/Database: app/Database: wiki/' > wiki.sql && zstd -dcq app-2026-11-29.sql.zst | head -n 40 > cut.sql && rm app-*`,
    )
    const none = await field.type('init server --project shop --out plans/none')
    expect(none).toEqual(refused)
    expect(none.output).toMatch(/cut\.sql: .* truncated; it is not whole/)
    expect(none.output).toMatch(/wiki\.sql: .*; an older one, or of another database/)
  })
})
