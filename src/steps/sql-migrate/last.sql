-- The definitions that the last migration of each schema left, as `one`: a map in the form of definitions.sql.
select coalesce(jsonb_object_agg(schema, definitions), '{}') as one
from (
  select distinct on (schema) schema, definitions_after -> schema as definitions
  from only reinstate.applied, jsonb_array_elements_text(:'changes') as schema
  where schema = any (changes) order by schema, id desc
) as last where definitions is not null \gset
