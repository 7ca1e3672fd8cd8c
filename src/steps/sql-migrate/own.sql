-- Finds the row that this step wrote, and locks the tables of its schemas: readers go on, writers wait. Prints absent= and ends
-- where there is no such row, and problem= where a later migration changed the same schemas.
\set own 0
\if :has_ledger
  select coalesce((select max(id) from only reinstate.applied where label = :'label' and name = :'name'), 0) as own \gset
\endif
select :own = 0 as is_absent \gset
\if :is_absent
  \echo absent=yes
  \quit
\endif
select coalesce((
    select format('problem=%s is not undone, because %s changed the same schemas later; undo that first', :'name',
      string_agg(format('%s (%s, on %s)', later.name, later.label, to_char(later.applied_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')), ', ' order by later.id))
    from only reinstate.applied as later
    where later.id > own.id and later.changes && own.changes having count(*) > 0), '') as found,
  definitions_before as row_definitions, contents as row_contents
from only reinstate.applied as own where id = :own \gset
select :'found' <> '' as has_problem \gset
\if :has_problem
  select :'found';
  \quit
\endif
select format('lock table only %I.%I in share row exclusive mode', nspname, relname)
from pg_class c join pg_namespace n on n.oid = relnamespace
where relkind in ('r', 'p') and relpersistence <> 't' and nspname in (select jsonb_array_elements_text(:'changes'))
order by c.oid \gexec
