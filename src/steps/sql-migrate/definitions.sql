-- Every definition of the database, and of its server: a map of schemas, each a map of objects to the sum of their definition.
-- Objects that are in no schema are under the empty name. Leaves out settings of other databases. Ends in the command that takes the result.
select jsonb_object_agg(schema, sums) as definitions
from (
  select schema, jsonb_object_agg(name, sum) as sums
  from (
    select coalesce(schema, '') as schema, concat(what, ' ', name) as name,
      encode(sha256(convert_to(definition, getdatabaseencoding())), 'hex') as sum
    from (
      select schema, what, name, definition from (
:relations
      ) as relations
      union all
      select schema, what, name, definition from (
:objects
      ) as objects
      union all
      select null, what, name, definition from (
:globals
      ) as globals
      where what <> 'setting' or name !~ 'database ' or name ~ ('database ' || current_database() || '$')
    ) as named
  ) as summed
  group by schema
) as schemas
