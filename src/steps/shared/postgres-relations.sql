-- A query: a row per table, sequence, view and other relation of a database, with its definition as text. Run it with the
-- settings of postgres-session.sql. Leaves out the ledger of migrations. `owner`: the table that owns a sequence.
-- row() keeps apart which of the parts is null; concat_ws would leave it out.
select o.nspname as schema, case o.relkind when 'S' then 'sequence' when 'v' then 'view' when 'f' then 'foreign table' else 'table' end as what,
  o.name, o.owner, o.relkind, o.relispopulated,
  row(
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
  )::text as definition
from (
  select c.*, n.nspname, format('%I.%I', n.nspname, c.relname) as name, (
    select format('%I.%I', own.nspname, t.relname)
    from pg_depend d join pg_class t on t.oid = d.refobjid join pg_namespace own on own.oid = t.relnamespace
    where c.relkind = 'S' and d.objid = c.oid and d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
      and d.deptype in ('a', 'i') limit 1) as owner
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relpersistence <> 't' and c.relkind in ('r', 'p', 'm', 'v', 'S', 'f')
    and (n.nspname !~ '^(pg_|information_schema$|reinstate$)'
      or c.oid = 'pg_largeobject'::regclass and exists (select from pg_largeobject_metadata))
) as o
