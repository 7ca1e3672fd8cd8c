import { dumpRestore } from '../../../src/steps/dump-restore/index.ts'
import type { Joined } from '../contract.ts'
import { WRITTEN } from '../written-after.ts'

/** A database with what dumps hold, in a server `source` of the test host. */
const SCHEMA = String.raw`
create role app login password 'canary-of-app';
create role reader;
create database shop owner app;
\connect shop
create extension pgcrypto;
create schema sales authorization app;
create type sales.state as enum ('new', 'paid', 'gone; away');
create table sales.customers (id int generated always as identity primary key, name text not null, note text, photo bytea,
  tags text[], extra jsonb, born date, seen timestamptz default now(), balance numeric(12,2), weight float8,
  upper_name text generated always as (upper(name)) stored);
create table sales.orders (id bigserial, customer int references sales.customers(id), status varchar(10) not null check (status in ('a','b')),
  state sales.state default 'new', at date not null) partition by range (at);
create table sales.orders_2025 partition of sales.orders for values from ('2025-01-01') to ('2026-01-01');
create table sales.orders_2026 partition of sales.orders for values from ('2026-01-01') to ('2027-01-01');
create table public."Odd ""name""" ("a b" int, "select" text);
create table public.empty (n int);
insert into sales.customers (name, note, photo, tags, extra, born, balance, weight)
  select 'name ' || n, case n % 5 when 0 then null when 1 then E'line one\nline two\t\\tab' when 2 then E'\\.\nCOPY x FROM stdin;'
    when 3 then 'it''s; "quoted" $$ -- /* ' else '' end, decode(md5(n::text), 'hex'), array['a', 'b,c', null], jsonb_build_object('n', n, 'k', E'\\ü'),
    date '1980-01-01' + n, n * 1.25, n / 3.0 from generate_series(1, 500) n;
insert into sales.orders (customer, status, at) select 1 + n % 500, case n % 2 when 0 then 'a' else 'b' end, date '2025-01-01' + n % 700 from generate_series(1, 1000) n;
insert into public."Odd ""name""" values (1, 'x'), (2, null);
create view sales.paid as select c.name, o.at from sales.customers c join sales.orders o on o.customer = c.id where o.status = 'a';
create materialized view sales.sums as select status, count(*) as n from sales.orders group by status;
create index on sales.orders (customer);
create function sales.touch() returns trigger language plpgsql as $body$
begin
  /* a line; with "quotes' and
\! echo this is no command of psql
COPY nothing FROM stdin;
*/
  new.seen = '2026-01-01'; return new;
end $body$;
create trigger touch before update on sales.customers for each row execute function sales.touch();
create function sales.twice(n int) returns int language sql begin atomic select n; select n * 2; end;
comment on table sales.customers is E'who buys;\nand when';
grant select on sales.customers to reader;
grant usage on schema sales to reader;
alter table sales.customers owner to app;
alter default privileges for role app in schema sales grant select on tables to reader;
alter table sales.customers enable row level security;
create policy own on sales.customers for select to reader using (name = current_user);
select lo_from_bytea(0, decode(repeat('00ff5c', 2000), 'hex'));
select setval('sales.orders_id_seq', 4711);`

export const IMAGE = 'testbed/postgres:17'

/** A server whose database shop is dumped; roles in /backup/dumps/globals.sql. */
export const source = `set -e
mkdir -p /backup/dumps && chmod 755 /backup/dumps
docker run -d --name source -e POSTGRES_PASSWORD=canary-source -v /backup/dumps:/dumps ${IMAGE} > /dev/null
until docker exec source pg_isready -q -h 127.0.0.1; do sleep 0.1; done
docker exec -i source psql -X -q -v ON_ERROR_STOP=1 -U postgres > /dev/null << 'END'
${SCHEMA}
END
docker exec source sh -c 'pg_dumpall -U postgres --globals-only > /dumps/globals.sql'`

/** Writes one dump of the source. */
export function dumped(words: string, file: string): string {
  return `docker exec source sh -c '${words} > /dumps/${file}'`
}

const shop = { server: 'postgres', image: IMAGE, volume: 'fresh', database: 'shop' }

export const joined: Joined = {
  kind: dumpRestore,
  cases: [
    {
      name: 'SQL of a database of PostgreSQL',
      fields: { ...shop, dump: '/backup/dumps/shop.sql', globals: '/backup/dumps/globals.sql' },
      arrange: `${source}\n${dumped('pg_dump -U postgres shop', 'shop.sql')}\ndocker rm -fv source > /dev/null`,
      inside: true,
    },
    {
      name: 'a directory of pg_dump',
      fields: { ...shop, dump: '/backup/dumps/shop.dir', globals: '/backup/dumps/globals.sql', jobs: 2 },
      arrange: `${source}\ndocker exec source pg_dump -U postgres -Fd -f /dumps/shop.dir shop\ndocker rm -fv source > /dev/null`,
    },
    {
      name: 'SQL of a database of MariaDB',
      fields: {
        ...{ server: 'mariadb', image: 'testbed/mariadb:11', volume: 'fresh', dump: '/backup/shop.sql' },
        ...{ database: 'shop', user: 'shop', password: '${{ secrets.canary-of-shop }}' },
      },
      arrange: `set -e
docker run -d --name source -e MARIADB_DATABASE=shop -e MARIADB_USER=shop -e MARIADB_PASSWORD=x testbed/mariadb:11 > /dev/null
until docker exec source mariadb shop -e 'select 1' > /dev/null 2>&1; do sleep 0.2; done
docker exec source mariadb shop -e 'create table orders (id int primary key); insert into orders select seq from seq_1_to_1000'
docker exec source mariadb-dump shop > /backup/shop.sql
docker rm -fv source > /dev/null`,
    },
  ],
  written: {
    fields: { ...shop, dump: '/backup/dumps/shop.sql', globals: '/backup/dumps/globals.sql' },
    arrange: `docker volume rm -f fresh > /dev/null\n${source}\n${dumped('pg_dump -U postgres shop', 'shop.sql')}\ndocker rm -fv source > /dev/null`,
    places: [
      { name: 'a file of the server', write: intoVolume('postgresql.auto.conf') },
      { name: 'a file that did not exist', write: intoVolume('base/note') },
    ],
  },
}

/** Appends the mark to a file of the restored volume, as a server on it would. */
function intoVolume(file: string): string {
  return `docker run --rm -v fresh:/x --entrypoint sh ${IMAGE} -c 'echo "# ${WRITTEN}" >> /x/${file}'`
}
