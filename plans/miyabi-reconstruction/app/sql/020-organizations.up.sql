-- Who belongs to an organization. What they may do there is in the schema rbac.
create schema org;

create table org.membership (
  organization_id  uuid        not null references public.organizations on delete cascade,
  user_id          uuid        not null references public.users on delete cascade,
  joined_at        timestamptz not null default now(),
  primary key (organization_id, user_id)
);
create index membership_user on org.membership (user_id);

grant usage on schema org to miyabi_app;
grant select, insert, update, delete on org.membership to miyabi_app;
