-- Prints a line per table, sequence and other object of a database, of one snapshot, its fields separated by tabs: database,
-- what, name, sum of its definition, how many, sum of its content, table that owns it.
-- Variables of psql: relations, objects and rows, the queries of postgres-relations.sql, postgres-objects.sql and
-- postgres-rows.sql; tables, a JSON list of those wanted (empty: all, and every other object).
set lock_timeout = '60s';
begin isolation level repeatable read read only;

with defined as (
  select what, name, translate(name, E'\n\r\t', '???') as shown, owner, relkind, relispopulated,
    encode(sha256(convert_to(definition, getdatabaseencoding())), 'hex') as definition
  from (
:relations
  ) as relations
  where json_array_length(:'tables') = 0
    or name in (select json_array_elements_text(:'tables')) or owner in (select json_array_elements_text(:'tables'))
)
select case
  when relkind in ('r', 'm') and relispopulated then format(
    $sql$select concat_ws(E'\t', current_database(), 'table', %L, %L, rows, sum, '') from (%s) as content$sql$,
    shown, definition, replace(:'rows', '%s', name))
  when relkind = 'S' then format(
    $sql$select concat_ws(E'\t', current_database(), 'sequence', %L, %L, last_value, is_called, %L) from %s$sql$,
    shown, definition, coalesce(owner, ''), name)
  else format(
    $sql$select concat_ws(E'\t', current_database(), %L, %L, %L, 0, '', '')$sql$, what, shown, definition)
  end
from defined order by name
\gexec

select concat_ws(E'\t', current_database(), what, translate(name, E'\n\r\t', '???'),
  encode(sha256(convert_to(definition, getdatabaseencoding())), 'hex'), 0, '', '')
from (
:objects
) as objects
where json_array_length(:'tables') = 0
order by what, name;
