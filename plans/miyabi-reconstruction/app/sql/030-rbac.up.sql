-- Roles in organizations, and what each allows.
create schema rbac;

create table rbac.role (name text primary key);
insert into rbac.role (name) values ('owner'), ('admin'), ('member'), ('viewer');

create table rbac.permission (name text primary key);
insert into rbac.permission (name) values
  ('organization:read'), ('organization:update'), ('organization:delete'),
  ('members:manage'), ('agents:read'), ('agents:write');

create table rbac.role_permission (
  role        text not null references rbac.role,
  permission  text not null references rbac.permission,
  primary key (role, permission)
);
insert into rbac.role_permission (role, permission)
select role.name, permission.name from rbac.role, rbac.permission
where case role.name
  when 'owner' then true
  when 'admin' then permission.name <> 'organization:delete'
  when 'member' then permission.name in ('organization:read', 'agents:read', 'agents:write')
  else permission.name in ('organization:read', 'agents:read')
end;

create table rbac.assignment (
  organization_id  uuid not null references public.organizations on delete cascade,
  user_id          uuid not null references public.users on delete cascade,
  role             text not null references rbac.role,
  primary key (organization_id, user_id)
);
create index assignment_user on rbac.assignment (user_id);
create unique index assignment_one_owner on rbac.assignment (organization_id) where role = 'owner';

-- Whether a role allows something; false for a role or a permission that does not exist.
create function rbac.role_allows(role text, permission text) returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (select from rbac.role_permission r where r.role = $1 and r.permission = $2)
$$;

-- Whether a user has a permission in an organization; false without a role there.
create function rbac.allows(user_id uuid, organization_id uuid, permission text) returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from rbac.assignment a
    where a.user_id = $1 and a.organization_id = $2 and rbac.role_allows(a.role, $3)
  )
$$;

revoke all on function rbac.role_allows(text, text), rbac.allows(uuid, uuid, text) from public;
grant usage on schema rbac to miyabi_app;
grant select on rbac.role, rbac.permission, rbac.role_permission to miyabi_app;
grant select, insert, update, delete on rbac.assignment to miyabi_app;
grant execute on function rbac.role_allows(text, text), rbac.allows(uuid, uuid, text) to miyabi_app;
