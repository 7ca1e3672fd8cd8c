-- What serves before the reconstruction.
create table public.organizations (
  id          uuid        primary key default gen_random_uuid(),
  name        text        not null,
  created_at  timestamptz not null default now()
);
create table public.agents (
  id               uuid        primary key default gen_random_uuid(),
  organization_id  uuid        not null references public.organizations on delete cascade,
  name             text        not null,
  created_at       timestamptz not null default now()
);
create table public.page_cache (path text primary key, html text not null, rendered_at timestamptz not null default now());

insert into public.organizations (name) select 'Organization ' || n from generate_series(1, 20) n;
insert into public.agents (organization_id, name)
select id, 'Agent ' || n from public.organizations, generate_series(1, 5) n;
insert into public.page_cache (path, html) values ('/', '<!doctype html><title>Miyabi</title><p>20 organizations');
grant select, insert, update, delete on public.organizations, public.agents, public.page_cache to miyabi_app;
