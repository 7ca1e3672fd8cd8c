import { describe, expect, it } from 'vitest'
import { statementsOf } from '../../src/fields/sql-statements.ts'

const texts = (sql: string) => statementsOf(sql).map(({ text }) => text)

describe('statementsOf', () => {
  it('splits at semicolons, and counts lines and offsets', () => {
    const sql = '-- one; two\nselect 1;\n\n  /* three; /* four; */ */ select\n  2 ;\nselect 3'
    expect(statementsOf(sql)).toMatchObject([
      { text: 'select 1', line: 2, offset: 12 },
      { text: 'select\n  2', line: 4 },
      { text: 'select 3', line: 6 },
    ])
    for (const { text, offset } of statementsOf(sql)) expect(sql.slice(offset)).toMatch(text)
  })

  it.each([
    ["select ';', E'it\\'s;', 'it''s;', U&'\\0061;'"],
    ['create table "a;b" ("c"";d" int)'],
    ['do $$ begin perform 1; commit; end $$'],
    ['create function f() returns text language sql as $body$ select $$;$$; $body$'],
    ['create rule r as on insert to t do also (insert into u values (1); delete from v)'],
    [
      'create or replace function f(a int) returns int begin atomic select 1; select case when a > 1 then 2 else 3 end; end',
    ],
    ['select a$b$c, 1'],
    ['select $1 || $2'],
  ])('keeps together %s', (statement) => {
    expect(texts(`${statement};\nselect 2;`)).toEqual([statement, 'select 2'])
  })

  it('blanks what is no SQL of the statement itself', () => {
    const [one] = statementsOf(`insert into t values ('commit;', $x$vacuum$x$) -- rollback`)
    expect(one?.bare).toMatch(/^insert into t values \('\s+', '\s+'\)$/)
  })

  it('finds nothing in comments alone, and ends with the file', () => {
    expect(texts('-- nothing;\n/* nothing; */\n;;')).toEqual([])
    expect(texts("select 'open; select 2")).toEqual(["select 'open; select 2"])
    expect(texts('begin; end; select 1')).toEqual(['begin', 'end', 'select 1'])
  })

  it('takes time in proportion to the length', () => {
    const started = performance.now()
    for (const part of ['/*', "'", '$a$', '"', '(', '-', '/* */', "E'\\", 'begin '])
      statementsOf(`create function ${part.repeat(50_000)}`)
    expect(performance.now() - started).toBeLessThan(5000)
  })
})
