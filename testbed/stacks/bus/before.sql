create role bus_owner nologin;
create role bus_app login password :'app_password';
create role anon nologin;
grant anon to bus_app;
grant connect on database bus to bus_app;

-- The store of the old daemon.
create table public.deliveries (id uuid primary key, bytes bytea not null, received_at timestamptz not null default now());
alter table public.deliveries owner to bus_owner;
grant select, insert, update, delete on public.deliveries to bus_app;

-- What else such a database holds.
create table public.tool_run (id bigserial primary key, tool text not null, started_at timestamptz not null default now(), arguments jsonb);
insert into public.tool_run (tool, arguments)
  select 'tool ' || n % 12, jsonb_build_object('n', n, 'text', repeat('x', n % 400)) from generate_series(1, 2000) n;
create view public.busiest_tool as select tool, count(*) as runs from public.tool_run group by tool;
create sequence public.conversation start 1000;
select nextval('public.conversation') from generate_series(1, 17);
