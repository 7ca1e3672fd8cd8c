-- Prints applied= and its time for a migration that is in the ledger, or problem= and ends where it is there with other content.
-- A migration is known by the name of its file in the schemas that it changes. Variables of psql: name, sum, changes.
\set found ''
\if :has_ledger
  select coalesce((
    select case
      when up_sha256 <> :'sum' then format('problem=%s was applied to database %s on %s with other content (sha256 %s, and now %s); an applied migration stays as it is, write a new file',
        name, current_database(), applied, left(up_sha256, 12), left(:'sum', 12))
      when changes <> array(select jsonb_array_elements_text(:'changes') order by 1) then format('problem=%s was applied to database %s on %s with changes: [%s]; write the same',
        name, current_database(), applied, array_to_string(changes, ', '))
      else format('applied=%s', applied) end
    from (select *, to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"') as applied from only reinstate.applied) as ledger
    where changes && array(select jsonb_array_elements_text(:'changes')) and (name = :'name' or up_sha256 = :'sum')
    order by up_sha256 = :'sum' desc, id desc limit 1), '') as found \gset
\endif
select :'found' where :'found' <> '';
select :'found' like 'problem=%' as has_problem, :'found' like 'applied=%' as is_applied \gset
\if :has_problem
  \quit
\endif
