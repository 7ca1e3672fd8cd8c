-- The tables whose definition, rows or file differ between two points of this transaction, as the JSON list `tables`. Variables of
-- psql: files, those to look through; one and other, the definitions at both points; other_files.
select coalesce(jsonb_agg(name order by name), '[]') as tables
from (select key as name, value ->> 0 as schema, value ->> 1 as file from jsonb_each(:'files')) as found
where (:'other_files'::jsonb -> name ->> 1) is distinct from file
  or (:'one'::jsonb -> schema ->> ('table ' || name)) is distinct from (:'other'::jsonb -> schema ->> ('table ' || name))
  or name in (
    select format('%I.%I', schemaname, relname) from pg_stat_xact_all_tables where n_tup_ins + n_tup_upd + n_tup_del > 0)
