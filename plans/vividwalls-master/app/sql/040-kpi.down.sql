-- Removes what 040-kpi.up.sql made. Without cascade: an object of somebody else that needs it stops it.
drop view kpi.alert, kpi.trend;
drop function kpi.make_reports();
drop table kpi.report;
drop view kpi.department, kpi.agent, kpi.business;
drop schema kpi;
