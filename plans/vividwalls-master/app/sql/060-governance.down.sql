-- Removes what 060-governance.up.sql made. Without cascade: an object of somebody else that needs it stops it.
drop function governance.correct();
drop view governance.reconciliation, governance.unaudited;
drop trigger audited on segments.customer;
drop trigger audited on finance.budget;
drop trigger audited on finance.attribution;
drop trigger audited on finance.transaction;
drop trigger audited on agents.rollout;
drop trigger audited on agents.agent;
drop function governance.record_change();
drop table governance.access, governance.audit_start, governance.change;
drop schema governance;
alter table finance.transaction drop constraint valid_purpose;
alter table agents.event drop constraint valid_payload, drop constraint valid_topic;
