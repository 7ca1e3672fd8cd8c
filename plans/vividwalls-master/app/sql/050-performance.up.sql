-- Figures that are read often are computed ahead. Each has a unique index, so that a refresh does not lock its readers out.
create schema performance;
create materialized view performance.agent_performance_daily as
select agent_id, (acted_at at time zone 'UTC')::date as day, count(*) as actions from agents.action group by 1, 2;
create unique index agent_performance_daily_key on performance.agent_performance_daily (agent_id, day);
create materialized view performance.revenue_by_segment as
select segment_key, count(*) as sales, sum(amount) as revenue
from finance.transaction join shop.purchase on purchase.id = purchase_id join segments.customer using (customer_id) where kind = 'sale' group by 1;
create unique index revenue_by_segment_key on performance.revenue_by_segment (segment_key);
create materialized view performance.customer_journey_funnel as
select stage, count(*) as customers from segments.customer group by 1;
create unique index customer_journey_funnel_key on performance.customer_journey_funnel (stage);

-- One row: when the views were last refreshed.
create table performance.refreshed (
  only_row  boolean     primary key default true check (only_row),
  at        timestamptz not null default now()
);
insert into performance.refreshed default values;

-- Refreshes all views beside their readers. Only the owner of a view may refresh it.
create function performance.refresh() returns timestamptz
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  refresh materialized view concurrently performance.agent_performance_daily;
  refresh materialized view concurrently performance.revenue_by_segment;
  refresh materialized view concurrently performance.customer_journey_funnel;
  update performance.refreshed set at = clock_timestamp();
  return (select at from performance.refreshed);
end
$$;
revoke execute on function performance.refresh() from public;

-- What customers and events are looked up by.
create index event_purchase_id on agents.event (purchase_id);
create index event_received_at on agents.event (received_at);

grant usage on schema performance to vividwalls_app;
grant select on performance.agent_performance_daily, performance.revenue_by_segment, performance.customer_journey_funnel, performance.refreshed
  to vividwalls_app;
grant execute on function performance.refresh() to vividwalls_app;
