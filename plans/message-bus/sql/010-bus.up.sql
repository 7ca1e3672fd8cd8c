-- The message bus. Needs the roles bus_owner, bus_app and anon, and PostgreSQL 15 or later (views with the rights of their reader).
-- One MB is 1,048,576 bytes. All sums are SHA-256 over the raw bytes of a message, before compression.

create schema bus authorization bus_owner;

create table bus.message (
  id               uuid        primary key,
  created_at       timestamptz not null default now(),
  expires_at       timestamptz not null,
  message_type     text        not null check (length(message_type) between 1 and 50),
  source           text        not null check (length(source) between 1 and 100),
  session_id       text        check (length(session_id) between 1 and 100),
  request_id       text        check (length(request_id) between 1 and 100),
  -- The bytes as sent, or their gzip. JSONB would rewrite them, and a sum could never match.
  body             bytea       not null,
  body_sha256      bytea       not null check (length(body_sha256) = 32),
  body_bytes       bigint      not null check (body_bytes >= 0),
  compression      text        not null check (compression in ('none', 'gzip')),
  -- For queries. Null if the bytes are no JSON that jsonb can hold (\u0000), or too long to be worth a second copy.
  projection       jsonb,
  status           text        not null default 'pending' check (status in ('pending', 'delivered', 'error')),
  retrieved_at     timestamptz,
  retrieved_count  integer     not null default 0,
  metadata         jsonb       not null default '{}'
);
-- The bodies are compressed by the sender. A small body and its projection stay in the row: a second table would cost a second write.
alter table bus.message alter column body set storage external;
alter table bus.message set (toast_tuple_target = 8160);

create index message_created_at on bus.message (created_at);
create index message_expires_at on bus.message (expires_at);
create index message_session_id on bus.message (session_id, request_id);

-- What the watcher saw of each message. A row goes with its message.
create table bus.observation (
  message_id   uuid        primary key references bus.message on delete cascade,
  observed_at  timestamptz not null default now(),
  verdict      text        not null check (verdict in ('intact', 'damaged')),
  body_bytes   bigint      not null,
  delay_ms     bigint      not null
);
create index observation_verdict on bus.observation (verdict) where verdict = 'damaged';

-- One row: what the cleaner removed since the beginning.
create table bus.cleaning (
  only_row           boolean     primary key default true check (only_row),
  ran_at             timestamptz,
  removed_delivered  bigint      not null default 0,
  removed_expired    bigint      not null default 0
);
insert into bus.cleaning default values;

-- Returns null for a text that jsonb cannot hold, so that a message is stored in any case.
create function bus.project(body text) returns jsonb
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return body::jsonb;
exception when others then
  return null;
end
$$;

-- The flow from sender to watcher, as counts of the rows that are there.
create view bus.flow with (security_invoker = true) as
select
  count(*)                                                          as messages,
  count(*) filter (where m.status = 'pending')                      as pending,
  count(*) filter (where m.status = 'delivered')                    as delivered,
  count(*) filter (where m.status = 'error')                        as errors,
  count(o.message_id)                                               as observed,
  count(*) filter (where o.verdict = 'damaged')                     as damaged,
  coalesce(sum(m.body_bytes), 0)                                    as bytes,
  coalesce(sum(length(m.body)), 0)                                  as stored_bytes,
  coalesce(max(m.body_bytes), 0)                                    as largest_bytes,
  count(*) filter (where m.metadata->>'path' = 'inline')            as inline,
  count(*) filter (where m.expires_at < now())                      as expired,
  coalesce(extract(epoch from now() - min(m.created_at) filter (where m.status = 'pending')), 0)::float8
                                                                    as oldest_pending_seconds,
  coalesce(extract(epoch from now() - min(m.created_at) filter (where o.message_id is null)), 0)::float8
                                                                    as oldest_unobserved_seconds
from bus.message m left join bus.observation o on o.message_id = m.id;

-- The last hour, by the minute; minutes without a message have a row too.
create view bus.flow_by_minute with (security_invoker = true) as
select
  minute,
  count(m.id)                                       as messages,
  count(m.id) filter (where m.status = 'delivered') as delivered,
  count(o.message_id)                               as observed,
  count(m.id) filter (where m.status = 'error')     as errors,
  coalesce(sum(m.body_bytes), 0)                    as bytes
from generate_series(date_trunc('minute', now()) - interval '59 minutes', date_trunc('minute', now()), interval '1 minute') minute
left join bus.message m on m.created_at >= minute and m.created_at < minute + interval '1 minute'
left join bus.observation o on o.message_id = m.id
group by minute;

-- Messages by size, in classes from 1 KB to above 10 MB.
create view bus.flow_by_size with (security_invoker = true) as
select size_class, upper_bytes, count(m.id) as messages, coalesce(sum(m.body_bytes), 0) as bytes
from (values
  ('up to 1 KB', -1::bigint, 1024::bigint),
  ('up to 10 KB', 1024, 10240),
  ('up to 100 KB', 10240, 102400),
  ('up to 1 MB', 102400, 1048576),
  ('up to 10 MB', 1048576, 10485760),
  ('above 10 MB', 10485760, null)
) as class (size_class, lower_bytes, upper_bytes)
left join bus.message m on m.body_bytes > lower_bytes and (upper_bytes is null or m.body_bytes <= upper_bytes)
group by size_class, upper_bytes;

alter table bus.message owner to bus_owner;
alter table bus.observation owner to bus_owner;
alter table bus.cleaning owner to bus_owner;
alter function bus.project(text) owner to bus_owner;
alter view bus.flow owner to bus_owner;
alter view bus.flow_by_minute owner to bus_owner;
alter view bus.flow_by_size owner to bus_owner;

-- Forced: the owner is held to the policies too. Only bus_app has one.
alter table bus.message enable row level security;
alter table bus.message force row level security;
alter table bus.observation enable row level security;
alter table bus.observation force row level security;
alter table bus.cleaning enable row level security;
alter table bus.cleaning force row level security;
create policy bus_app on bus.message to bus_app using (true) with check (true);
create policy bus_app on bus.observation to bus_app using (true) with check (true);
create policy bus_app on bus.cleaning to bus_app using (true) with check (true);

-- Default privileges of the database may have granted something.
revoke all on schema bus from public, anon;
revoke all on all tables in schema bus from public, anon;
revoke all on all functions in schema bus from public, anon;
grant usage on schema bus to bus_app;
grant select, insert, update, delete on bus.message, bus.observation to bus_app;
grant select, update on bus.cleaning to bus_app;
grant select on bus.flow, bus.flow_by_minute, bus.flow_by_size to bus_app;
grant execute on function bus.project(text) to bus_app;
