-- Prints a line to each table, sequence, view and function of a database, of one snapshot, its fields parted by tabs:
-- database, what, name, sum of its definition, how many, sum of its content, table that owns it. Variables of psql:
-- tables, a JSON list of those wanted (empty: all, with views and functions).
-- A table content is the sum over its rows of the first and of the last 64 bits of each row sha256: the same for the
-- same rows in any order, and another as soon as one row is another, is missing or is there twice.
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
  where c.relpersistence <> 't' and c.relkind in ('r', 'p', 'm', 'v', 'S')
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
  select o.name, o.owner, o.relkind, o.relispopulated, encode(sha256(convert_to(concat_ws(E'\n',
    o.relkind, o.relpersistence, o.relrowsecurity, o.relforcerowsecurity, pg_get_userbyid(o.relowner), o.relacl,
    pg_get_expr(o.relpartbound, o.oid), case when o.relkind = 'p' then pg_get_partkeydef(o.oid) end,
    case when o.relkind in ('v', 'm') then pg_get_viewdef(o.oid) end,
    (select string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
      pg_get_expr(d.adbin, d.adrelid)), E'\n' order by a.attnum)
      from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped and o.relkind <> 'S'),
    (select string_agg(concat_ws(' ', pg_get_indexdef(indexrelid), indisvalid), E'\n' order by pg_get_indexdef(indexrelid))
      from pg_index where indrelid = o.oid),
    (select string_agg(concat_ws(' ', conname, pg_get_constraintdef(oid), convalidated), E'\n' order by conname)
      from pg_constraint where conrelid = o.oid),
    (select string_agg(concat_ws(' ', pg_get_triggerdef(oid), tgenabled), E'\n' order by tgname)
      from pg_trigger where tgrelid = o.oid and not tgisinternal),
    (select string_agg(concat_ws(' ', polname, polcmd, polpermissive, polroles::regrole[],
      pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)), E'\n' order by polname)
      from pg_policy where polrelid = o.oid)
  ), getdatabaseencoding())), 'hex') as definition
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
    translate(name, E'\n\r\t', '???'), definition, name, case when relkind = 'v' then 'view' else 'table' end)
  end
from defined order by name
\gexec

select concat_ws(E'\t', current_database(), 'function', translate(p.oid::regprocedure::text, E'\n\r\t', '???'),
  encode(sha256(convert_to(concat_ws(E'\n', p.prosrc, p.probin, pg_get_function_arguments(p.oid),
    pg_get_function_result(p.oid), p.prosecdef, p.provolatile, p.proconfig, pg_get_userbyid(p.proowner), p.proacl), getdatabaseencoding())), 'hex'), 0, '', '')
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where json_array_length(:'tables') = 0 and n.nspname !~ '^(pg_|information_schema$)'
order by p.oid::regprocedure::text;
