-- Prints problem= and ends where the ledger could be forged, or where a migration would run code of an ordinary role with all
-- rights. Others than superusers may own a database, and create schemas in it.
with super as (select oid from pg_roles where rolsuper),
owners as (
  select 'schema reinstate' as what, nspowner as owner from pg_namespace where nspname = 'reinstate'
  union all
  select 'table reinstate.applied', relowner from pg_class where oid = to_regclass('reinstate.applied')
), writers as (
  select 'create objects in schema reinstate' as may, grantee
  from pg_namespace, aclexplode(nspacl) where nspname = 'reinstate' and privilege_type = 'CREATE'
  union all
  select 'write to reinstate.applied', grantee
  from pg_class, aclexplode(relacl) where oid = to_regclass('reinstate.applied') and privilege_type <> 'SELECT'
  union all
  select 'write to reinstate.applied', grantee
  from pg_attribute, aclexplode(attacl) where attrelid = to_regclass('reinstate.applied') and privilege_type <> 'SELECT'
)
select coalesce(
  (select format('problem=role %s is no superuser; name one in user:', current_user)
    where not exists (select from super join pg_roles using (oid) where rolname = current_user)),
  (select format('problem=%s belongs to role %s, which is no superuser, so its rows prove nothing; rename it, and restore the ledger if there was one',
    what, pg_get_userbyid(owner)) from owners where owner not in (select oid from super) limit 1),
  (select format('problem=role %s may %s, so its rows prove nothing; revoke that', case grantee when 0 then 'public' else pg_get_userbyid(grantee) end, may)
    from writers where grantee not in (select oid from super) limit 1),
  (select 'problem=reinstate.applied is not the table that this program made; rename it'
    from pg_class c where c.oid = to_regclass('reinstate.applied')
      and (relkind <> 'r' or relrowsecurity or relhasrules or exists (select from pg_trigger where tgrelid = c.oid)) limit 1),
  (select format('problem=event trigger %I runs the function %s of role %s, which is no superuser; in a migration it would have all rights. Change the owner of the function',
    evtname, evtfoid::regprocedure, pg_get_userbyid(proowner))
    from pg_event_trigger join pg_proc p on p.oid = evtfoid where evtenabled <> 'D' and proowner not in (select oid from super) limit 1),
  '') as problem \gset
select :'problem' <> '' as has_problem, to_regclass('reinstate.applied') is not null as has_ledger \gset
\if :has_problem
  select translate(:'problem', E'\n\r', '??');
  \quit
\endif
