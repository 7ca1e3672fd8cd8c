-- begin; commit; vacuum;
create schema bus;
create table bus.message (id uuid primary key default gen_random_uuid(), sender text, body bytea);
create index by_sender on bus.message (sender);
comment on table bus.message is 'commit; \set';
create function bus.tidy() returns void language plpgsql as $$ begin perform 1; commit; end; $$;
