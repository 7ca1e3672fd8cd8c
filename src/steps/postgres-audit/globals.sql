-- Prints a line per object of the whole server, in the form of content.sql: database (empty), what, name, sum of its
-- definition, 0, empty, empty.
-- Variables of psql: globals, its query; databases, those to compare, one per line (empty: all); tables, a JSON list (not empty:
-- only databases).
set search_path = pg_catalog;
select concat_ws(E'\t', '', what, translate(name, E'\n\r\t', '???'), encode(sha256(convert_to(definition, getdatabaseencoding())), 'hex'), 0, '', '')
from (
:globals
) as objects
where json_array_length(:'tables') = 0 or what = 'database'
order by what, name;
