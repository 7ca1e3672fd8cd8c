-- What is there before the twelve weeks: 48 agents that all talk to each other, and the shop whose events they act on.
create schema shop;
create table shop.customer (
  id         uuid        primary key default gen_random_uuid(),
  email      text        not null unique,
  joined_at  timestamptz not null default now()
);
create table shop.purchase (
  id           uuid          primary key default gen_random_uuid(),
  customer_id  uuid          not null references shop.customer,
  total        numeric(10,2) not null check (total > 0),
  placed_at    timestamptz   not null default now(),
  paid_at      timestamptz
);

create schema agents;
create table agents.agent (
  id          text primary key,
  name        text not null,
  department  text not null
);
create table agents.knowledge (
  id        bigint generated always as identity primary key,
  agent_id  text not null references agents.agent,
  topic     text not null,
  content   text not null
);
create table agents.path (
  sender    text not null references agents.agent,
  receiver  text not null references agents.agent,
  primary key (sender, receiver)
);
create table agents.event (
  id           uuid        primary key,
  agent_id     text        not null references agents.agent,
  topic        text        not null,
  purchase_id  uuid        references shop.purchase,
  payload      jsonb       not null,
  received_at  timestamptz not null default now()
);
-- One action to each event: a second agent that acts on it meets this key.
create table agents.action (
  event_id  uuid        primary key references agents.event,
  agent_id  text        not null references agents.agent,
  outcome   text        not null,
  acted_at  timestamptz not null default now()
);
create index action_agent_id on agents.action (agent_id);

insert into agents.agent (id, name, department)
select id, initcap(replace(id, '-', ' ')), department
from (values
  ('business-manager', 'management'), ('orchestration', 'technology'), ('technology-director', 'technology'),
  ('data-engineering', 'technology'), ('security', 'technology'), ('compliance', 'management'),
  ('marketing-director', 'marketing'), ('seo', 'marketing'), ('paid-ads', 'marketing'), ('partnerships', 'marketing'),
  ('sales-director', 'sales'), ('operations-director', 'operations'), ('finance-director', 'finance'),
  ('product-director', 'product'), ('art-curator', 'product'), ('customer-director', 'customer'),
  ('facebook', 'marketing'), ('instagram', 'marketing'), ('pinterest', 'marketing'),
  ('sales-homeowners', 'sales'), ('sales-renters', 'sales'), ('sales-designers', 'sales'), ('sales-collectors', 'sales'),
  ('web-analytics', 'technology'), ('sales-analytics', 'sales'), ('customer-analytics', 'customer'),
  ('email', 'marketing'), ('sms', 'marketing'), ('newsletter', 'marketing'),
  ('blog', 'marketing'), ('video', 'marketing'), ('copywriting', 'marketing'),
  ('targeting', 'marketing'), ('recommendations', 'sales'),
  ('inventory', 'operations'), ('fulfillment', 'operations'), ('shipping', 'operations'),
  ('suppliers', 'operations'), ('purchasing', 'operations'),
  ('returns', 'customer'), ('chat-support', 'customer'), ('mail-support', 'customer'),
  ('bookkeeping', 'finance'), ('invoicing', 'finance'), ('budgeting', 'finance'), ('cost-control', 'finance'),
  ('pricing', 'product'), ('promotions', 'product')
) as day_one (id, department);

insert into agents.path (sender, receiver) select s.id, r.id from agents.agent s cross join agents.agent r;
insert into agents.knowledge (agent_id, topic, content)
select id, 'topic ' || n, format('What %s knows about topic %s', name, n)
from agents.agent cross join generate_series(1, 10) as n order by id, n;

insert into shop.customer (id, email, joined_at)
select md5('customer-' || n)::uuid, format('customer-%s@example.org', n), timestamptz '2026-01-01 00:00Z' + n * interval '1 day'
from generate_series(1, 60) as n;
insert into shop.purchase (id, customer_id, total, placed_at, paid_at)
select md5('purchase-' || n)::uuid, md5('customer-' || 1 + (n * 13 + n / 60) % 45)::uuid, 19.99 + n * 7 % 400 + n % 100 * 0.01,
  timestamptz '2026-03-01 00:00Z' + n * interval '7 hours',
  case when n % 10 <> 0 then timestamptz '2026-03-01 01:00Z' + n * interval '7 hours' end
from generate_series(1, 200) as n;

with numbered as (select id, row_number() over (order by id) - 1 as place from agents.agent)
insert into agents.event (id, agent_id, topic, purchase_id, payload, received_at)
select md5('event-' || n)::uuid, numbered.id, numbered.id || '.asked',
  case when n <= 1200 then md5('purchase-' || 1 + n % 200)::uuid end,
  jsonb_build_object('number', n), timestamptz '2026-03-01 00:30Z' + n * interval '1 hour'
from generate_series(1, 2000) as n join numbered on place = (n * 7 + n / 48) % 48;
insert into agents.action (event_id, agent_id, outcome, acted_at)
select id, agent_id, 'answered', received_at + interval '1 second' from agents.event;

grant usage on schema shop, agents to vividwalls_app;
grant select on agents.agent, agents.knowledge, agents.path to vividwalls_app;
grant select, insert on agents.event, agents.action, shop.customer, shop.purchase to vividwalls_app;
grant update (paid_at) on shop.purchase to vividwalls_app;
