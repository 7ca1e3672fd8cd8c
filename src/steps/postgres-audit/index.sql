-- Checks every B-tree of a database, system catalogs included, against its table with amcheck. Prints a line `index` per index
-- that passes and an error per index that fails; `unchecked` where the extension is not installed. With the variable install
-- at 1 it installs the extension first, where the server has it: on a scratch server only.
set search_path = pg_catalog;
set statement_timeout = 0;
set lock_timeout = '60s';
set client_min_messages = error;
\if :install
  select exists (select from pg_available_extensions where name = 'amcheck') as can \gset
  \if :can
    set default_transaction_read_only = off;
    create extension if not exists amcheck with schema pg_catalog;
    set default_transaction_read_only = on;
  \endif
\endif
select count(*) = 0 as absent from pg_extension where extname = 'amcheck' \gset
\if :absent
  select 'unchecked';
\else
  select format('select ''index'', %I.bt_index_check(%s, true)', n.nspname, c.oid)
  from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam,
    pg_extension e join pg_namespace n on n.oid = e.extnamespace
  where e.extname = 'amcheck' and a.amname = 'btree' and c.relkind = 'i' and c.relpersistence = 'p'
    and i.indisvalid and i.indisready
  order by c.oid
  \gexec
\endif
