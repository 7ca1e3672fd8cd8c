-- Removes what 030-segments.up.sql made. Without cascade: an object of somebody else that needs it stops it.
drop view segments.persona_gap, segments.content_for;
drop function segments.classify();
drop table segments.campaign, segments.expertise, segments.journey, segments.customer, segments.persona, segments.segment;
drop schema segments;
update agents.agent set personas = '[]' where batch is null;
