import { beforeAll, describe, expect, it } from 'vitest'
import type { Host } from '../../src/host/host.ts'
import { composeUp } from '../../src/steps/compose-up/index.ts'
import { sqlMigrate } from '../../src/steps/sql-migrate/index.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { itInDepth } from '../depth.ts'
import { DOWN, fields, sqlFile, UP } from './joins/sql-migrate.ts'
import { served } from './joins/postgres-audit.ts'
import { inspected, stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true })
beforeAll(() => must(served))

const must = (script: string, env?: Record<string, string>) =>
  stage.testHost.must(script, env === undefined ? {} : { env })

let made = 0
/** A new database of the server, with a table of its own. Each test has one. */
async function newDatabase() {
  const name = `db${++made}`
  const sql = (text: string, user = 'postgres', database = name) =>
    must(
      `docker exec -i live psql -qAtX -v ON_ERROR_STOP=1 -U "$AS" -d "$DATABASE" 2>&1 <<'SQL'\n${text}\nSQL`,
      { AS: user, DATABASE: database },
    )
  await sql(`create database ${name}`, 'postgres', 'postgres')
  await sql(
    'create table public.account (id int primary key, name text); insert into public.account values (1, $$Ann$$)',
  )
  const stepOf = (changed: object = {}) => fieldsOf(sqlMigrate, { ...fields, database: name, ...changed })
  const dump = () =>
    must(`docker exec live pg_dump -U postgres "$DATABASE" | grep -v restrict`, { DATABASE: name })
  return { name, sql, stepOf, dump }
}

const migration = (up: string, down = 'select 1;', changes = ['bus']) => ({
  up: sqlFile('up.sql', up),
  down: sqlFile('down.sql', down),
  changes,
})
const ledger = `select to_regclass('reinstate.applied') is null`
const failure = async (doing: Promise<unknown>) =>
  ((await doing.catch((error: unknown) => error)) as Error).message

/** A host whose commands have another script. */
const rewritten = (host: Host, rewrite: (script: string) => string): Host => ({
  ...host,
  run: (name, command, progress) => host.run(name, { ...command, script: rewrite(command.script) }, progress),
})

describe('sql-migrate', () => {
  it('applies a migration once, proves it, and brings back what was there', async () => {
    const { sql, stepOf, dump } = await newDatabase()
    const before = await dump()
    const [step, bound] = [stepOf(), stage.step()]
    expect(await inspected(sqlMigrate, step, bound.at())).toMatchObject({
      changes: [
        expect.stringMatching(
          /^applies 010-bus.up.sql \(sha256 \w{12}\) to database db\d+ of container live: 7 statements$/,
        ),
        'line 2: create schema bus',
        ...Array.from({ length: 6 }, () => expect.stringMatching(/^line \d: /) as string),
        expect.stringMatching(/^can be undone by 010-bus.down.sql/),
      ],
    })
    await expect(sqlMigrate.verify(step, bound.at())).rejects.toThrow('010-bus.up.sql is not in the ledger')
    await sqlMigrate.apply(step, null, bound.at(1))
    await sqlMigrate.apply(step, null, bound.at(2))
    expect(await sql('select count(*) from bus.setting')).toBe('1')
    expect(await sqlMigrate.verify(step, bound.at())).toMatchObject({ strength: 'proven' })
    expect(await inspected(sqlMigrate, step, bound.at())).toMatchObject({
      changes: [],
      because: expect.stringMatching(/^010-bus.up.sql was applied to database db\d+ on 20/) as string,
    })
    expect(await sqlMigrate.undo(step, null, bound.at('undo-1'))).toEqual([])
    expect(await sqlMigrate.undo(step, null, bound.at('undo-2'))).toEqual([])
    expect(await dump()).toBe(before)
    expect(await sql(ledger)).toBe('t')
  })

  itInDepth('names the line of a statement that fails, and leaves nothing', async () => {
    const { stepOf, dump } = await newDatabase()
    const before = await dump()
    const step = stepOf(migration(`${UP}\n-- twice\ncreate table bus.message ();`))
    expect(await failure(sqlMigrate.apply(step, null, stage.step().at()))).toMatch(
      /up\.sql:11: ERROR: +relation "message" already exists.*rolled back as a whole/s,
    )
    expect(await dump()).toBe(before)
  })

  it('rolls back where the migration changes what is outside its schemas', async () => {
    const { stepOf, dump } = await newDatabase()
    const before = await dump()
    const why = (up: string) =>
      failure(sqlMigrate.apply(stepOf(migration(`create schema bus; ${up}`)), null, stage.step().at()))
    expect(
      await why('create table public.stray (); alter table public.account add column age int'),
    ).toContain(
      'up.sql changes what is not in the schemas of changes: table public.account: is defined differently; table public.stray: is new',
    )
    expect(await why('create role stray')).toContain('role stray: is new')
    expect(await why('create publication stray for all tables')).toContain('publication stray: is new')
    expect(await why('delete from public.account')).toContain('public.account: has other rows')
    expect(await why('drop table public.account')).toContain('table public.account: is missing')
    expect(await dump()).toBe(before)
  })
})

describe('sql-migrate › crash', () => {
  const slow = () => migration(`${UP}; select pg_sleep(60);`, DOWN)
  const sleeping = `until docker exec live psql -qAtX -U postgres -c "select count(*) from pg_stat_activity where wait_event = 'PgSleep'" | grep -q [1-9]; do sleep 0.1; done`

  it('applies it once where the script is killed before the commit, or after it', async () => {
    const { sql, stepOf, dump } = await newDatabase()
    const before = await dump()
    const [step, bound] = [stepOf(), stage.step()]
    const noCommit = rewritten(bound.at(1), (script) =>
      script.replace(
        "says ready && lines 'commit;'",
        () => "says ready; kill -KILL $$; exit; lines 'commit;'",
      ),
    )
    await expect(sqlMigrate.apply(step, null, noCommit)).rejects.toThrow(/outcome|137/)
    expect(await dump()).toBe(before)
    const noReceipt = rewritten(bound.at(2), (script) =>
      script.replace(/^converse$/m, () => 'converse; kill -KILL $$'),
    )
    await expect(sqlMigrate.apply(step, null, noReceipt)).rejects.toThrow(/outcome|137/)
    expect(await sql('select count(*) from bus.setting')).toBe('1')
    await sqlMigrate.apply(step, null, bound.at(3))
    await sqlMigrate.verify(step, bound.at())
    expect(await sql('select count(*) from reinstate.applied')).toBe('1')
    const noReceiptOfUndo = rewritten(bound.at('undo-1'), (script) =>
      script.replace(/^converse$/m, () => 'converse; kill -KILL $$'),
    )
    await expect(sqlMigrate.undo(step, null, noReceiptOfUndo)).rejects.toThrow(/outcome|137/)
    expect(await sqlMigrate.undo(step, null, bound.at('undo-2'))).toEqual([])
    expect(await dump()).toBe(before)
  })

  it('ends what a killed attempt left running, and that never comes in', async () => {
    const { sql, stepOf } = await newDatabase()
    const [step, bound] = [stepOf(slow()), stage.step()]
    const attempt = failure(sqlMigrate.apply(step, null, bound.at(1)))
    await must(sleeping)
    // The command on the host dies, and psql in the container lives on.
    await must(`pkill -KILL -f '[d]ocker exec -i .* psql .*application='`)
    await must('docker exec live pgrep -x psql')
    expect(await attempt).toMatch(/rolled back|ended with|outcome/)
    const started = performance.now()
    expect(await sqlMigrate.undo(step, null, bound.at('undo-1'))).toEqual([])
    expect(performance.now() - started).toBeLessThan(30_000)
    expect(await sql(`${ledger}; select to_regnamespace('bus') is null`)).toBe('t\nt')
    expect(await sql(`select count(*) from pg_stat_activity where application_name like 'reinstate%'`)).toBe(
      '0',
    )
  })

  itInDepth('is rolled back where psql or the server is killed', async () => {
    for (const kill of [
      'docker exec -u 0 live pkill -KILL -x psql',
      'docker kill live > /dev/null; docker start live > /dev/null; until docker exec live pg_isready -q; do sleep 0.1; done',
    ]) {
      const { sql, stepOf } = await newDatabase()
      const [step, bound] = [stepOf(slow()), stage.step()]
      const attempt = failure(sqlMigrate.apply(step, null, bound.at(1)))
      await must(sleeping)
      await must(kill)
      expect(await attempt).toContain('rolled back as a whole')
      expect(await sql(ledger)).toBe('t')
      const quick = stepOf()
      await sqlMigrate.apply(quick, null, bound.at(2))
      await sqlMigrate.verify(quick, bound.at())
    }
  })
})

describe('sql-migrate › ledger', () => {
  it('refuses other content under the same name, and other schemas for the same content', async () => {
    const { stepOf } = await newDatabase()
    await sqlMigrate.apply(stepOf(), null, stage.step().at())
    const changed = stepOf({ up: sqlFile('010-bus.up.sql', `${UP}-- changed`) })
    await expect(sqlMigrate.inspect(changed, stage.step().at())).rejects.toThrow(
      /010-bus.up.sql was applied to database db\d+ on 20.* with other content \(sha256 .*an applied migration stays as it is/,
    )
    expect(await failure(sqlMigrate.apply(changed, null, stage.step().at()))).toContain('with other content')
    await expect(
      sqlMigrate.inspect(stepOf({ changes: ['bus', 'other'] }), stage.step().at()),
    ).rejects.toThrow('with changes: [bus]; write the same')
  })

  it('refuses to undo below a later migration of the same schema, and not of another', async () => {
    const { sql, stepOf } = await newDatabase()
    const [first, second, third] = [stage.step(), stage.step(), stage.step()]
    const later = stepOf({
      up: sqlFile('020.sql', 'alter table bus.message add column sender text'),
      down: sqlFile('020-down.sql', 'alter table bus.message drop column sender'),
    })
    await sqlMigrate.apply(stepOf(), null, first.at())
    await sqlMigrate.apply(later, null, second.at())
    await sqlMigrate.apply(stepOf(migration('create schema x', 'drop schema x', ['x'])), null, third.at())
    // Each is as the last one left the schema.
    await sqlMigrate.verify(stepOf(), first.at())
    await sqlMigrate.verify(later, second.at())
    expect(await failure(sqlMigrate.undo(stepOf(), null, first.at('undo-1')))).toMatch(
      /010-bus.up.sql is not undone, because 020.sql \(.*\/try\/it, on 20.*\) changed the same schemas later; undo that first/,
    )
    await sqlMigrate.undo(later, null, second.at('undo-1'))
    await sqlMigrate.undo(stepOf(), null, first.at('undo-2'))
    expect(await sql('select name from reinstate.applied')).toBe('up.sql')
    await sql('create table x.by_hand ()')
    await expect(
      sqlMigrate.verify(stepOf(migration('create schema x', 'drop schema x', ['x'])), third.at()),
    ).rejects.toThrow(
      /schema x in database db\d+ is not as its last migration left it: table x.by_hand: is new/,
    )
  })

  itInDepth('applies migrations of different schemas at once, one after the other', async () => {
    const { sql, stepOf } = await newDatabase()
    const of = (schema: string) =>
      stepOf({
        ...migration(`create schema ${schema}; select pg_sleep(1.5);`, `drop schema ${schema}`, [schema]),
        lockTimeout: '1 second',
      })
    await Promise.all(
      ['one', 'two', 'three'].map((schema) => sqlMigrate.apply(of(schema), null, stage.step().at())),
    )
    expect(await sql('select changes from reinstate.applied order by changes')).toBe('{one}\n{three}\n{two}')
  })
})

describe('sql-migrate › undo', () => {
  it('dumps the rows that down would lose, names them, and they can be restored', async () => {
    const { name, sql, stepOf } = await newDatabase()
    const [step, bound] = [stepOf(), stage.step()]
    await sqlMigrate.apply(step, null, bound.at())
    await sql(
      `insert into bus.message select gen_random_uuid(), convert_to('message ' || n, 'UTF8') from generate_series(1, 500) n`,
    )
    const rows = await sql('select id, body, created_at from bus.message order by id')
    const [leftover, ...others] = await sqlMigrate.undo(step, null, bound.at('undo-1'))
    expect(others).toEqual([])
    const path = leftover?.what.replace('dump ', '') ?? ''
    expect(path).toBe(`/var/lib/reinstate/originals/${bound.mark}/rows-1.dump`)
    // The settings are as the migration left them: nothing is lost with them.
    expect(leftover?.why).toBe(
      `it holds 500 rows of bus.message, written after 010-bus.up.sql; pg_restore brings them back into database ${name}`,
    )
    expect(await must(`stat -c %a ${path}`)).toBe('600')
    expect(await sql(`select to_regnamespace('bus') is null`)).toBe('t')
    expect(await sqlMigrate.undo(step, null, bound.at('undo-2'))).toEqual([leftover])
    await sql('create schema bus')
    await must(`docker exec -i live pg_restore -U postgres -d ${name} < ${path}`)
    expect(await sql('select id, body, created_at from bus.message order by id')).toBe(rows)
  })

  itInDepth('dumps a table that loses a column or rows, and a partition with its parent', async () => {
    const { name, sql, stepOf } = await newDatabase()
    await sql(`create schema shop; create table shop.item (id int primary key); insert into shop.item values (1);
      create table shop.option (name text); insert into shop.option values ('old')`)
    const step = stepOf(
      migration(
        `alter table shop.item add column price int; insert into shop.option values ('new');
         create table shop.log (at date) partition by range (at);
         create table shop.log_all partition of shop.log for values from (minvalue) to (maxvalue)`,
        `alter table shop.item drop column price; delete from shop.option where name = 'new'; drop table shop.log`,
        ['shop'],
      ),
    )
    const untouched = stage.step()
    await sqlMigrate.apply(step, null, untouched.at())
    expect(await sqlMigrate.undo(step, null, untouched.at('undo-1'))).toEqual([])
    const bound = stage.step()
    await sqlMigrate.apply(step, null, bound.at())
    await sql(
      `update shop.item set price = 7; insert into shop.log values ('2026-01-01'); insert into shop.option values ('newer')`,
    )
    const [leftover] = await sqlMigrate.undo(step, null, bound.at('undo-1'))
    expect(leftover?.why).toContain('1 rows of shop.item, 1 rows of shop.log_all, 3 rows of shop.option,')
    expect(await sql('select name from shop.option order by 1')).toBe('newer\nold')
    await sql(`create database ${name}_back`)
    await sql('create schema shop', 'postgres', `${name}_back`)
    await must(
      `docker exec -i live pg_restore -U postgres -d ${name}_back < ${leftover?.what.replace('dump ', '')}`,
    )
    expect(
      await sql('select price from shop.item; select at from shop.log', 'postgres', `${name}_back`),
    ).toBe('7\n2026-01-01')
  })

  itInDepth('lets readers on and makes writers wait while it dumps', async () => {
    const { name, sql, stepOf } = await newDatabase()
    const [step, bound] = [stepOf(), stage.step()]
    await sqlMigrate.apply(step, null, bound.at())
    await sql(`insert into bus.message values (gen_random_uuid(), 'x')`)
    const slow = rewritten(bound.at('undo-1'), (script) =>
      script.replace(/^dump\(\) \{$/m, 'dump() {\n  touch /tmp/dumps; sleep 3'),
    )
    const undoing = sqlMigrate.undo(step, null, slow)
    await must('until [ -e /tmp/dumps ]; do sleep 0.1; done; rm /tmp/dumps')
    expect(await sql('select count(*) from bus.message')).toBe('1')
    const late = sql(
      `set lock_timeout = '1s'; insert into bus.message values (gen_random_uuid(), 'late')`,
      'postgres',
      name,
    )
    await expect(late).rejects.toThrow('lock timeout')
    expect(await undoing).toMatchObject([{ why: expect.stringContaining('1 rows of bus.message') as string }])
  })

  itInDepth(
    'is rolled back where down does not bring back what was there, or changes something else',
    async () => {
      const { sql, stepOf } = await newDatabase()
      const [step, bound] = [stepOf({ down: sqlFile('down.sql', 'drop table bus.setting') }), stage.step()]
      await sqlMigrate.apply(step, null, bound.at())
      expect(await failure(sqlMigrate.undo(step, null, bound.at('undo-1')))).toMatch(
        /down.sql does not bring back what was there before 010-bus.up.sql: .*schema bus: is new; table bus.message: is new/,
      )
      const wide = stepOf({ down: sqlFile('down.sql', `${DOWN} drop table public.account`) })
      expect(await failure(sqlMigrate.undo(wide, null, bound.at('undo-2')))).toContain(
        'table public.account: is missing',
      )
      const rows = stepOf({ down: sqlFile('down.sql', `${DOWN} delete from public.account`) })
      expect(await failure(sqlMigrate.undo(rows, null, bound.at('undo-3')))).toContain(
        'public.account: has other rows',
      )
      expect(await sql('select count(*) from bus.setting')).toBe('1')
      await sqlMigrate.verify(step, bound.at())
    },
  )

  itInDepth('changes nothing where the dump cannot be written', async () => {
    const { sql, stepOf } = await newDatabase()
    const [step, bound] = [stepOf(), stage.step()]
    await sqlMigrate.apply(step, null, bound.at())
    await sql(`insert into bus.message values (gen_random_uuid(), 'x')`)
    const full = rewritten(bound.at('undo-1'), (script) => `ulimit -f 1\n${script}`)
    expect(await failure(sqlMigrate.undo(step, null, full))).toContain('cannot be dumped')
    expect(await sql('select count(*) from bus.message')).toBe('1')
  })

  itInDepth('rowsSince: drop › deletes them in a project of this run, and is refused elsewhere', async () => {
    const { stepOf } = await newDatabase()
    await expect(sqlMigrate.inspect(stepOf({ rowsSince: 'drop' }), stage.step().at())).rejects.toThrow(
      'rowsSince: drop is for a server that this run made, and container live was there before',
    )
    const bound = stage.step()
    await must(`mkdir -p /srv/shadow && cat > /srv/shadow/compose.yaml <<'END'
services:
  db:
    image: testbed/postgres:17
    environment: { POSTGRES_PASSWORD: x }
    healthcheck: { test: [CMD-SHELL, "pg_isready -U postgres -h 127.0.0.1"], interval: 1s, retries: 60 }
END`)
    const up = fieldsOf(composeUp, { file: '/srv/shadow/compose.yaml', project: 'shadow' })
    const { priorState } = await inspected(composeUp, up, bound.later('up').at())
    await composeUp.apply(up, priorState, bound.later('up').at())
    const { container: _, ...rest } = fields
    const step = fieldsOf(sqlMigrate, {
      ...{ ...rest, project: 'shadow', service: 'db', database: 'postgres', rowsSince: 'drop' },
    })
    expect((await inspected(sqlMigrate, step, bound.at())).changes.length).toBeGreaterThan(1)
    await sqlMigrate.apply(step, null, bound.at())
    await must(
      `docker exec shadow-db-1 psql -qX -U postgres -c "insert into bus.message values (gen_random_uuid(), 'x')"`,
    )
    expect(await sqlMigrate.undo(step, null, bound.at('undo-1'))).toEqual([])
    await must('docker rm -f shadow-db-1 > /dev/null')
  })
})

describe('sql-migrate › locks', () => {
  it('gives up after lockTimeout, names the holder, and holds up no reader for longer', async () => {
    const { name, sql, stepOf, dump } = await newDatabase()
    const before = await dump()
    const step = stepOf({
      ...migration('alter table public.account add column age int', 'select 1', ['public']),
      lockTimeout: '2 seconds',
    })
    await must(
      `docker exec -d live psql -qX -U postgres -d ${name} -c "set application_name = 'report'" -c 'begin' -c 'select * from public.account' -c 'select pg_sleep(15)'
      until docker exec live psql -qAtX -U postgres -c "select count(*) from pg_stat_activity where application_name = 'report' and wait_event = 'PgSleep'" | grep -q 1; do sleep 0.1; done`,
    )
    const applying = failure(sqlMigrate.apply(step, null, stage.step().at()))
    await must(
      `until docker exec live psql -qAtX -U postgres -c "select count(*) from pg_locks where not granted" | grep -q [1-9]; do sleep 0.1; done`,
    )
    const started = performance.now()
    expect(await sql('select count(*) from public.account')).toBe('1')
    expect(performance.now() - started).toBeLessThan(5000)
    expect(await applying).toMatch(
      /up.sql:1: ERROR: +canceling statement due to lock timeout.*A lock did not come within 2 s: process \d+ of role postgres, report, active since/s,
    )
    expect(await dump()).toBe(before)
    await sql(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'report'`)
  })
})

describe('sql-migrate › server', () => {
  it('inspect › is blocked while the server is not up, and refuses a database or a role that does not do', async () => {
    const { sql, stepOf } = await newDatabase()
    const look = (changed: object) => sqlMigrate.inspect(stepOf(changed), stage.step().at())
    expect(await look({ container: 'gone' })).toMatchObject({
      blockedOn: { how: 'creates', what: 'container', name: 'gone' },
    })
    await must(`docker run -d --name starting --entrypoint sleep testbed/postgres:17 60 > /dev/null`)
    expect(await look({ container: 'starting' })).toMatchObject({
      blockedOn: { what: 'container', name: 'starting' },
      text: 'a connection to container starting: container starting does not accept connections yet',
    })
    await must('docker rm -f starting > /dev/null')
    await expect(look({ database: 'gone' })).rejects.toThrow('database "gone" does not exist')
    await sql('create role ordinary login')
    await expect(look({ user: 'ordinary' })).rejects.toThrow(
      'role ordinary is no superuser; name one in user:',
    )
    await sql('drop role ordinary')
  })

  itInDepth('refuses what would end the transaction, and runs no command of psql', async () => {
    const { stepOf, dump } = await newDatabase()
    const before = await dump()
    const why = (up: string) => failure(sqlMigrate.apply(stepOf(migration(up)), null, stage.step().at()))
    expect(await why('create schema bus; commit; select 1')).toContain(
      'up.sql:1: ERROR:  EXECUTE of transaction commands',
    )
    expect(
      await why('create schema bus;\ncreate table bus.t (a int);\ncreate index concurrently i on bus.t (a)'),
    ).toMatch(/up.sql:3: ERROR: +CREATE INDEX CONCURRENTLY cannot run inside a transaction block/)
    expect(await why('vacuum')).toContain('VACUUM cannot')
    expect(await why('create schema bus; copy public.account from stdin')).toContain('ERROR')
    expect(await why('create schema bus;\n\\! touch /tmp/reached\n;')).toMatch(
      /up.sql:2: ERROR: +syntax error/,
    )
    expect(await why('create schema bus; do $$ begin commit; end $$')).toContain(
      'invalid transaction termination',
    )
    await must('! docker exec live test -e /tmp/reached')
    expect(await dump()).toBe(before)
  })
})

describe('sql-migrate › other roles of the database', () => {
  it('refuses a ledger that they could have written', async () => {
    const { name, sql, stepOf } = await newDatabase()
    const look = () => sqlMigrate.inspect(stepOf(), stage.step().at())
    await sql(`create role tenant login; alter database ${name} owner to tenant`)
    await sql(
      `create schema reinstate; create table reinstate.applied (id int, name text, changes text[], up_sha256 text, applied_at timestamptz);
       insert into reinstate.applied values (1, '010-bus.up.sql', '{bus}', '${fields.up.sha256}', now())`,
      'tenant',
    )
    const forged = 'schema reinstate belongs to role tenant, which is no superuser, so its rows prove nothing'
    await expect(look()).rejects.toThrow(forged)
    await expect(sqlMigrate.verify(stepOf(), stage.step().at())).rejects.toThrow(forged)
    expect(await failure(sqlMigrate.apply(stepOf(), null, stage.step().at()))).toContain(forged)
    await sql('drop schema reinstate cascade')
    // What a superuser creates, others may write to by default privileges.
    await sql(
      `alter default privileges grant all on tables to tenant; alter default privileges grant all on schemas to public`,
    )
    const bound = stage.step()
    await sqlMigrate.apply(stepOf(), null, bound.at())
    await sqlMigrate.verify(stepOf(), bound.at())
    await expect(sql('select * from reinstate.applied', 'tenant')).rejects.toThrow('permission denied')
    await sql('grant insert on reinstate.applied to tenant')
    await expect(look()).rejects.toThrow(
      'role tenant may write to reinstate.applied, so its rows prove nothing',
    )
    await sql(
      'revoke insert on reinstate.applied from tenant; grant update (name) on reinstate.applied to tenant',
    )
    await expect(look()).rejects.toThrow('role tenant may write to reinstate.applied')
    await sql(`drop owned by tenant; alter database ${name} owner to postgres; drop role tenant`)
  })

  it('runs none of their code with the rights of the superuser', async () => {
    const { name, sql, stepOf } = await newDatabase()
    await sql(`create role tenant login; alter database ${name} owner to tenant; create schema bus authorization tenant;
      create table public.ran (by text, super bool); grant all on public.ran to public`)
    await sql(
      `create function bus.note() returns text language plpgsql volatile as $$ begin
         insert into public.ran select current_user, rolsuper from pg_catalog.pg_roles where rolname = current_user; return 'x'; end $$;
       create table bus.data (a int); insert into bus.data values (1);
       create function bus.cast_data(bus.data) returns text language sql as 'select bus.note()';
       create cast (bus.data as text) with function bus.cast_data(bus.data);
       create schema evil;
       create function evil.count() returns bigint language sql as 'select bus.note(); select 1::bigint';
       create function evil.format(text, text) returns text language sql as 'select bus.note()';
       create function evil.clock_timestamp() returns timestamptz language sql as 'select bus.note(); select now()';
       alter database ${name} set search_path = evil, pg_catalog, public;
       alter database ${name} set default_transaction_read_only = on;
       alter database ${name} set standard_conforming_strings = off;
       alter database ${name} set quote_all_identifiers = on`,
      'tenant',
    )
    const step = stepOf(
      migration(
        `alter table bus.data add column b int; create table made (at timestamptz default clock_timestamp(), why text default 'a\\b')`,
        'drop table made; alter table bus.data drop column b',
      ),
    )
    const bound = stage.step()
    await inspected(sqlMigrate, step, bound.at())
    await sqlMigrate.apply(step, null, bound.at())
    await sqlMigrate.verify(step, bound.at())
    await sql('insert into bus.data values (2)', 'tenant').catch(() => undefined)
    await sqlMigrate.undo(step, null, bound.at('undo-1'))
    expect(await sql('select * from public.ran')).toBe('')
    await sql(`set default_transaction_read_only = off; create function public.fired() returns event_trigger language plpgsql as 'begin end'; alter function public.fired() owner to tenant;
      create event trigger fires on ddl_command_start execute function public.fired()`)
    await expect(sqlMigrate.inspect(step, stage.step().at())).rejects.toThrow(
      'event trigger fires runs the function public.fired() of role tenant, which is no superuser',
    )
  })
})

describe('sql-migrate › validate', () => {
  it.each([
    ['neither down nor cannotUndo', { down: undefined }, 'needs either down: or cannotUndo:'],
    ['both', { cannotUndo: 'why' }, 'needs either down: or cannotUndo:'],
    ['a file without a statement', { up: sqlFile('up.sql', '-- later') }, 'which has no statement'],
    ['no server', { container: undefined }, 'either container:'],
  ])('refuses %s', (_, changed, problem) => {
    expect([sqlMigrate.validate?.(fieldsOf(sqlMigrate, { ...fields, ...changed }))].flat().join()).toContain(
      problem,
    )
  })
  it.each([['pg_catalog'], ['information_schema'], ['reinstate'], ["x'"]])(
    'refuses the schema %s',
    (schema) => {
      expect(() => fieldsOf(sqlMigrate, { ...fields, changes: [schema] })).toThrow(/schema|name/)
    },
  )
})
