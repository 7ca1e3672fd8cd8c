-- Removes what 010-expand.up.sql made. Without cascade: an object of somebody else that needs it stops it.
drop function agents.withdraw(integer), agents.connect(integer), agents.actor_of(uuid, text), agents.bucket(uuid);
drop view agents.not_conserved, agents.known, agents.acting_path, agents.acting, agents.ready_path, agents.ready;
drop table agents.given_back, agents.double_action, agents.alias;
alter table agents.agent
  drop column superseded_by, drop column batch, drop column capabilities, drop column personas;
drop table agents.rollout;
