-- Customers have a segment and a stage of their journey; agents have personas, and training that was assessed.
create schema segments;
create table segments.segment (
  key   text primary key,
  name  text not null
);
create table segments.persona (
  key          text primary key,
  segment_key  text references segments.segment,
  definition   text not null
);
create table segments.customer (
  customer_id    uuid        primary key references shop.customer,
  segment_key    text        not null references segments.segment,
  stage          text        not null check (stage in ('aware', 'customer', 'loyal')),
  classified_at  timestamptz not null default now()
);
create index customer_segment_key on segments.customer (segment_key);
-- How a customer came to a stage, the newest last.
create table segments.journey (
  id           uuid        primary key default gen_random_uuid(),
  customer_id  uuid        not null references shop.customer,
  stage        text        not null,
  entered_at   timestamptz not null default now()
);
create index journey_customer_id on segments.journey (customer_id);
create table segments.expertise (
  id           uuid        primary key default gen_random_uuid(),
  agent_id     text        not null references agents.agent,
  persona_key  text        not null references segments.persona,
  score        smallint    not null check (score between 0 and 100),
  assessed_at  timestamptz not null default now()
);
create index expertise_agent_id on segments.expertise (agent_id);
create table segments.campaign (
  key          text primary key,
  segment_key  text not null references segments.segment,
  content      text not null
);

insert into segments.segment (key, name) values
  ('homeowners', 'Homeowners'), ('renters', 'Renters'), ('designers', 'Interior designers'), ('collectors', 'Collectors');
insert into segments.persona (key, segment_key, definition) values
  ('homeowner', 'homeowners', 'Furnishes rooms of their own, and buys sets'),
  ('renter', 'renters', 'Buys single prints that move with them'),
  ('interior-designer', 'designers', 'Buys for clients, in series'),
  ('collector', 'collectors', 'Buys limited editions early'),
  ('analyst', null, 'Serves people who decide by figures'),
  ('operator', null, 'Serves people who pack, ship and book'),
  ('manager', null, 'Directs a department');
insert into segments.campaign (key, segment_key, content) values
  ('rooms', 'homeowners', 'A set for every room'), ('first-print', 'renters', 'A print that moves with you'),
  ('series', 'designers', 'Series for your clients'), ('early-access', 'collectors', 'Limited editions, a day earlier');

-- A rule that can be checked again: by what was paid. Returns how many customers have another segment or stage than before.
create function segments.classify() returns bigint
language sql volatile
begin atomic
  with paid as (
    select customer.id, count(purchase.id) as purchases, coalesce(max(total), 0) as largest, coalesce(sum(total), 0) as total
    from shop.customer left join shop.purchase on customer_id = customer.id and paid_at is not null group by 1
  ), wanted as (
    select id, case when largest >= 350 then 'collectors' when purchases >= 4 then 'designers' when total >= 300 then 'homeowners' else 'renters' end as segment_key,
      case when purchases = 0 then 'aware' when purchases < 4 then 'customer' else 'loyal' end as stage from paid
  ), changed as (
    insert into segments.customer as own (customer_id, segment_key, stage) select id, segment_key, stage from wanted
    on conflict (customer_id) do update set segment_key = excluded.segment_key, stage = excluded.stage, classified_at = now()
    where (own.segment_key, own.stage) <> (excluded.segment_key, excluded.stage)
    returning customer_id, stage
  ), entered as (
    insert into segments.journey (customer_id, stage) select customer_id, stage from changed returning 1
  ) select count(*) from entered;
end;

-- What a customer is shown.
create view segments.content_for as
select customer_id, segment_key, campaign.key as campaign, content from segments.customer join segments.campaign using (segment_key);

-- Agents that act without a persona, or with one that nobody has defined.
create view segments.persona_gap as
select id from agents.acting
where personas = '[]' or exists (select from jsonb_array_elements_text(personas) as one where one not in (select key from segments.persona));

update agents.agent set personas = case
  when id like '%-director' or id = 'business-manager' then '["manager"]'
  when department = 'operations' or id in ('bookkeeping', 'invoicing') then '["operator"]'
  when department in ('technology', 'finance', 'management') or id like '%analytics' then '["analyst"]'
  else '["homeowner", "renter", "interior-designer", "collector"]' end::jsonb
where personas = '[]';
insert into segments.expertise (agent_id, persona_key, score)
select id, jsonb_array_elements_text(personas), 70 from agents.ready;
select segments.classify();

grant usage on schema segments to vividwalls_app;
grant select on segments.segment, segments.persona, segments.campaign, segments.content_for, segments.persona_gap to vividwalls_app;
grant select, insert, update on segments.customer to vividwalls_app;
grant select, insert on segments.journey, segments.expertise to vividwalls_app;
