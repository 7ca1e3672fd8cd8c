-- Puts the archived agents and their paths back, and gives them what they had.
delete from agents.alias;
select archive.put_back();
select archive.rename_back('agents.knowledge', 'agent_id', 'id');
select archive.rename_back('agents.event', 'agent_id', 'id');
select archive.rename_back('agents.action', 'agent_id', 'event_id');
select archive.rename_back('finance.attribution', 'agent_id', 'id');
select archive.rename_back('segments.expertise', 'agent_id', 'id');
drop function archive.put_back(), archive.take(), archive.rename_back(regclass, name, name), archive.rename(regclass, name, name);
drop table archive.origin, archive.path, archive.agent;
drop schema archive;
