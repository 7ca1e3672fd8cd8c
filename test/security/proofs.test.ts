import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadPlan } from '../../src/plan/load-plan.ts'
import { kinds } from '../../src/steps/index.ts'
import type { ChangeKind, CheckKind, Evidence, Json } from '../../src/steps/step-kind.ts'
import type { z } from 'zod'
import { fieldsOf, openStage, type Stage } from '../../testbed/step-stage.ts'

const check = (name: string) => kinds.get(name) as CheckKind<string, z.ZodRawShape>

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())
const must = (script: string) => stage.testHost.must(script)

describe('M5 › what postgres-audit calls equal', () => {
  const sql = (text: string, database = 'guestbook') =>
    must(`docker exec -i live psql -qAtX -v ON_ERROR_STOP=1 -U postgres -d ${database} <<'SQL'\n${text}\nSQL`)
  const ready =
    'for try in $(seq 300); do docker exec live pg_isready -q && break; sleep 0.1; done; docker exec live pg_isready || { docker logs live >&2; exit 1; }'
  const run = 'docker run -d --name live -v fresh:/var/lib/postgresql/data testbed/postgres:17 > /dev/null'

  beforeAll(async () => {
    await stage.clear()
    await must(`
tar -C /backup -xf /opt/guestbook/backup.tar
cp -a /backup/guestbook/db/. "$(docker volume inspect --format '{{.Mountpoint}}' "$(docker volume create fresh)")"
${run}; ${ready}`)
    await sql(`
create role app login password 'of the backup'; create role readers; grant readers to app;
create schema shop authorization app; grant usage on schema shop to readers;
create type shop.state as enum ('new', 'paid'); create domain shop.price as int check (value > 0);
create table shop.orders (id int primary key, state shop.state, price shop.price) with (fillfactor = 90);
insert into shop.orders values (1, 'paid', 5);
comment on table shop.orders is 'all orders';
alter default privileges in schema shop grant select on tables to readers;
alter database guestbook set statement_timeout = '30s'; alter role app set lock_timeout = '5s';
create publication orders for table shop.orders;
create function shop.noted() returns event_trigger language plpgsql as 'begin end';
create event trigger noted on ddl_command_end execute function shop.noted();
create function shop.text_of(shop.state) returns int language sql as 'select 1';
create cast (shop.state as int) with function shop.text_of(shop.state);
create extension if not exists postgres_fdw; create server other foreign data wrapper postgres_fdw options (host 'a');
create foreign table shop.far (id int) server other;
create table shop.grown (id int) partition by range (id)`)
    await must(`docker stop -t 20 live > /dev/null
cp -a "$(docker volume inspect --format '{{.Mountpoint}}' fresh)" /backup/db; docker start live > /dev/null; ${ready}`)
  })

  const audit = async (): Promise<Evidence | Error> => {
    const kind = check('postgres-audit')
    const step = fieldsOf(kind, { backup: '/backup/db', image: 'testbed/postgres:17', container: 'live' })
    return kind.verify(step, stage.step().at()).catch((error: unknown) => error as Error)
  }

  it('M5 › postgres-audit › is green for a server that equals its backup', async () => {
    const found = await audit()
    expect(found).toMatchObject({ strength: 'proven' })
  })

  // What is changed, how it is changed back, and by which word a difference or what was not compared names it.
  it.each([
    [
      'the password of a role',
      "alter role app password 'other'",
      "alter role app password 'of the backup'",
      /role|password/,
    ],
    ['a role that may not log in any more', 'alter role app nologin', 'alter role app login', /role/],
    ['a membership that was revoked', 'revoke readers from app', 'grant readers to app', /membership|role/],
    ['a new superuser', 'create role mallory superuser login', 'drop role mallory', /mallory|role/],
    [
      'a setting of a role',
      "alter role app set lock_timeout = '9s'",
      "alter role app set lock_timeout = '5s'",
      /setting/,
    ],
    [
      'a setting of a database',
      "alter database guestbook set statement_timeout = '9s'",
      "alter database guestbook set statement_timeout = '30s'",
      /setting/,
    ],
    [
      'the owner of a database',
      'alter database guestbook owner to app',
      'alter database guestbook owner to postgres',
      /database/,
    ],
    [
      'the privileges of a database',
      'revoke connect on database guestbook from public',
      'grant connect on database guestbook to public',
      /privilege|database/,
    ],
    [
      'the privileges of a schema',
      'revoke usage on schema shop from readers',
      'grant usage on schema shop to readers',
      /schema/,
    ],
    [
      'default privileges',
      'alter default privileges in schema shop revoke select on tables from readers',
      'alter default privileges in schema shop grant select on tables to readers',
      /default privilege/,
    ],
    [
      'the label of an enum',
      "alter type shop.state rename value 'new' to 'old'",
      "alter type shop.state rename value 'old' to 'new'",
      /enum|type/,
    ],
    [
      'the check of a domain',
      'alter domain shop.price drop constraint price_check',
      'alter domain shop.price add constraint price_check check (value > 0)',
      /domain/,
    ],
    [
      'a storage parameter',
      'alter table shop.orders set (fillfactor = 50)',
      'alter table shop.orders set (fillfactor = 90)',
      /orders|storage/,
    ],
    [
      'a comment',
      "comment on table shop.orders is 'none'",
      "comment on table shop.orders is 'all orders'",
      /comment/,
    ],
    [
      'a cast that was dropped',
      'drop cast (shop.state as int)',
      'create cast (shop.state as int) with function shop.text_of(shop.state)',
      /cast/,
    ],
    [
      'a foreign table',
      "alter server other options (set host 'b')",
      "alter server other options (set host 'a')",
      /foreign/,
    ],
    [
      'a publication that was dropped',
      'drop publication orders',
      'create publication orders for table shop.orders',
      /publication/,
    ],
    [
      'an event trigger that was dropped',
      'drop event trigger noted',
      'create event trigger noted on ddl_command_end execute function shop.noted()',
      /event trigger/,
    ],
  ])('M5 › postgres-audit › finds, or says that it does not compare, %s', async (_, change, back, word) => {
    await sql(change)
    const found = await audit()
    await sql(back)
    if (found instanceof Error) expect(found.message).toMatch(word)
    else {
      // "equals the backup" without a limit is what an operator reads.
      const [, notCompared = ''] = /not compared: (.*)/.exec(found.summary) ?? []
      expect({ summary: found.summary, notCompared }).toMatchObject({
        notCompared: expect.stringMatching(word) as unknown,
      })
    }
  })
})

describe('M4 › an input in a script', () => {
  const WORD = 'x; id > /root/pwned #'
  const plan = (step: string) => `plan: word
title: A word
hosts: [server]
inputs:
  word: { description: a word }
phases:
  - phase: one
    steps:
      - step: say
        kind: command
${step}
`
  it.each([
    ['script', '        script: echo ${{ inputs.word }}\n        cannotUndo: none\n        noProof: none'],
    ['undo', '        script: echo one\n        undo: echo ${{ inputs.word }}\n        noProof: none'],
    ['verify', '        script: echo one\n        cannotUndo: none\n        verify: echo ${{ inputs.word }}'],
    [
      'unless',
      '        script: echo one\n        cannotUndo: none\n        noProof: none\n        unless: echo ${{ inputs.word }} && false',
    ],
    [
      'script in single quotes',
      '        script: "echo \'${{ inputs.word }}\'"\n        cannotUndo: none\n        noProof: none',
    ],
  ])('M4 › command › %s › never runs an input as shell', async (where, step) => {
    const folder = await mkdtemp(join(tmpdir(), 'reinstate-security-'))
    const file = join(folder, 'word.yaml')
    await writeFile(file, plan(step))
    await must('rm -f /root/pwned')
    const kind = kinds.get('command') as ChangeKind<string, z.ZodRawShape, Json>
    try {
      const word = where.includes('quotes') ? `'; id > /root/pwned #` : WORD
      const loaded = await loadPlan({
        ...{ plan: file, folders: [], inputs: { word }, runId: 'word', kinds },
        inventory: ['server'],
      }).catch((error: unknown) => error as Error)
      // A refusal is one answer; to run it as a word of its own is another.
      if (loaded instanceof Error) {
        expect(loaded.message).toMatch(/inputs\.word|environment/)
        return
      }
      const fields = fieldsOf(kind, loaded.phases[0]?.steps[0]?.fields ?? {})
      const bound = stage.step()
      const found = await kind.inspect(fields, bound.at())
      await kind
        .apply(fields, 'priorState' in found ? found.priorState : null, bound.at())
        .catch(() => undefined)
      await kind.verify(fields, bound.at()).catch(() => undefined)
      await kind
        .undo(fields, 'priorState' in found ? found.priorState : null, bound.at('undo-1'))
        .catch(() => undefined)
      expect(await must('cat /root/pwned 2> /dev/null || :')).toBe('')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('L4 › a device in a copied tree', () => {
  it('L4 › file-copy › verify › fails for another device number', async () => {
    await must(
      'rm -rf /backup/devices /srv/devices; mkdir /backup/devices; echo one > /backup/devices/a; mknod /backup/devices/null c 1 3',
    )
    const kind = kinds.get('file-copy') as ChangeKind<string, z.ZodRawShape, Json>
    const step = fieldsOf(kind, { from: '/backup/devices', to: '/srv/devices' })
    const bound = stage.step()
    const found = await kind.inspect(step, bound.at())
    await kind.apply(step, 'priorState' in found ? found.priorState : null, bound.at())
    await kind.verify(step, bound.at())
    await must('rm /srv/devices/null; mknod /srv/devices/null c 1 5')
    await expect(kind.verify(step, bound.at(2))).rejects.toThrow('null')
  })
})

describe('L6 › a URL that leads to a metadata address', () => {
  const CREDENTIALS = 'AccessKeyId-of-the-machine'
  beforeAll(() =>
    must(`
ip address add 169.254.169.254/32 dev lo
echo '169.254.169.254 innocent.example.org' >> /etc/hosts
cat > /root/serve.pl <<'PERL'
use IO::Socket::INET;
my ($address, $answer) = @ARGV; $answer =~ s/\\\\r\\\\n/\\r\\n/g;
my $server = IO::Socket::INET->new(LocalAddr => $address, LocalPort => 8099, Listen => 5, ReuseAddr => 1) or die;
while (my $client = $server->accept) { while (<$client>) { last if /^\\r?$/ } open my $log, '>>', "/root/asked-$address"; print $log "asked\\n"; close $log; print $client $answer; close $client }
PERL
setsid perl /root/serve.pl 169.254.169.254 'HTTP/1.1 200 OK\\r\\n\\r\\n${CREDENTIALS}' > /dev/null 2>&1 &
setsid perl /root/serve.pl 127.0.0.1 'HTTP/1.1 302 Found\\r\\nLocation: http://169.254.169.254:8099/latest\\r\\n\\r\\n' > /dev/null 2>&1 &
until curl -s http://127.0.0.1:8099/ > /dev/null && curl -s http://169.254.169.254:8099/ | grep -q ${CREDENTIALS}; do sleep 0.1; done`),
  )

  it.each([
    ['as it is written', { url: 'http://169.254.169.254:8099/latest' }],
    ['by a name', { url: 'http://innocent.example.org:8099/latest' }],
    ['by a redirect', { url: 'http://127.0.0.1:8099/', followRedirects: true }],
  ])('L6 › http-probe › asks no metadata address that is reached %s', async (_, fields) => {
    await must('rm -f /root/asked-169.254.169.254')
    const kind = check('http-probe')
    const said = await Promise.resolve()
      .then(() => fieldsOf(kind, { ...fields, bodyContains: 'nothing', within: '2 seconds' }))
      .then((step) => kind.verify(step, stage.step().at()))
      .then(
        (found) => JSON.stringify(found),
        (error: unknown) => String(error),
      )
    expect(said).not.toContain(CREDENTIALS)
    expect(await must('cat /root/asked-169.254.169.254 2> /dev/null || :')).toBe('')
  })
})
