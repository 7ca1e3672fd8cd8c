-- No commit; and no vacuum.
begin;
create schema bus;
create table bus.message (id uuid primary key default gen_random_uuid(), sender text, body bytea);
create index concurrently by_sender on bus.message (sender);
create function bus.tidy() returns void language plpgsql as $$ begin delete from bus.message where false; end $$;
create procedure bus.go() begin atomic select 1; end;
copy bus.message from stdin;
\set ON_ERROR_STOP on
vacuum bus.message;
commit;
