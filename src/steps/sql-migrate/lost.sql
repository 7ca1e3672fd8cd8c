-- Prints lost= for each table whose rows go and are others than the migration left, and parent= for what its partitions hang on.
-- Variables of psql: contents, row_contents.
select format('lost=%s rows of %s', value ->> 0, key)
from jsonb_each(:'contents') where (value ->> 0)::bigint > 0 and (:'row_contents'::jsonb -> key) is distinct from value
order by key;
select distinct format('parent=%I.%I', nspname, relname)
from jsonb_each(:'contents'), pg_partition_ancestors(key::regclass) as parent
  join pg_class c on c.oid = parent join pg_namespace n on n.oid = relnamespace
where (value ->> 0)::bigint > 0 and (:'row_contents'::jsonb -> key) is distinct from value and parent <> key::regclass;
