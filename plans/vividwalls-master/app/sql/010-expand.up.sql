-- Agents get personas, capabilities and successors. Every column has a default, so the version that serves goes on.
-- A batch is a group of agents with successors. rollout says how many of 100 events of its agents the successors act on.
create table agents.rollout (
  batch       integer     primary key,
  percent     smallint    not null check (percent between 0 and 100),
  changed_at  timestamptz not null default now()
);

alter table agents.agent
  add column personas       jsonb   not null default '[]' check (jsonb_typeof(personas) = 'array'),
  add column capabilities   jsonb   not null default '[]' check (jsonb_typeof(capabilities) = 'array'),
  -- The batch that made this agent; null for those of the first day.
  add column batch          integer references agents.rollout,
  add column superseded_by  text    references agents.agent check (superseded_by <> id);

-- Names of agents that were archived, for who still writes to them.
create table agents.alias (
  name      text primary key,
  agent_id  text not null references agents.agent
);

-- An agent that was about to act on an event on which another had acted in the meantime. There should be none.
create table agents.double_action (
  id         uuid        primary key default gen_random_uuid(),
  event_id   uuid        not null references agents.event,
  agent_id   text        not null,
  noticed_at timestamptz not null default now()
);

-- Rows of successors that the withdrawal of a batch gave to their predecessors.
create table agents.given_back (
  id        uuid        primary key default gen_random_uuid(),
  batch     integer     not null,
  relation  text        not null,
  amount    bigint      not null,
  given_at  timestamptz not null default now()
);

-- The agents that remain at the end, and the paths among them.
create view agents.ready as select * from agents.agent where superseded_by is null;
create view agents.ready_path as
select path.* from agents.path join agents.ready s on s.id = sender join agents.ready r on r.id = receiver;

-- The agents that act on events now, and the paths among them.
create view agents.acting as
select agent.* from agents.agent
left join agents.rollout own on own.batch = agent.batch
left join agents.agent successor on successor.id = agent.superseded_by
left join agents.rollout next on next.batch = successor.batch
where coalesce(own.percent, 100) > 0 and coalesce(next.percent, 0) < 100;
create view agents.acting_path as
select path.* from agents.path join agents.acting s on s.id = sender join agents.acting r on r.id = receiver;

-- What each agent of the end knows: its own knowledge and that of its predecessors. Each row of knowledge is in it once.
create view agents.known as
select knowledge.id, coalesce(superseded_by, agent.id) as agent_id, agent_id as learned_by, topic, content
from agents.knowledge join agents.agent on agent.id = agent_id;

-- What the consolidation would lose: knowledge that is known by no agent of the end, or more than once; predecessors whose successor
-- has itself a successor; pairs of agents of the end without a path.
create view agents.not_conserved as
select 'knowledge' as what, k.id::text as which from agents.knowledge k
where (select count(*) from agents.known join agents.ready on ready.id = agent_id where known.id = k.id) <> 1
union all
select 'agent', a.id from agents.agent a join agents.agent s on s.id = a.superseded_by where s.superseded_by is not null
union all
select 'path', s.id || ' to ' || r.id from agents.ready s cross join agents.ready r
where not exists (select from agents.path where sender = s.id and receiver = r.id);

-- An event's place among 100, the same each time.
create function agents.bucket(event uuid) returns integer
language sql immutable parallel safe
return (('x' || substr(md5(event::text), 1, 8))::bit(32)::bigint % 100)::integer;

-- The agent that acts on an event that was sent to `addressee`, or null if there is no such agent.
create function agents.actor_of(event uuid, addressee text) returns text
language sql stable
return (
  select case when agents.bucket(event) < coalesce(rollout.percent, 0) then successor.id else agent.id end
  from agents.agent
  left join agents.agent successor on successor.id = agent.superseded_by
  left join agents.rollout on rollout.batch = successor.batch
  where agent.id = coalesce((select agent_id from agents.alias where name = addressee), addressee)
);

-- Gives the successors of a batch the paths of their predecessors.
create function agents.connect(wanted integer) returns void
language plpgsql
as $$
begin
  insert into agents.path (sender, receiver)
  select distinct successor.id, receiver
  from agents.path join agents.agent on agent.id = sender join agents.agent successor on successor.id = agent.superseded_by
  where successor.batch = wanted on conflict do nothing;
  insert into agents.path (sender, receiver)
  select distinct sender, successor.id
  from agents.path join agents.agent on agent.id = receiver join agents.agent successor on successor.id = agent.superseded_by
  where successor.batch = wanted on conflict do nothing;
end
$$;

-- Removes the successors of a batch. What was written under their names since goes to the first of their predecessors, by
-- name, in every table that refers to agents, and is counted.
create function agents.withdraw(wanted integer) returns void
language plpgsql
as $$
declare
  reference record;
  amount bigint;
begin
  for reference in
    select conrelid::regclass as relation, attname as field
    from pg_catalog.pg_constraint join pg_catalog.pg_attribute on attrelid = conrelid and attnum = conkey[1]
    where contype = 'f' and confrelid = 'agents.agent'::regclass
      and conrelid not in ('agents.agent'::regclass, 'agents.path'::regclass)
    order by 1, 2
  loop
    execute format(
      'update %1$s as own set %2$I = first.id from (
        select superseded_by, min(id) as id from agents.agent
        where superseded_by in (select id from agents.agent where batch = $1) group by 1) as first
      where own.%2$I = first.superseded_by', reference.relation, reference.field) using wanted;
    get diagnostics amount = row_count;
    if amount > 0 then
      insert into agents.given_back (batch, relation, amount) values (wanted, reference.relation::text, amount);
    end if;
  end loop;
  delete from agents.path using agents.agent where agent.batch = wanted and agent.id in (sender, receiver);
  update agents.agent set superseded_by = null where superseded_by in (select id from agents.agent where batch = wanted);
  delete from agents.agent where batch = wanted;
  delete from agents.rollout where batch = wanted;
end
$$;

grant select on agents.rollout, agents.alias, agents.ready, agents.ready_path, agents.acting, agents.acting_path, agents.known
  to vividwalls_app;
grant select, insert on agents.double_action to vividwalls_app;
