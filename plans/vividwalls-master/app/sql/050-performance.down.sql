-- Removes what 050-performance.up.sql made. Without cascade: an object of somebody else that needs it stops it.
drop index agents.event_purchase_id, agents.event_received_at;
drop function performance.refresh();
drop table performance.refreshed;
drop materialized view performance.customer_journey_funnel, performance.revenue_by_segment, performance.agent_performance_daily;
drop schema performance;
