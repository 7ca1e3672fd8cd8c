create table guests (id integer primary key, name text not null);
create table entries (
  id integer generated always as identity primary key,
  guest integer not null,
  body text not null,
  at timestamptz not null default now()
);
create table starts (id integer generated always as identity primary key, at timestamptz not null default now());

insert into guests select n, 'Guest ' || n from generate_series(1, 200) as n;
insert into entries (guest, body, at)
  select 1 + n % 200, 'Entry ' || n || ': ' || repeat(md5(n::text) || ' ', 1 + n % 7), timestamptz '2026-01-01 00:00Z' + n * interval '7 minutes'
  from generate_series(1, 10000) as n;
insert into starts (at) select timestamptz '2026-01-01 00:00Z' + n * interval '9 days' from generate_series(1, 5) as n;
vacuum analyze;
