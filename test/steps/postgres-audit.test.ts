import { beforeEach, describe, expect, it } from 'vitest'
import { postgresAudit } from '../../src/steps/postgres-audit/index.ts'
import { describeInDepth, itInDepth } from '../depth.ts'
import { audited, restored, served } from './joins/postgres-audit.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { stageOfFile } from './stage.ts'

const stage = stageOfFile()

const must = (script: string) => stage.testHost.must(script)
const sql = (text: string) =>
  must(`docker exec -i live psql -qAtX -v ON_ERROR_STOP=1 -U postgres -d guestbook <<'SQL'\n${text}\nSQL`)
const look = (fields: object) =>
  postgresAudit.inspect?.(fieldsOf(postgresAudit, { ...audited, ...fields }), stage.step().at())
const audit = (fields: object) =>
  postgresAudit.verify(fieldsOf(postgresAudit, { ...audited, ...fields }), stage.step().at())

describe('postgres-audit › verify › live server', () => {
  beforeEach(() => must(served))

  it('passes where it equals its backup, with what it compared and did not compare', async () => {
    const evidence = await audit({ container: 'live' })
    expect(evidence.strength).toBe('proven')
    expect(evidence.facts).toMatchObject({ databases: 2, tables: 3, rows: 10_205, sequences: 2 })
    expect(evidence.facts?.['others']).toBeGreaterThan(3)
    expect(evidence.summary).toMatch(/3 tables with 10205 rows.*amcheck.*; not compared: /)
    await sql('create extension amcheck')
    const { facts } = await audit({ container: 'live', tables: ['public.entries'] })
    expect(facts?.['indexes']).toBeGreaterThan(100)
  })
  it('fails for one changed row among as many', async () => {
    await sql(`update entries set body = 'entry' || substr(body, 6) where id = 4711`)
    await expect(audit({ container: 'live' })).rejects.toThrow('public.entries: 10000 rows on both sides')
  })
  itInDepth('fails for a row that is there twice where another is missing', async () => {
    await sql('update guests set name = (select name from guests where id = 7) where id = 8')
    await expect(audit({ container: 'live' })).rejects.toThrow('public.guests: 200 rows on both sides')
  })
  itInDepth('fails with lost and new rows, tables, sequences and definitions', async () => {
    await sql(`delete from entries where id > 4211; drop table guests; create table new (a int);
      alter table starts alter at drop not null; select nextval('starts_id_seq')`)
    const failed = audit({ container: 'live' })
    await expect(failed).rejects.toThrow('public.entries: 10000 rows in the backup, 4211 in container live')
    await expect(failed).rejects.toThrow('public.guests: missing in container live')
    await expect(failed).rejects.toThrow('public.new: only in container live')
    await expect(failed).rejects.toThrow('public.starts: defined differently in container live')
    await expect(failed).rejects.toThrow('sequence public.starts_id_seq: at 5 in the backup, at 6')
  })
  itInDepth('lets the tables of mayDiffer differ, and only those', async () => {
    await sql('insert into starts default values')
    await expect(audit({ container: 'live' })).rejects.toThrow('public.starts: 5 rows in the backup, 6 in')
    const { facts } = await audit({ container: 'live', mayDiffer: ['public.starts'] })
    expect(facts).toMatchObject({
      rows: 10_200,
      mayDiffer: [expect.stringMatching(/public.starts: 5 .* 6 /)],
    })
    await expect(audit({ container: 'live', mayDiffer: ['public.starts', 'public.strats'] })).rejects.toThrow(
      'public.strats: named in mayDiffer',
    )
    await sql('drop table starts')
    await expect(audit({ container: 'live', mayDiffer: ['public.starts'] })).rejects.toThrow(
      'starts: missing in',
    )
  })
  itInDepth('fails for a changed role, unless mayDiffer names it', async () => {
    await sql(`alter role postgres password 'another'`)
    await expect(audit({ container: 'live' })).rejects.toThrow('role postgres')
    const { facts } = await audit({ container: 'live', mayDiffer: ['role postgres'] })
    expect(facts).toMatchObject({ mayDiffer: ['role postgres'] })
    await expect(audit({ container: 'live', mayDiffer: ['role nobody'] })).rejects.toThrow('role nobody')
  })
  itInDepth('fails for new databases, functions, views and large objects', async () => {
    await sql(`create database another; create view seen as select 1; select lo_from_bytea(0, 'x');
      create function f() returns int language sql as 'select 1'`)
    const failed = audit({ container: 'live' })
    await expect(failed).rejects.toThrow('database another: only in container live')
    await expect(failed).rejects.toThrow('view public.seen: only in container live')
    await expect(failed).rejects.toThrow('function public.f(): only in container live')
    await expect(failed).rejects.toThrow('pg_catalog.pg_largeobject: only in container live')
  })
  itInDepth('fails where a table of tables: does not exist, and where no server runs', async () => {
    await expect(audit({ container: 'live', tables: ['public.none'] })).rejects.toThrow(
      'public.none: in neither',
    )
    await expect(audit({ container: 'other' })).rejects.toThrow('container other does not run')
    await must('docker stop -t 1 live > /dev/null')
    await expect(audit({ container: 'live' })).rejects.toThrow('container live does not run')
  })
  itInDepth('leaves nothing behind, and removes what an interrupted call left', async () => {
    const bound = stage.step()
    await must(`docker volume create --label reinstate.scratch=${bound.mark} left > /dev/null
      docker run -d --name left -v left:/var/lib/postgresql/data --label reinstate.scratch=${bound.mark} --entrypoint sleep testbed/postgres:17 1000 > /dev/null
      docker volume create --label reinstate.scratch=another theirs > /dev/null`)
    await postgresAudit.verify(fieldsOf(postgresAudit, { ...audited, container: 'live' }), bound.at())
    expect(await must('docker ps -a --format {{.Names}}; docker volume ls -q')).toBe('live\nfresh\ntheirs')
  })
})

describeInDepth('postgres-audit › verify › files of a backup merged into a live data directory', () => {
  // What a runbook did: start the server to create its volume, copy the backup over it, start it again.
  const ready = (name: string) => `until docker exec ${name} pg_isready -q -h 127.0.0.1; do sleep 0.1; done`
  const server = (name: string, volume: string) => `
    docker run -d --name ${name} -e POSTGRES_PASSWORD=x -v ${volume}:/var/lib/postgresql/data testbed/postgres:17 > /dev/null
    ${ready(name)}`
  const fill = (name: string, rows: number) => `
    docker exec ${name} psql -qX -U postgres -c "create table entries (id int, body text)" -c "insert into entries select n, '${name} ' || n from generate_series(1, ${rows}) n"`

  it('fails, although the server starts, is ready and has rows', async () => {
    await must(`${server('source', 'source')} ${fill('source', 20_000)}
      docker stop -t 10 source > /dev/null
      cp -a "$(docker volume inspect --format '{{.Mountpoint}}' source)" /backup/db
      ${server('live', 'merged')} ${fill('live', 5_000)}
      rsync -a /backup/db/ "$(docker volume inspect --format '{{.Mountpoint}}' merged)/"
      docker restart -t 10 live > /dev/null
      ${ready('live')}`)
    const rows = await must(`docker exec live psql -qAtX -U postgres -c 'select count(*) from entries'`)
    expect(Number(rows)).toBeGreaterThan(0)
    await expect(audit({ backup: '/backup/db', container: 'live' })).rejects.toThrow(
      `public.entries: 20000 rows in the backup, ${rows} in container live`,
    )
  })
})

describe('postgres-audit › restored volume', () => {
  beforeEach(() => must(restored))
  const inVolume = (script: string) =>
    must(`cd "$(docker volume inspect --format '{{.Mountpoint}}' fresh)"\n${script}`)

  itInDepth('verify › compares a restored directory, and refuses one in use', async () => {
    await inVolume('mkdir /srv/pg; cp -a . /srv/pg/')
    expect(await look({ path: '/srv/pg' })).toEqual({})
    const { summary, facts } = await audit({ path: '/srv/pg' })
    expect(summary).toMatch(/^directory \/srv\/pg equals the backup/)
    expect(facts).toMatchObject({ tables: 3, rows: 10_205 })
    await must('docker run -d --name user -v /srv:/x --entrypoint sleep testbed/postgres:17 1000 > /dev/null')
    await expect(look({ path: '/srv/pg' })).rejects.toThrow('directory /srv/pg is used by container user')
    await expect(audit({ path: '/srv/pg' })).rejects.toThrow('is used by container user')
    await must('docker rm -f user > /dev/null')
    expect(await look({ path: '/srv/none' })).toMatchObject({
      blockedOn: { what: 'path', name: '/srv/none' },
    })
  })
  itInDepth(
    'verify › says how many rows the live server has that the backup lacks, and needs none',
    async () => {
      const live = { project: 'shop', service: 'db' }
      await must(`cp -a /backup/guestbook/db /srv/live
      docker run -d --name live --label com.docker.compose.project=shop --label com.docker.compose.service=db --label com.docker.compose.oneoff=False -v /srv/live:/var/lib/postgresql/data testbed/postgres:17 > /dev/null
      until docker exec live pg_isready -q; do sleep 0.1; done`)
      await sql(`insert into starts default values; insert into starts default values; insert into starts default values;
      create table "new ""one" (a int); insert into "new ""one" values (1); delete from guests where id = 7;
      create table locked (a int); insert into locked values (1)`)
      await must(
        'docker exec -d live psql -qX -U postgres -d guestbook -c "begin; lock table locked; select pg_sleep(60)"; sleep 1',
      )
      const { summary, strength, facts } = await audit({ volume: 'fresh', live })
      expect(strength).toBe('proven')
      expect(summary).toContain(
        '; the live service db of project shop has 10208 rows, and the backup lacks 3 rows of public.starts, ' +
          '1 row of public."new ""one"; 1 table of it not counted; ',
      )
      expect(facts).toMatchObject({ rows: 10_205, liveRows: 10_208 })
      await must('docker stop -t 5 live > /dev/null')
      expect((await audit({ volume: 'fresh', live })).summary).toContain(
        'the rows of the live service db of project shop are not counted: it does not run',
      )
    },
  )
  itInDepth('verify › serves only a scratch copy and checks its indexes', async () => {
    const before = await inVolume('find . -printf "%p %C@\\n" | sort | sha256sum')
    const { facts } = await audit({ volume: 'fresh' })
    expect(facts).toMatchObject({ tables: 3, rows: 10_205 })
    expect(facts?.['indexes']).toBeGreaterThan(100)
    expect(await inVolume('find . -printf "%p %C@\\n" | sort | sha256sum')).toBe(before)
  })
  itInDepth('verify › fails for an index that lacks rows, although the rows are equal', async () => {
    await must(`docker run -d --name live -v fresh:/var/lib/postgresql/data testbed/postgres:17 > /dev/null
      until docker exec live pg_isready -q; do sleep 0.1; done`)
    const file = await sql(`select pg_relation_filepath('entries_pkey')`)
    await inVolume(`cp ${file} /tmp/index`)
    await sql('update entries set guest = guest; checkpoint')
    await must('docker stop -t 10 live > /dev/null; docker rm live > /dev/null')
    await inVolume(`cat /tmp/index > ${file}`)
    await expect(audit({ volume: 'fresh' })).rejects.toThrow(/: index: .*entries_pkey/)
  })
  itInDepth('verify › fails for a volume that the server does not start on, with its reason', async () => {
    await inVolume('echo 16 > PG_VERSION')
    await expect(audit({ volume: 'fresh' })).rejects.toThrow(/volume fresh cannot be read: .*FATAL/)
  })
  itInDepth('verify › fails for a damaged table, with what cannot be read', async () => {
    await inVolume(`file=$(find base -size +1000k -name '[0-9]*' -printf '%s %p\\n' | sort -rn | head -n 1 | cut -d ' ' -f 2)
      head -c 8192 /dev/urandom | dd of=$file bs=8192 seek=3 conv=notrunc 2> /dev/null`)
    await expect(audit({ volume: 'fresh' })).rejects.toThrow(
      /volume fresh cannot be read: ERROR: +invalid page/,
    )
  })
  itInDepth('inspect refuses, and verify fails for, a volume in use', async () => {
    await must(
      'docker run -d --name user -v fresh:/x --entrypoint sleep testbed/postgres:17 1000 > /dev/null',
    )
    await expect(look({ volume: 'fresh' })).rejects.toThrow('volume fresh is used by container user')
    await expect(audit({ volume: 'fresh' })).rejects.toThrow('is used by container user')
  })
  itInDepth(
    'inspect › refuses a backup that is unclean, no data directory, or of another version',
    async () => {
      await expect(look({ volume: 'fresh', backup: '/backup/guestbook/site' })).rejects.toThrow(
        'holds no data directory',
      )
      await must(
        'mkdir -p /backup/two; cp -a /backup/guestbook/db /backup/two/a; cp -a /backup/guestbook/db /backup/two/b',
      )
      await expect(look({ volume: 'fresh', backup: '/backup/two' })).rejects.toThrow('holds more than one')
      await must('echo 1 > /backup/two/a/postmaster.pid; ln -s /srv /backup/two/b/pg_tblspc/16500')
      await expect(look({ volume: 'fresh', backup: '/backup/two/a' })).rejects.toThrow('holds postmaster.pid')
      await expect(look({ volume: 'fresh', backup: '/backup/two/b' })).rejects.toThrow(
        'pg_tblspc/16500 is a link',
      )
      await must(
        `printf 'FROM testbed/postgres:17\\nENV PG_MAJOR=16\\n' | DOCKER_BUILDKIT=0 docker build -q -t sixteen - > /dev/null`,
      )
      await expect(look({ volume: 'fresh', image: 'sixteen' })).rejects.toThrow(/PostgreSQL 17, .*serves 16/)
    },
  )
  it('inspect › is blocked on what an earlier step creates', async () => {
    const blockedOn = (what: string, name: string) => ({ blockedOn: { how: 'creates', what, name } })
    expect(await look({ volume: 'later' })).toMatchObject(blockedOn('volume', 'later'))
    expect(await look({ volume: 'fresh', backup: '/backup/none' })).toMatchObject(
      blockedOn('path', '/backup/none'),
    )
    expect(await look({ volume: 'fresh', image: 'none:1' })).toMatchObject(blockedOn('image', 'none:1'))
  })
})

it('postgres-audit › validate › requires a volume or a server, and not both', () => {
  const problem = (fields: object) =>
    postgresAudit.validate?.(fieldsOf(postgresAudit, { ...audited, ...fields }))
  expect(problem({})).toContain('needs either volume:, path:, container:, or project: and service:')
  expect(problem({ volume: 'v1', container: 'c' })).toContain('not both')
  expect(problem({ project: 'p' })).toContain('project: and service: together')
  expect(problem({ project: 'p', service: 's' })).toBeUndefined()
  expect(problem({ volume: 'v1' })).toBeUndefined()
})
