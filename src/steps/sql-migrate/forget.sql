-- Removes the row, and with the last one the ledger.
delete from reinstate.applied where id = :own;
select not exists (select from only reinstate.applied) as is_last \gset
\if :is_last
  drop table reinstate.applied;
  select not exists (select from pg_class where relnamespace = 'reinstate'::regnamespace)
    and not exists (select from pg_proc where pronamespace = 'reinstate'::regnamespace)
    and not exists (select from pg_type where typnamespace = 'reinstate'::regnamespace) as is_empty \gset
  \if :is_empty
    drop schema reinstate;
  \endif
\endif
select 'ready=yes';
