-- Prints outside= and ends where this transaction wrote rows outside the schemas in changes. Large objects are in no schema.
select coalesce(string_agg(format('outside=%I.%I: has other rows', schemaname, relname), E'\n'), '') as found, count(*) > 0 as differs
from pg_stat_xact_all_tables
where n_tup_ins + n_tup_upd + n_tup_del > 0
  and schemaname not in (select jsonb_array_elements_text(:'changes'))
  and (schemaname !~ '^(pg_|information_schema$|reinstate$)' or relname = 'pg_largeobject') \gset
\if :differs
  select translate(:'found', E'\r\t', '??');
  \quit
\endif
