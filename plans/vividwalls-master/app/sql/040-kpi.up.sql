-- Key figures, and the reports made of them. A trend is a report beside the one before it.
create schema kpi;
create view kpi.business as
select (occurred_at at time zone 'UTC')::date as day, count(*) filter (where kind = 'sale') as sales,
  coalesce(sum(amount) filter (where kind = 'sale'), 0) as revenue, coalesce(sum(amount) filter (where kind = 'cost'), 0) as costs
from finance.transaction group by 1;
create view kpi.agent as
select agent.id, department, count(action.event_id) as actions,
  count(action.event_id) filter (where acted_at >= now() - interval '1 day') as actions_of_a_day,
  coalesce((select sum(amount) from finance.attribution where agent_id = agent.id), 0) as attributed
from agents.acting as agent left join agents.action on action.agent_id = agent.id group by 1, 2;
create view kpi.department as
select department, count(*) as agents, sum(actions) as actions, sum(attributed) as attributed from kpi.agent group by 1;

create table kpi.report (
  id         uuid        primary key default gen_random_uuid(),
  kind       text        not null check (kind in ('daily', 'weekly', 'monthly')),
  starts_on  date        not null,
  body       jsonb       not null,
  made_at    timestamptz not null default now(),
  unique (kind, starts_on)
);

-- Makes the reports of the last day, week and month that ended, in UTC. Returns how many were made.
create function kpi.make_reports() returns bigint
language sql volatile
begin atomic
  with period as (
    select kind, date_trunc(unit, now() at time zone 'UTC') - ('1 ' || unit)::interval as starts, date_trunc(unit, now() at time zone 'UTC') as ends
    from (values ('daily', 'day'), ('weekly', 'week'), ('monthly', 'month')) as kinds (kind, unit)
  ), made as (
    insert into kpi.report (kind, starts_on, body)
    select kind, starts::date, jsonb_build_object(
      'revenue', (select coalesce(sum(revenue), 0) from kpi.business where day >= starts and day < ends),
      'costs', (select coalesce(sum(costs), 0) from kpi.business where day >= starts and day < ends),
      'sales', (select coalesce(sum(sales), 0) from kpi.business where day >= starts and day < ends),
      'actions', (select count(*) from agents.action where acted_at at time zone 'UTC' >= starts and acted_at at time zone 'UTC' < ends),
      'agents', (select count(*) from agents.acting))
    from period on conflict (kind, starts_on) do nothing returning 1
  ) select count(*) from made;
end;

create view kpi.trend as
select kind, starts_on, body, lag(body) over (partition by kind order by starts_on) as before from kpi.report;
-- What somebody should look at now.
create view kpi.alert as
select 'budget' as what, format('%s has spent %s %% of %s', department, percent, allocated) as text from finance.budget_alert
union all
select 'reporting', format('%s sales are not posted since %s', unposted, behind) from finance.lag where behind > interval '5 minutes'
union all
select 'double action', format('event %s, agent %s', event_id, agent_id) from agents.double_action where noticed_at > now() - interval '1 day';

select kpi.make_reports();

grant usage on schema kpi to vividwalls_app;
grant select on kpi.business, kpi.agent, kpi.department, kpi.trend, kpi.alert to vividwalls_app;
grant select, insert on kpi.report to vividwalls_app;
