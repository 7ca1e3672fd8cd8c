create table products (
  id integer generated always as identity primary key,
  title text not null,
  body text not null,
  at timestamptz not null default now()
);
insert into products (title, body, at)
  select 'Print ' || n, repeat(md5('print' || n) || ' ', 1 + n % 4), timestamptz '2026-02-01 00:00Z' + n * interval '13 minutes'
  from generate_series(1, 8000) as n;
vacuum analyze;
