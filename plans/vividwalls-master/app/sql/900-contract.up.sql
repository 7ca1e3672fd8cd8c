-- Agents that have successors, and their paths, go to the schema archive. Nothing is dropped: what named one of them names its
-- successor, and the archive says which name it had.
create schema archive;
-- Readers go on, writers wait: a row that came in between would still name an agent that goes. In the order in which the program writes.
lock table agents.event, agents.action, agents.knowledge, agents.path, finance.attribution, segments.expertise in share row exclusive mode;
create table archive.agent as select * from agents.agent where superseded_by is not null;
alter table archive.agent add primary key (id);
create table archive.path as
select path.* from agents.path where sender in (select id from archive.agent) or receiver in (select id from archive.agent);
alter table archive.path add primary key (sender, receiver);
create table archive.origin (
  relation  text not null,
  key       text not null,
  agent_id  text not null,
  primary key (relation, key)
);

-- Gives the rows that name an archived agent to its successor, or back. `field` is the column that names agents, `key` the table's key.
create function archive.rename(relation regclass, field name, key name) returns void
language plpgsql
as $$
begin
  execute format('insert into archive.origin (relation, key, agent_id)
    select %L, own.%I::text, own.%I from %s as own join archive.agent on agent.id = own.%3$I', relation, key, field, relation);
  execute format('update %s as own set %I = agent.superseded_by from archive.agent where own.%2$I = agent.id', relation, field);
end
$$;
create function archive.rename_back(relation regclass, field name, key name) returns void
language plpgsql
as $$
begin
  execute format('update %s as own set %I = origin.agent_id from archive.origin where origin.relation = %L and own.%I::text = origin.key',
    relation, field, relation, key);
end
$$;
-- Moves the agents out of the tables, or back.
create function archive.take() returns void
language plpgsql
as $$
begin
  delete from agents.path using archive.path as gone where (path.sender, path.receiver) = (gone.sender, gone.receiver);
  delete from agents.agent using archive.agent as gone where agent.id = gone.id;
end
$$;
create function archive.put_back() returns void
language plpgsql
as $$
begin
  insert into agents.agent select * from archive.agent;
  insert into agents.path select * from archive.path;
end
$$;

select archive.rename('agents.knowledge', 'agent_id', 'id');
select archive.rename('agents.event', 'agent_id', 'id');
select archive.rename('agents.action', 'agent_id', 'event_id');
select archive.rename('finance.attribution', 'agent_id', 'id');
select archive.rename('segments.expertise', 'agent_id', 'id');
insert into agents.alias (name, agent_id) select id, superseded_by from archive.agent;
select archive.take();
