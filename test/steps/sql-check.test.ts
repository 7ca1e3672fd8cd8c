import { beforeAll, describe, expect, it } from 'vitest'
import { sqlQuery } from '../../src/fields/sql.ts'
import { sqlCheck } from '../../src/steps/sql-check/index.ts'
import { served } from './joins/postgres-audit.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true })
beforeAll(async () => {
  await must(served)
  await must(
    'docker run -d --name other --label com.docker.compose.project=p --label com.docker.compose.service=db ' +
      '--label com.docker.compose.oneoff=False -e POSTGRES_PASSWORD=x testbed/postgres:17 > /dev/null; until docker exec other pg_isready -q; do sleep 0.1; done',
  )
})

const must = (script: string) => stage.testHost.must(script)
const check = (fields: object) =>
  sqlCheck.verify(
    fieldsOf(sqlCheck, { container: 'live', database: 'guestbook', ...fields }),
    stage.step().at(),
  )

describe('sql-check › verify', () => {
  it('passes for the single value, the rows in order, or a text in some value', async () => {
    const evidence = await check({ query: 'select count(*) from entries;', equals: 10_000 })
    expect(evidence).toMatchObject({ strength: 'observed', facts: { rows: 1 } })
    expect(evidence.summary).toContain('10000')
    await check({
      query:
        "values (1, 'it''s', true, null, '...; \"x\"'), (2, E'two\\nlines', false, 1.50, 'Grüße') -- all of it",
      rows: [
        [1, "it's", true, null, '...; "x"'],
        [2, 'two\nlines', false, '1.50', 'Grüße'],
      ],
    })
    await check({ query: 'select name from guests where id < 0', rows: [] })
    await check({ query: 'select name from guests order by id', contains: 'Guest 77' })
    await check({ query: 'select 9007199254740993::bigint', equals: '9007199254740993' })
  })
  it.each([
    ['another value', { query: 'select count(*) from guests', equals: 201 }, 'with 200, not 201'],
    ['too many rows', { query: 'select 1 from guests', equals: 1 }, 'with more than 100 rows, not 1'],
    ['no row', { query: 'select 1 where false', equals: 1 }, 'with 0 rows, not 1'],
    [
      'another row',
      {
        query: 'values (1, 2), (3, 4)',
        rows: [
          [1, 2],
          [3, 5],
        ],
      },
      'with 3, 4 in row 2, not 3, 5',
    ],
    ['null for a text', { query: 'select null', equals: 'null' }, 'with null, not null'],
    [
      'a text that is missing',
      { query: 'values (1)', contains: 'x' },
      '1 rows, none of which contains the text x',
    ],
    [
      'a table that is missing',
      { query: 'select * from nothing', equals: 1 },
      'ERROR:  relation "nothing" does not exist',
    ],
    ['another server', { query: 'select 1', equals: 1, container: 'gone' }, 'container gone does not run'],
    [
      'another database',
      { query: 'select 1', equals: 1, database: 'gone' },
      'database "gone" does not exist',
    ],
  ])('fails for %s', async (_, fields, difference) => {
    await expect(check(fields)).rejects.toThrow(difference)
  })
  it('finds the server by project and service', async () => {
    const fields = fieldsOf(sqlCheck, { project: 'p', service: 'db', query: 'select 7', equals: 7 })
    await sqlCheck.verify(fields, stage.step().at())
  })
  it('is read-only and has a timeout', async () => {
    await must(
      `docker exec live psql -qX -U postgres -d guestbook -c "create or replace function sly() returns int language sql as 'insert into starts default values; select 1'"`,
    )
    await expect(check({ query: 'select sly()', equals: 1 })).rejects.toThrow('in a read-only transaction')
    await expect(
      check({ query: 'with gone as (delete from guests returning 1) select count(*) from gone', equals: 1 }),
    ).rejects.toThrow('ERROR')
    await expect(
      check({ query: `select set_config('transaction_read_only', 'off', false), sly()`, equals: 1 }),
    ).rejects.toThrow('ERROR')
    await check({ query: 'select count(*) from starts', equals: 5 })
    await expect(check({ query: 'select pg_sleep(60)', equals: 1, within: '1 second' })).rejects.toThrow(
      'statement timeout',
    )
  })
  it('validate › requires one server and one expectation', () => {
    const problem = (fields: object) =>
      sqlCheck.validate?.(fieldsOf(sqlCheck, { query: 'select 1', ...fields }))
    expect(problem({ equals: 1 })).toContain('either container:')
    expect(problem({ container: 'c' })).toContain('one of equals:, rows: and contains:')
    expect(problem({ container: 'c', equals: 1, contains: 'x' })).toContain('one of')
    expect(problem({ container: 'c', equals: null })).toBeUndefined()
  })
})

describe('sqlQuery', () => {
  it.each([
    ['select ... from entries', 'placeholder'],
    ['select count(*) from <table>', 'placeholder'],
    ['select … ', 'placeholder'],
    ['', 'is empty'],
    ['-- nothing', 'is empty'],
    ['delete from entries', 'is not a query'],
    ['select 1; drop table entries', 'more than one statement'],
    ['select 1; commit; --', 'more than one statement'],
  ])('refuses %s', (text, reason) => {
    expect(sqlQuery.safeParse(text).error?.issues[0]?.message).toContain(reason)
  })
  it.each([
    "select '...;<x>'",
    'select 1 -- ...',
    'select "a;b" from t',
    'select $x$ ; $x$;',
    '(select 1)',
    'select 1 where 1 <2 and 3>2',
  ])('accepts %s', (text) => {
    expect(sqlQuery.safeParse(text).success).toBe(true)
  })
})
