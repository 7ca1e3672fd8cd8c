-- The tables of the schemas in changes: a map of names to the schema and the number of the file that holds the rows.
select coalesce(jsonb_object_agg(format('%I.%I', nspname, relname), jsonb_build_array(nspname, pg_relation_filenode(c.oid))), '{}') as files
from pg_class c join pg_namespace n on n.oid = relnamespace
where relkind = 'r' and relpersistence <> 't' and nspname in (select jsonb_array_elements_text(:'changes'))
