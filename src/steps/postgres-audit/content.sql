-- Prints a line per table, sequence and other object of a database, of one snapshot, its fields separated by tabs: database,
-- what, name, sum of its definition, how many, sum of its content, table that owns it. Variables of psql: tables, a JSON
-- list of those wanted (empty: all, and every other object).
-- A table's content is the sum over its rows of the first and of the last 64 bits of each row's sha256: equal for equal rows
-- in any order, and different as soon as one row differs, is missing or is there twice.
set search_path = pg_catalog;
set statement_timeout = 0;
set lock_timeout = '60s';
set row_security = off;
set datestyle = 'ISO, YMD';
set intervalstyle = 'postgres';
set timezone = 'UTC';
set extra_float_digits = 3;
set bytea_output = 'hex';
set lc_monetary = 'C';
begin isolation level repeatable read read only;

with wanted as (
  select c.*, n.nspname, format('%I.%I', n.nspname, c.relname) as name,
    array(select json_array_elements_text(:'tables')) as tables
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relpersistence <> 't' and c.relkind in ('r', 'p', 'm', 'v', 'S', 'f')
    and (n.nspname !~ '^(pg_|information_schema$)'
      or c.oid = 'pg_largeobject'::regclass and exists (select from pg_largeobject_metadata))
), owned as (
  select w.*, (
    select format('%I.%I', n.nspname, t.relname)
    from pg_depend d join pg_class t on t.oid = d.refobjid join pg_namespace n on n.oid = t.relnamespace
    where w.relkind = 'S' and d.objid = w.oid and d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
      and d.deptype in ('a', 'i') limit 1) as owner
  from wanted w
), defined as (
  -- row() keeps apart which of the parts is null; concat_ws would leave it out.
  select o.name, o.owner, o.relkind, o.relispopulated, encode(sha256(convert_to(row(
    o.relkind, o.relpersistence, o.relrowsecurity, o.relforcerowsecurity, o.relreplident, o.reloptions, pg_get_userbyid(o.relowner),
    array(select unnest(o.relacl)::text order by 1),
    pg_get_expr(o.relpartbound, o.oid), case when o.relkind = 'p' then pg_get_partkeydef(o.oid) end,
    case when o.relkind in ('v', 'm') then pg_get_viewdef(o.oid) end,
    case when o.relkind = 'S' then (select row(format_type(seqtypid, null), to_jsonb(s) - 'seqrelid' - 'seqtypid')::text from pg_sequence s where s.seqrelid = o.oid) end,
    (select string_agg(row(a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attstorage, a.attoptions,
      array(select unnest(a.attacl)::text order by 1), to_jsonb(a) -> 'attgenerated', to_jsonb(a) -> 'attcompression', a.attfdwoptions,
      (select collname from pg_collation where oid = a.attcollation), pg_get_expr(d.adbin, d.adrelid))::text, E'\n' order by a.attnum)
      from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped and o.relkind <> 'S'),
    (select string_agg(concat_ws(' ', pg_get_indexdef(indexrelid), indisvalid), E'\n' order by pg_get_indexdef(indexrelid))
      from pg_index where indrelid = o.oid),
    (select string_agg(concat_ws(' ', conname, pg_get_constraintdef(oid), convalidated), E'\n' order by conname)
      from pg_constraint where conrelid = o.oid),
    (select string_agg(concat_ws(' ', pg_get_triggerdef(oid), tgenabled), E'\n' order by tgname)
      from pg_trigger where tgrelid = o.oid and not tgisinternal),
    (select string_agg(concat_ws(' ', pg_get_ruledef(oid), ev_enabled), E'\n' order by rulename)
      from pg_rewrite where ev_class = o.oid and rulename <> '_RETURN'),
    (select string_agg(pg_get_statisticsobjdef(oid), E'\n' order by stxname) from pg_statistic_ext where stxrelid = o.oid),
    (select string_agg(row(polname, polcmd, polpermissive, polroles::regrole[],
      pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))::text, E'\n' order by polname)
      from pg_policy where polrelid = o.oid),
    (select row(s.srvname, f.ftoptions)::text from pg_foreign_table f join pg_foreign_server s on s.oid = f.ftserver where f.ftrelid = o.oid)
  )::text, getdatabaseencoding())), 'hex') as definition
  from owned o
  where cardinality(o.tables) = 0 or o.name = any (o.tables) or o.owner = any (o.tables)
)
select case
  when relkind in ('r', 'm') and relispopulated then format(
    $sql$select concat_ws(E'\t', current_database(), 'table', %1$L, %2$L, count(*),
      coalesce(sum(('x' || left(reinstate_sum, 16))::bit(64)::bigint), 0) || ':' ||
      coalesce(sum(('x' || right(reinstate_sum, 16))::bit(64)::bigint), 0), '')
    from (select encode(sha256(convert_to(reinstate_row::text, getdatabaseencoding())), 'hex') as reinstate_sum
      from only %3$s as reinstate_row) as reinstate_sums$sql$,
    translate(name, E'\n\r\t', '???'), definition, name)
  when relkind = 'S' then format(
    $sql$select concat_ws(E'\t', current_database(), 'sequence', %1$L, %2$L, last_value, is_called, %4$L) from %3$s$sql$,
    translate(name, E'\n\r\t', '???'), definition, name, coalesce(owner, ''))
  else format(
    $sql$select concat_ws(E'\t', current_database(), %4$L, %1$L, %2$L, 0, '', '')$sql$,
    translate(name, E'\n\r\t', '???'), definition, name, case relkind when 'v' then 'view' when 'f' then 'foreign table' else 'table' end)
  end
from defined order by name
\gexec

-- Everything else, by names instead of object ids, which differ after a logical restore.
select concat_ws(E'\t', current_database(), what, translate(name, E'\n\r\t', '???'),
  encode(sha256(convert_to(definition, getdatabaseencoding())), 'hex'), 0, '', '')
from (
  select 'function' as what, p.oid::regprocedure::text as name,
    row(p.prosrc, p.probin, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), p.prosecdef, p.provolatile,
      p.proleakproof, p.proisstrict, p.proparallel, p.proconfig, pg_get_userbyid(p.proowner),
      (select lanname from pg_language where oid = p.prolang),
      array(select unnest(p.proacl)::text order by 1))::text as definition
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname !~ '^(pg_|information_schema$)'
  union all
  select 'schema', nspname, row(pg_get_userbyid(nspowner), array(select unnest(nspacl)::text order by 1))::text
  from pg_namespace where nspname !~ '^(pg_|information_schema$)'
  union all
  select case typtype when 'd' then 'domain' when 'e' then 'enum' else 'type' end, format_type(t.oid, null),
    row(typtype, pg_get_userbyid(typowner), array(select unnest(typacl)::text order by 1), typnotnull, typdefault,
      case when typtype = 'd' then format_type(typbasetype, typtypmod) end,
      (select collname from pg_collation where oid = typcollation),
      array(select enumlabel from pg_enum where enumtypid = t.oid order by enumsortorder),
      array(select concat_ws(' ', conname, pg_get_constraintdef(oid)) from pg_constraint where contypid = t.oid order by 1),
      array(select concat_ws(' ', attname, format_type(atttypid, atttypmod)) from pg_attribute
        where attrelid = t.typrelid and attnum > 0 and not attisdropped order by attnum))::text
  from pg_type t join pg_namespace n on n.oid = typnamespace
  where n.nspname !~ '^(pg_|information_schema$)' and not exists (select from pg_type where typarray = t.oid)
    and (typrelid = 0 or exists (select from pg_class where oid = typrelid and relkind = 'c'))
  union all
  select 'cast', format('%s as %s', format_type(castsource, null), format_type(casttarget, null)),
    row(castcontext, castmethod, castfunc::regprocedure)::text
  from pg_cast where oid >= 16384
  union all
  select 'default privilege', concat_ws(' ', 'of', pg_get_userbyid(defaclrole), 'in schema ' || nspname, 'on type', defaclobjtype),
    array(select unnest(defaclacl)::text order by 1)::text
  from pg_default_acl left join pg_namespace n on n.oid = defaclnamespace
  union all
  select 'publication', pubname,
    row(to_jsonb(p) - 'oid' - 'pubowner', pg_get_userbyid(pubowner),
      array(select to_jsonb(t)::text from pg_publication_tables t where t.pubname = p.pubname order by 1))::text
  from pg_publication p
  union all
  select 'subscription', subname, row(to_jsonb(s) - array['oid', 'subdbid', 'subowner', 'subskiplsn'], pg_get_userbyid(subowner))::text
  from pg_subscription s where subdbid = (select oid from pg_database where datname = current_database())
  union all
  select 'event trigger', evtname,
    row(evtevent, evtfoid::regprocedure, evtenabled, evttags, pg_get_userbyid(evtowner))::text
  from pg_event_trigger
  union all
  select 'extension', extname, row(extversion, nspname)::text from pg_extension join pg_namespace n on n.oid = extnamespace
  union all
  select 'foreign data wrapper', fdwname,
    row(fdwoptions, pg_get_userbyid(fdwowner), array(select unnest(fdwacl)::text order by 1))::text
  from pg_foreign_data_wrapper
  union all
  select 'foreign server', srvname,
    row(srvtype, srvversion, srvoptions, fdwname, pg_get_userbyid(srvowner), array(select unnest(srvacl)::text order by 1))::text
  from pg_foreign_server join pg_foreign_data_wrapper f on f.oid = srvfdw
  union all
  select 'user mapping', format('of %s to %s', coalesce(pg_get_userbyid(nullif(umuser, 0)), 'everyone'), srvname), umoptions::text
  from pg_user_mapping join pg_foreign_server s on s.oid = umserver
  union all
  select 'comment', 'on ' || i.type || ' ' || i.identity, description
  from pg_description, pg_identify_object(classoid, objoid, objsubid) i
  where objoid >= 16384 or classoid = 'pg_namespace'::regclass and objoid = 'public'::regnamespace
) as objects
where json_array_length(:'tables') = 0
order by what, name;
