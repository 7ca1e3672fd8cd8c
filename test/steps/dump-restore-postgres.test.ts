import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { countOf } from '../../src/steps/format.ts'
import { dumpRestore } from '../../src/steps/dump-restore/index.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { dumped, IMAGE, source } from './joins/dump-restore.ts'
import { inspected, stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true, disk: { at: '/var/lib/docker/volumes', mebibytes: 1500 } })
const must = (script: string) => stage.testHost.must(script, { timeoutSeconds: 120 })
/** Leaves so many megabytes of the disk with the volumes. */
const fill = (megabytes: number) =>
  `fallocate -l "$(($(df -B1 --output=avail /var/lib/docker/volumes | tail -n 1) - ${megabytes}000000))" /var/lib/docker/volumes/filler`
const globals = '/backup/dumps/globals.sql'
const shop = { server: 'postgres', image: IMAGE, volume: 'fresh', database: 'shop', globals }
const ofServer = { database: undefined, globals: undefined }
const stepOf = (fields: object) => fieldsOf(dumpRestore, { ...shop, ...fields })
const SLOW = 120_000

beforeAll(async () => {
  await must(source)
  await must(
    [
      'set -e',
      dumped('pg_dump -U postgres shop', 'shop.sql'),
      dumped('pg_dump -U postgres shop | gzip', 'shop.sql.gz'),
      dumped('pg_dump -U postgres --clean -C shop', 'create.sql'),
      dumped('pg_dump -U postgres --no-owner --no-privileges --inserts shop', 'inserts.sql'),
      dumped('pg_dump -U postgres --column-inserts --rows-per-insert=7 shop', 'columns.sql'),
      dumped('pg_dump -U postgres --schema-only shop', 'schema.sql'),
      dumped('pg_dump -U postgres -E LATIN1 shop', 'latin1.sql'),
      dumped('pg_dumpall -U postgres', 'all.sql'),
      dumped('pg_dumpall -U postgres --clean --if-exists', 'all-clean.sql'),
      dumped('pg_dump -U postgres -Fc shop', 'shop.dump'),
      dumped('pg_dump -U postgres -Ft shop', 'shop.tar'),
      'docker exec source pg_dump -U postgres -Fd -f /dumps/shop.dir shop',
      `cd /backup/dumps; sed 's/^-- Dumped by pg_dump version 17.*/-- Dumped by pg_dump version 15.4/; s/SELECT c.name,/SELECT c.name AS name,/' shop.sql > older.sql`,
      'zstd -q shop.sql; xz -k shop.sql; bzip2 -k shop.sql',
    ].join('\n'),
  )
}, SLOW)
beforeEach(() => must('docker rm -fv served > /dev/null 2>&1; docker volume rm -f fresh > /dev/null'))

const at = (file: string) => ({ dump: `/backup/dumps/${file}` })

/** Inspects and loads. */
async function loaded(fields: object, meanwhile: () => Promise<unknown> = () => Promise.resolve()) {
  const step = stepOf(fields)
  const bound = stage.step()
  const { priorState, changes } = await inspected(dumpRestore, step, bound.at())
  await Promise.all([dumpRestore.apply(step, priorState, bound.at()), meanwhile()])
  return { bound, step, priorState, changes }
}

async function restored(fields: object) {
  const done = await loaded(fields)
  return { ...done, verified: await dumpRestore.verify(done.step, done.bound.at()) }
}

const FORMATS: readonly (readonly [string, object, object])[] = [
  ['SQL in gzip', at('shop.sql.gz'), {}],
  ['SQL in zstd', at('shop.sql.zst'), {}],
  ['SQL in xz', at('shop.sql.xz'), {}],
  ['SQL in bzip2', at('shop.sql.bz2'), {}],
  ['SQL with --clean --create', at('create.sql'), {}],
  ['SQL with --inserts, without owners and privileges', at('inserts.sql'), { tables: 4 }],
  ['SQL with --column-inserts, several rows each', at('columns.sql'), { tables: 4 }],
  // The text of its view is not what this version writes.
  ['SQL of an older pg_dump', at('older.sql'), { byName: 1 }],
  ['a custom archive', at('shop.dump'), {}],
  ['a tar archive', at('shop.tar'), {}],
  ['a directory', { ...at('shop.dir'), jobs: 2 }, {}],
  ['pg_dumpall', { ...at('all.sql'), ...ofServer }, {}],
  ['pg_dumpall --clean', { ...at('all-clean.sql'), ...ofServer }, {}],
]

const SERVE = `docker run -d --name served --network none -v fresh:/var/lib/postgresql/data ${IMAGE} > /dev/null
until docker exec served pg_isready -q -h 127.0.0.1; do sleep 0.1; done`

describe('dump-restore, postgres', () => {
  it.each(FORMATS)(
    'restores and proves %s',
    async (_, fields, facts) => {
      const { verified } = await restored(fields)
      expect(verified).toMatchObject({
        strength: 'proven',
        outputs: { volume: 'fresh' },
        facts: {
          tables: 5,
          rows: 1502,
          largeObjects: 1,
          sequences: 2,
          sorted: 0,
          byName: 0,
          uncompared: 0,
          ...facts,
        },
      })
    },
    SLOW,
  )

  it(
    'SQL › serves with roles and passwords, finds a changed row and a lost index, and keeps what was written to',
    async () => {
      const { bound, step, priorState, changes } = await restored({
        ...at('shop.sql'),
        password: '${{ secrets.canary-new }}',
      })
      expect(changes).toMatchObject([
        'makes volume fresh',
        expect.stringContaining('SQL of database shop, PostgreSQL 17.12, 5 tables with 1502 rows'),
      ])
      expect(await inspected(dumpRestore, step, bound.at())).toMatchObject({ changes: [] })
      await must(SERVE)
      const login = (user: string, password: string) =>
        stage.testHost.exec(
          `docker exec -e PGPASSWORD=${password} served psql -AtX -h 127.0.0.1 -U ${user} -d shop -c 'select 1'`,
        )
      expect((await login('app', 'canary-of-app')).stdout).toBe('1\n')
      expect((await login('app', 'wrong')).exitCode).not.toBe(0)
      // The password of the dump is the one that counts.
      expect((await login('postgres', 'canary-source')).stdout).toBe('1\n')
      const sql = (text: string) => must(`docker exec -i served psql -qX -U postgres -d shop -c "${text}"`)
      await sql(
        "update sales.customers set name = 'other' where id = 7; drop index sales.orders_customer_idx",
      )
      await must('docker stop -t 60 served > /dev/null; docker rm served > /dev/null')
      await expect(dumpRestore.verify(step, bound.at())).rejects.toThrow(
        /rows of sales\.customers: 500 in the dump, 500 restored, with other content.*only in the dump: CREATE INDEX orders_customer_idx/,
      )
      const leftovers = await dumpRestore.undo(step, priorState, bound.at('undo-1'))
      expect(leftovers).toMatchObject([{ what: 'volume fresh', why: expect.stringContaining('written to') }])
      expect(
        await must('docker volume ls -q | grep -c "^fresh$\\|^reinstate-scratch"; docker ps -aq | wc -l'),
      ).toBe('1\n1')
    },
    SLOW,
  )

  it(
    'SQL › removes its volume when it is undone, and takes the same rows in another order for equal',
    async () => {
      const { bound, step, priorState } = await restored({ ...at('latin1.sql') })
      await must(SERVE)
      await must(
        `docker exec -i served psql -qX -U postgres -d shop -c "begin; create temp table t as select * from sales.orders_2025; delete from sales.orders_2025; insert into sales.orders_2025 select * from t order by id desc; commit"`,
      )
      await must('docker stop -t 60 served > /dev/null; docker rm -f served > /dev/null')
      expect(await dumpRestore.verify(step, bound.at())).toMatchObject({ facts: { sorted: 1 } })
      const other = await loaded({ ...at('shop.sql'), volume: 'fresh2' })
      expect(await dumpRestore.undo(other.step, other.priorState, other.bound.at('undo-1'))).toEqual([])
      expect(await must('docker volume ls -q | grep -c "^fresh2" || :')).toBe('0')
      expect(await dumpRestore.undo(step, priorState, bound.at('undo-1'))).toHaveLength(1)
    },
    SLOW,
  )
})

interface Failure {
  readonly name: string
  /** Makes /backup/dumps/bad. */
  readonly make: string
  readonly fields?: object
  readonly says: RegExp
  /** Where the step finds it. Default: before anything is created. */
  readonly found?: 'load'
  /** The command that people type, and its exit status. */
  readonly byHand: { readonly with: string; readonly exits: number }
}

const psql = (exits = 0) => ({ with: 'psql -q -U postgres -d by_hand < /dumps/bad', exits })
const edited = (script: string) => `sed '${script}' shop.sql > bad`

const FAILURES: readonly Failure[] = [
  {
    name: 'an error in the middle',
    make: edited('/^CREATE VIEW/i ALTER TABLE sales.nowhere ADD n int;'),
    says: /line \d+ of \/backup\/dumps\/bad: ERROR: {2}relation "sales\.nowhere" does not exist/,
    found: 'load',
    byHand: psql(),
  },
  {
    name: 'a truncated gzip',
    // Without the sum at its end: all that was packed is read first.
    make: 'head -n 900 shop.sql | gzip | head -c -8 > bad',
    says: /cannot be read to its end, and is probably truncated: gzip: stdin: unexpected end of file/,
    byHand: { with: 'gunzip -c /dumps/bad | psql -q -U postgres -d by_hand', exits: 0 },
  },
  {
    name: 'a truncated plain dump',
    make: 'head -n 900 shop.sql > bad',
    says: /is truncated after line 900/,
    byHand: psql(),
  },
  { name: 'an empty file', make: ': > bad', says: /bad is empty/, byHand: psql() },
  {
    name: 'only a schema',
    make: 'cp schema.sql bad',
    says: /definitions and no row: it was made with --schema-only/,
    byHand: psql(),
  },
  {
    name: 'a newer major version',
    make: edited('s/^-- Dumped from database version 17.*/-- Dumped from database version 19.2/'),
    says: /is of PostgreSQL 19\.2, the image testbed\/postgres:17 serves 17/,
    byHand: psql(),
  },
  {
    name: 'missing roles',
    make: 'cp shop.sql bad',
    fields: { globals: undefined },
    says: /names roles app, reader, which it does not make. Name in globals:/,
    byHand: { with: 'sed s/reader/nobody/ /dumps/bad | psql -q -U postgres -d by_hand', exits: 0 },
  },
  {
    name: 'a missing extension',
    make: edited('s/^CREATE EXTENSION IF NOT EXISTS pgcrypto/CREATE EXTENSION IF NOT EXISTS postgis/'),
    says: /needs extension postgis, which the image testbed\/postgres:17 does not have/,
    byHand: psql(),
  },
  {
    name: 'rows in another encoding than declared',
    make: String.raw`sed 's/^7\tname 7/7\tn\xe9me/' shop.sql > bad`,
    says: /line \d+ of \/backup\/dumps\/bad: ERROR: {2}invalid byte sequence for encoding "UTF8": 0xe9.*COPY customers, line 7/,
    found: 'load',
    byHand: psql(),
  },
  {
    name: 'a dump of MySQL',
    make: "printf -- '-- MySQL dump 10.13  Distrib 8.0.36\\n\\nCREATE TABLE `a` (`n` int);\\nINSERT INTO `a` VALUES (1);\\n-- Dump completed\\n' > bad",
    says: /is of MySQL or MariaDB, not of PostgreSQL/,
    byHand: psql(),
  },
  {
    name: 'a dump of another database',
    make: 'cp create.sql bad',
    fields: { database: 'crm' },
    says: /is of database shop, not of crm/,
    byHand: psql(0),
  },
  {
    name: 'a command of psql',
    make: String.raw`awk '/^CREATE VIEW/ { print "\\! touch /tmp/ran" } { print }' shop.sql > bad`,
    says: /line \d+ of the dump \/backup\/dumps\/bad is a command of psql.*\\! touch/,
    byHand: psql(),
  },
  {
    name: 'a duplicate key in the data',
    make: edited('/^7\\tname 7/p'),
    says: /line \d+ of \/backup\/dumps\/bad: ERROR: {2}could not create unique index "customers_pkey"/,
    found: 'load',
    byHand: psql(),
  },
  {
    name: 'a truncated archive',
    make: 'head -c 30000 shop.dump > bad',
    says: /cannot be read to its end, and is probably truncated: pg_restore: error: could not read from input file: end of file/,
    byHand: { with: 'pg_restore -U postgres -d by_hand /dumps/bad', exits: 1 },
  },
  {
    name: 'a file that is no dump',
    make: 'echo hello > bad',
    says: /is no dump of pg_dump or pg_dumpall/,
    byHand: psql(),
  },
  {
    name: 'truncated roles',
    make: 'head -n 20 globals.sql > bad-roles; cp shop.sql bad',
    fields: { globals: '/backup/dumps/bad-roles' },
    says: /bad-roles is truncated, or not of pg_dumpall --globals-only/,
    byHand: { with: 'psql -q -U postgres -d by_hand < /dumps/bad-roles', exits: 0 },
  },
  {
    name: 'a dump of a whole server into one database',
    make: 'cp all.sql bad',
    says: /is of a whole server, with its databases; leave out database:/,
    byHand: psql(),
  },
  {
    name: 'UTF-16, as PowerShell writes what a command prints',
    make: 'iconv -f UTF-8 -t UTF-16 shop.sql > bad',
    says: /is in UTF-16/,
    byHand: psql(),
  },
  {
    name: 'line ends of docker exec -t',
    make: String.raw`sed 's/$/\r/' shop.sql > bad`,
    says: /docker exec -t/,
    byHand: psql(),
  },
  {
    name: 'an error of pg_dump among its output',
    make: `{ echo 'pg_dump: warning: there are circular foreign-key constraints on this table:'; cat shop.sql; } > bad`,
    says: /bad is no dump of pg_dump or pg_dumpall/,
    byHand: psql(),
  },
]

/** Prints how many tables a database has, and how many rows they have together. */
const contents = (database: string) =>
  `docker exec source psql -AtXq -F ' ' -U postgres -d ${database} -c analyze -c "select count(*), coalesce(sum(greatest(reltuples, 0)), 0) from pg_class join pg_namespace n on n.oid = relnamespace where relkind = 'r' and nspname not in ('pg_catalog', 'information_schema')"`

/** The live database, from which the dumps were made: what identifies it, how many tables it has, how many rows. */
const LIVE = `docker exec source psql -AtXq -U postgres -c "select oid from pg_database where datname = 'shop'"
${contents('shop')}`

/** What the usual command did, to a scratch database and to the live one. */
async function byHandDid({ byHand }: Failure, live: string): Promise<string> {
  const { stdout } = await stage.testHost.exec(`docker exec source createdb -U postgres by_hand
docker exec source sh -c '${byHand.with}' > /tmp/said 2>&1; echo "$?"
grep -acE 'ERROR|error:' /tmp/said || :
grep -aE -m 1 'ERROR|error:' /tmp/said | sed 's/^psql:[^ ]* //' | tr -d '\r' | cut -c 1-160 | grep . || echo
${contents('by_hand')}
${LIVE}
docker exec source psql -q -U postgres -c 'drop database by_hand with (force)'`)
  const [status, errors, first, made = '', id, ...rest] = stdout.split('\n')
  expect(Number(status)).toBe(byHand.exits)
  const [tables, rows] = made.split(' ')
  const [idBefore, before = ''] = live.split('\n')
  const now = rest[0] ?? ''
  return [
    `Exit status ${status}, ${errors === '0' ? 'no error' : `${countOf(Number(errors), 'error')}, the first one \`${first}\``}. ` +
      `The database has ${countOf(Number(tables), 'table')} with ${countOf(Number(rows), 'row')}.`,
    ...(id === idBefore ? [] : ['**The live database was dropped, and made again from the dump.**']),
    ...(now === before
      ? []
      : [`**The live database has ${now.split(' ')[1]} rows instead of ${before.split(' ')[1]}.**`]),
  ].join('\n')
}
const DOCUMENT = '../../docs/dump-failures.md'
const headOf = (live: string) => `# Dumps that do not restore

Each of these dumps is broken as people's dumps are. It was given to the usual command and to a \`dump-restore\` step, on a test host
with a real server of PostgreSQL 17. The dump that they were made from has ${live}. What you read is what both said.
The tests write this page: test/steps/dump-restore-postgres.test.ts.

The usual command ended with status 0 in ${FAILURES.filter(({ byHand }) => byHand.exits === 0).length} of them, and left a database that looks restored.
`

describe('dump-restore, postgres, what fails', () => {
  const told = new Map<string, string>()
  let whole = ''
  const messageOf = async (failing: Promise<unknown>) =>
    await failing.then(
      () => 'it did not fail',
      (error: unknown) => (error as Error).message,
    )

  it.each(FAILURES)(
    '$name',
    async (failure) => {
      const { name, make, fields = {}, says, found } = failure
      await must(`cd /backup/dumps; rm -f bad; ${make}`)
      const live = await must(LIVE)
      whole ||= live.split('\n')[1] ?? ''
      const done = await byHandDid(failure, live)
      const step = { ...at('bad'), ...fields }
      const bound = stage.step()
      let message: string
      if (found === undefined) {
        message = await messageOf(dumpRestore.inspect(stepOf(step), bound.at()))
      } else {
        const { priorState } = await inspected(dumpRestore, stepOf(step), bound.at())
        message = await messageOf(dumpRestore.apply(stepOf(step), priorState, bound.at()))
        expect(
          await must(
            'ls -A "$(docker volume inspect -f "{{.Mountpoint}}" fresh)" | wc -l; docker ps -aq | wc -l',
          ),
        ).toBe('0\n1')
        expect(await dumpRestore.undo(stepOf(step), priorState, bound.at('undo-1'))).toEqual([])
      }
      expect(message).toMatch(says)
      expect(await must('docker volume ls -q | grep -c "^fresh$\\|^reinstate-scratch" || :')).toBe('0')
      told.set(
        name,
        `## ${name[0]?.toUpperCase()}${name.slice(1)}

\`${failure.byHand.with}\`

${done}

reinstate, ${found === undefined ? 'before anything is created' : 'while it loads, beside the live database'}:

> ${message.split('\n').slice(0, 3).join('\n> ')}
`,
      )
    },
    SLOW,
  )

  it('stands in the documentation as it was said', async () => {
    const [tables, rows] = whole.split(' ')
    expect([...told.keys()]).toEqual(FAILURES.map(({ name }) => name))
    const page = [headOf(`${tables} tables with ${rows} rows`), ...told.values()].join('\n')
    await expect(page).toMatchFileSnapshot(DOCUMENT)
  })

  it('a volume that exists, an image that does not, a dump that an earlier step makes', async () => {
    await must('docker volume create fresh')
    const inspect = (fields: object) =>
      dumpRestore.inspect(stepOf({ ...at('shop.sql'), ...fields }), stage.step().at())
    await expect(inspect({})).rejects.toThrow('volume fresh exists and was not made by this step')
    expect(await inspect({ volume: 'other', image: 'none:1' })).toMatchObject({
      blockedOn: { what: 'image', name: 'none:1' },
    })
    expect(await inspect({ volume: 'other', dump: '/backup/none' })).toMatchObject({
      blockedOn: { what: 'path', name: '/backup/none' },
    })
    await must(fill(200))
    await expect(inspect({ volume: 'other' })).rejects.toThrow("but the engine's disk has")
    await must('rm /var/lib/docker/volumes/filler')
  })

  it(
    'a dump that is replaced or written to: before the load, and while it is read',
    async () => {
      await must('cd /backup/dumps; cp shop.sql bad')
      const bound = stage.step()
      const { priorState } = await inspected(dumpRestore, stepOf(at('bad')), bound.at())
      await must('cd /backup/dumps; cp shop.sql new; mv new bad')
      await expect(dumpRestore.apply(stepOf(at('bad')), priorState, bound.at())).rejects.toThrow(
        'was replaced or written to since it was inspected',
      )
      await must('cd /backup/dumps; sed "/^CREATE VIEW/i SELECT pg_sleep(5);" shop.sql > bad')
      const reading = `until docker top "$(docker ps -q --filter name=-load)" 2> /dev/null | grep -q '[S]ELECT'; do sleep 0.2; done; echo >> /backup/dumps/bad`
      await dumpRestore.undo(stepOf(at('bad')), priorState, bound.at('undo-1'))
      await expect(loaded(at('bad'), () => must(reading))).rejects.toThrow(
        'was replaced or written to while it was loaded',
      )
    },
    SLOW,
  )

  it(
    'the disk fills up during the load: names it, and gives the space back',
    async () => {
      await must(
        'cd /backup/dumps; sed "/^CREATE VIEW/i CREATE TABLE public.big AS SELECT repeat(md5(n::text), 9) FROM generate_series(1, 500000) n;" shop.sql > bad',
      )
      const step = stepOf(at('bad'))
      const bound = stage.step()
      const { priorState } = await inspected(dumpRestore, step, bound.at())
      const used = () => must('du -sm /var/lib/docker/volumes | cut -f 1')
      const before = Number(await used())
      await must(fill(80))
      try {
        await expect(dumpRestore.apply(step, priorState, bound.at())).rejects.toThrow(
          /No space left on device/,
        )
      } finally {
        await must('rm /var/lib/docker/volumes/filler')
      }
      expect(Number(await used())).toBeLessThan(before + 5)
    },
    SLOW,
  )

  it.each([
    ['psql', at('slow'), `docker exec "$loader" sh -c 'kill -KILL $(pidof psql)'`],
    ['docker exec', at('slow'), `kill -KILL "$(pgrep -f '^docker exec .*psql .*-f -')"`],
    ['the server', at('slow'), 'docker kill "$loader"'],
  ])(
    'the load is interrupted by the end of %s; the next attempt loads anew',
    async (_, fields, kill) => {
      await must('cd /backup/dumps; sed "/^CREATE VIEW/i SELECT pg_sleep(4);" shop.sql > slow')
      const step = stepOf(fields)
      const bound = stage.step()
      const { priorState } = await inspected(dumpRestore, step, bound.at())
      const killed =
        must(`until loader=$(docker ps -q --filter name=-load) && [ -n "$loader" ] && docker top "$loader" | grep -q '[S]ELECT'; do sleep 0.1; done
${kill} > /dev/null`)
      await expect(Promise.all([dumpRestore.apply(step, priorState, bound.at(1)), killed])).rejects.toThrow(
        /interrupted|stopped while|server closed the connection/,
      )
      await dumpRestore.apply(step, priorState, bound.at(2))
      expect(await must('docker ps -aq | wc -l')).toBe('1')
    },
    SLOW,
  )
})
