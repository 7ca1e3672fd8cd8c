-- A query: a row per object of a database that is no relation, with its definition as text, by names instead of object ids,
-- which differ after a logical restore. Run it with the settings of postgres-session.sql. Leaves out the ledger of migrations.
-- `schema`: the one that the object is in or is about; null for an object of the whole database.
select n.nspname as schema, 'function' as what, p.oid::regprocedure::text as name,
  row(p.prosrc, p.probin, case when p.prokind <> 'a' then pg_get_functiondef(p.oid) end, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), p.prosecdef, p.provolatile,
    p.proleakproof, p.proisstrict, p.proparallel, p.proconfig, pg_get_userbyid(p.proowner),
    (select lanname from pg_language where oid = p.prolang),
    array(select unnest(p.proacl)::text order by 1))::text as definition
from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname !~ '^(pg_|information_schema$|reinstate$)'
union all
select nspname, 'schema', nspname, row(pg_get_userbyid(nspowner), array(select unnest(nspacl)::text order by 1))::text
from pg_namespace where nspname !~ '^(pg_|information_schema$|reinstate$)'
union all
select n.nspname, case typtype when 'd' then 'domain' when 'e' then 'enum' else 'type' end, format_type(t.oid, null),
  row(typtype, pg_get_userbyid(typowner), array(select unnest(typacl)::text order by 1), typnotnull, typdefault,
    case when typtype = 'd' then format_type(typbasetype, typtypmod) end,
    (select collname from pg_collation where oid = typcollation),
    array(select enumlabel from pg_enum where enumtypid = t.oid order by enumsortorder),
    array(select concat_ws(' ', conname, pg_get_constraintdef(oid)) from pg_constraint where contypid = t.oid order by 1),
    array(select concat_ws(' ', attname, format_type(atttypid, atttypmod)) from pg_attribute
      where attrelid = t.typrelid and attnum > 0 and not attisdropped order by attnum))::text
from pg_type t join pg_namespace n on n.oid = typnamespace
where n.nspname !~ '^(pg_|information_schema$|reinstate$)' and not exists (select from pg_type where typarray = t.oid)
  and (typrelid = 0 or exists (select from pg_class where oid = typrelid and relkind = 'c'))
union all
select (select nspname from pg_type t join pg_namespace n on n.oid = typnamespace
    where t.oid in (castsource, casttarget) and nspname <> 'pg_catalog' order by t.oid = casttarget limit 1),
  'cast', format('%s as %s', format_type(castsource, null), format_type(casttarget, null)),
  row(castcontext, castmethod, castfunc::regprocedure)::text
from pg_cast where oid >= 16384
union all
select nspname, 'default privilege', concat_ws(' ', 'of', pg_get_userbyid(defaclrole), 'in schema ' || nspname, 'on type', defaclobjtype),
  array(select unnest(defaclacl)::text order by 1)::text
from pg_default_acl left join pg_namespace n on n.oid = defaclnamespace where nspname is distinct from 'reinstate'
union all
select null, 'publication', pubname,
  row(to_jsonb(p) - 'oid' - 'pubowner', pg_get_userbyid(pubowner),
    array(select to_jsonb(t)::text from pg_publication_tables t where t.pubname = p.pubname order by 1))::text
from pg_publication p
union all
select null, 'subscription', subname, row(to_jsonb(s) - array['oid', 'subdbid', 'subowner', 'subskiplsn'], pg_get_userbyid(subowner))::text
from pg_subscription s where subdbid = (select oid from pg_database where datname = current_database())
union all
select null, 'event trigger', evtname,
  row(evtevent, evtfoid::regprocedure, evtenabled, evttags, pg_get_userbyid(evtowner))::text
from pg_event_trigger
union all
select nspname, 'extension', extname, row(extversion, nspname)::text from pg_extension join pg_namespace n on n.oid = extnamespace
union all
select null, 'foreign data wrapper', fdwname,
  row(fdwoptions, pg_get_userbyid(fdwowner), array(select unnest(fdwacl)::text order by 1))::text
from pg_foreign_data_wrapper
union all
select null, 'foreign server', srvname,
  row(srvtype, srvversion, srvoptions, fdwname, pg_get_userbyid(srvowner), array(select unnest(srvacl)::text order by 1))::text
from pg_foreign_server join pg_foreign_data_wrapper f on f.oid = srvfdw
union all
select null, 'user mapping', format('of %s to %s', coalesce(pg_get_userbyid(nullif(umuser, 0)), 'everyone'), srvname), umoptions::text
from pg_user_mapping join pg_foreign_server s on s.oid = umserver
union all
select about.schema, 'comment', 'on ' || i.type || ' ' || i.identity, description
from pg_description, pg_identify_object(classoid, objoid, objsubid) as i, lateral (
  select coalesce(
    (select nspname from pg_namespace where quote_ident(nspname) = i.schema),
    case classoid
      when 'pg_namespace'::regclass then (select nspname from pg_namespace where oid = objoid)
      when 'pg_extension'::regclass then (select nspname from pg_extension x join pg_namespace n on n.oid = extnamespace where x.oid = objoid)
      when 'pg_constraint'::regclass then (select nspname from pg_constraint x join pg_namespace n on n.oid = connamespace where x.oid = objoid)
      when 'pg_trigger'::regclass then (select nspname from pg_trigger x join pg_class c on c.oid = tgrelid join pg_namespace n on n.oid = relnamespace where x.oid = objoid)
      when 'pg_policy'::regclass then (select nspname from pg_policy x join pg_class c on c.oid = polrelid join pg_namespace n on n.oid = relnamespace where x.oid = objoid)
      when 'pg_rewrite'::regclass then (select nspname from pg_rewrite x join pg_class c on c.oid = ev_class join pg_namespace n on n.oid = relnamespace where x.oid = objoid)
    end) as schema
) as about
where (objoid >= 16384 or classoid = 'pg_namespace'::regclass and objoid = 'public'::regnamespace)
  and about.schema is distinct from 'reinstate'
