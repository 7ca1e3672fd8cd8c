-- Prints a line `remark=` with advice for a database, and for collations that columns use, whose recorded version is not the
-- one of the server's system: texts may sort differently there, and the server warns at every connection.
set search_path = pg_catalog;
set client_min_messages = error;
select current_setting('server_version_num')::int >= 150000 as versioned \gset
\if :versioned
  select format('remark=database %s was made with version %s of its collation, and the image has %s; rebuild its indexes after the restore: reindex database %I; alter database %I refresh collation version',
    datname, datcollversion, pg_database_collation_actual_version(oid), datname, datname)
  from pg_database where datname = current_database() and datcollversion <> pg_database_collation_actual_version(oid);
\endif
select format('remark=database %s uses %s of another version than the image has; rebuild the indexes on them after the restore, then: alter collation … refresh version',
  current_database(), string_agg(format('collation %I', collname), ', ' order by collname))
from pg_collation c
where collversion <> pg_collation_actual_version(oid) and collname <> 'default'
  and exists (select from pg_attribute where attcollation = c.oid and attrelid >= 16384)
having count(*) > 0;
