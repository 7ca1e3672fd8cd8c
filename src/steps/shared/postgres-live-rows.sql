-- A line per table: database, table and an empty number; then with its rows. Variable of psql: until, seconds since 1970. A table
-- whose turn comes later is not counted, because a server that serves people has other work.
select concat_ws(E'\t', current_database(), translate(format('%I.%I', n.nspname, c.relname), E'\n\r\t', '???'), '')
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname !~ '^(pg_|information_schema$|reinstate$)';
select format(
  $sql$select concat_ws(E'\t', current_database(), %L, (select count(*) from only %I.%I)) where clock_timestamp() < to_timestamp(%s)$sql$,
  translate(format('%I.%I', n.nspname, c.relname), E'\n\r\t', '???'), n.nspname, c.relname, :until)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname !~ '^(pg_|information_schema$|reinstate$)'
order by c.relpages
\gexec
