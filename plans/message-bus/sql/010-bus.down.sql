-- Removes what 010-bus.up.sql made. Without cascade: an object of somebody else in the schema stops it.
drop view bus.flow_by_size;
drop view bus.flow_by_minute;
drop view bus.flow;
drop table bus.observation;
drop table bus.cleaning;
drop table bus.message;
drop function bus.project(text);
drop schema bus;
