-- Expands what serves today: tables keep every column, and a program that knows none of the new ones goes on.
create table public.users (
  id          uuid        primary key default gen_random_uuid(),
  email       text        not null check (email = lower(email)),
  name        text        not null check (length(name) between 1 and 100),
  created_at  timestamptz not null default now()
);
create unique index users_email on public.users (email);

alter table public.organizations add column description text not null default '';
alter table public.agents add column status text not null default 'idle' check (status in ('idle', 'working', 'blocked'));
create unique index agents_name on public.agents (organization_id, name);

grant select, insert, update, delete on public.users to miyabi_app;
