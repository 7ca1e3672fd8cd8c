-- Prints at most ten lines FACT=OBJECT: DIFFERENCE, and ends where there are any. Variables of psql: fact; one and other, two maps
-- of definitions; changes; within, whether to compare these schemas or all others.
select coalesce(string_agg(line, E'\n'), '') as found, count(*) > 0 as differs
from (
  select :'fact' || '=' || translate(name, E'\n\r\t', '???') || ': ' || case
    when one.sum is null then 'is new' when other.sum is null then 'is missing' else 'is defined differently' end as line
  from (select s.key as schema, o.key as name, o.value as sum from jsonb_each(:'one') as s, jsonb_each_text(s.value) as o) as one
  full join (select s.key as schema, o.key as name, o.value as sum from jsonb_each(:'other') as s, jsonb_each_text(s.value) as o) as other
    using (schema, name)
  where one.sum is distinct from other.sum
    and (schema in (select jsonb_array_elements_text(:'changes'))) = :'within'
  order by 1 limit 10
) as lines \gset
\if :differs
  select :'found';
  \quit
\endif
