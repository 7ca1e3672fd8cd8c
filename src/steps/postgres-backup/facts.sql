select 'major=' || current_setting('server_version_num')::int / 10000;
select 'superuser=' || rolsuper from pg_roles where rolname = current_user;
select 'standby=' || pg_is_in_recovery();
select 'walLevel=' || current_setting('wal_level');
select 'senders=' || greatest(0, current_setting('max_wal_senders')::int - count(*)) from pg_stat_activity where backend_type = 'walsender';
select 'slots=' || greatest(0, current_setting('max_replication_slots')::int - count(*)) from pg_replication_slots;
select 'tablespace=' || pg_tablespace_location(oid) from pg_tablespace where pg_tablespace_location(oid) <> '';
select 'outside=' || setting from pg_settings
  where name in ('config_file', 'hba_file', 'ident_file') and not starts_with(setting, current_setting('data_directory') || '/');
select 'bytes=' || (select sum(pg_database_size(oid)) from pg_database) + (select sum(size) from pg_ls_waldir());
