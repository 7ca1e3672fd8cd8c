-- Writes the row of the migration. Variables of psql: name, sum, down_sum, label, changes; before_definitions, after_definitions;
-- contents. Roles may have default privileges on what a superuser creates: nobody else may write here.
create schema if not exists reinstate;
create table if not exists reinstate.applied (
  id bigint generated always as identity primary key,
  name text not null,
  changes text[] not null,
  up_sha256 text not null,
  down_sha256 text,
  label text not null,
  applied_at timestamptz not null default clock_timestamp(),
  definitions_before jsonb not null,
  definitions_after jsonb not null,
  contents jsonb not null
);
select format('revoke all on %s from %s', thing, case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end)
from (
  select 'schema reinstate' as thing, grantee, nspowner as owner from pg_namespace, aclexplode(nspacl) where nspname = 'reinstate'
  union
  select 'table reinstate.applied', grantee, relowner from pg_class, aclexplode(relacl) where oid = 'reinstate.applied'::regclass
) as granted
where grantee <> owner \gexec
