-- Opens the transaction of a migration or of its undo. Variables of psql: application, lock_timeout.
\encoding UTF8
set client_min_messages = warning;
set search_path = pg_catalog;
set standard_conforming_strings = on;
set statement_timeout = 0;
set idle_in_transaction_session_timeout = 0;
set session_replication_role = origin;
set track_counts = on;
set quote_all_identifiers = off;
set application_name = :'application';
-- What an earlier attempt of this step left running. Its input has ended, so it could not commit.
select count(pg_terminate_backend(pid)) as ended from pg_stat_activity
where application_name = :'application' and pid <> pg_backend_pid() \gset
begin isolation level read committed read write;
-- One migration at a time in a database. Nobody else waits for this lock.
\echo at=ledger
set local lock_timeout = '600s';
select pg_advisory_xact_lock(7311436922113);
set local lock_timeout = :'lock_timeout';
\echo at=begin
