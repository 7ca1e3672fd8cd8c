-- Each sale is divided among the agents that acted for its purchase, to the cent; a department spends no more than its budget.
create table finance.attribution (
  id              uuid          primary key default gen_random_uuid(),
  transaction_id  uuid          not null references finance.transaction,
  agent_id        text          not null references agents.agent,
  amount          numeric(12,2) not null check (amount >= 0)
);
create index attribution_transaction_id on finance.attribution (transaction_id);
create index attribution_agent_id on finance.attribution (agent_id);

-- Checked at the end of each transaction: the parts of a sale are the sale.
create function finance.check_attribution() returns trigger
language plpgsql
as $$
declare
  sale uuid := case when tg_op = 'DELETE' then old.transaction_id else new.transaction_id end;
begin
  if (select sum(amount) from finance.attribution where transaction_id = sale)
    <> (select amount from finance.transaction where id = sale) then
    raise exception 'the parts of transaction % are not its amount', sale using errcode = 'check_violation';
  end if;
  return null;
end
$$;
create constraint trigger attribution_sum after insert or update of amount, transaction_id or delete on finance.attribution
  deferrable initially deferred for each row execute function finance.check_attribution();

-- Divides the sales that are not divided yet. Every agent that acted on an event of the purchase has an equal part; cents that
-- are left go to those that acted first. The sales director has what nobody acted on. Returns how many parts were made.
create function finance.attribute_sales() returns bigint
language sql volatile
begin atomic
  with sale as (
    select id, amount, purchase_id from finance.transaction t
    where kind = 'sale' and not exists (select from finance.attribution a where a.transaction_id = t.id)
    for update skip locked
  ), touch as (
    select sale.id, action.agent_id, min(acted_at) as first_at
    from sale join agents.event on event.purchase_id = sale.purchase_id join agents.action on action.event_id = event.id group by 1, 2
    union all
    select sale.id, coalesce((select agent_id from agents.alias where name = 'sales-director'), 'sales-director'), now() from sale
    where not exists (select from agents.event join agents.action on action.event_id = event.id where event.purchase_id = sale.purchase_id)
  ), placed as (
    select id, agent_id, row_number() over (partition by id order by first_at, agent_id) as place, count(*) over (partition by id) as parts from touch
  ), made as (
    insert into finance.attribution (transaction_id, agent_id, amount)
    select sale.id, agent_id, (div(amount * 100, parts) + case when place <= mod(amount * 100, parts) then 1 else 0 end) / 100
    from placed join sale using (id) returning 1
  ) select count(*) from made;
end;

-- Spends money of a department. Fails by the constraint within_budget where the budget does not suffice.
create function finance.spend(spender text, wanted numeric, reason text) returns uuid
language plpgsql
as $$
declare
  made uuid;
begin
  if wanted is null or wanted <> round(wanted, 2) then
    raise exception 'an amount has whole cents' using errcode = 'check_violation';
  end if;
  update finance.budget set spent = spent + wanted where department = spender and year = extract(year from now() at time zone 'UTC');
  if not found then
    raise exception 'department % has no budget this year', spender using errcode = 'check_violation';
  end if;
  insert into finance.transaction (kind, amount, department, purpose) values ('cost', wanted, spender, reason) returning id into made;
  return made;
end
$$;

create view finance.commission as
select agent_id, count(*) as sales, sum(amount) as attributed, round(sum(amount) * 0.05, 2) as commission from finance.attribution group by 1;
create view finance.budget_alert as
select department, year, allocated, spent, round(100 * spent / allocated, 1) as percent from finance.budget
where allocated > 0 and spent >= 0.8 * allocated;
-- Sales whose parts are not their amount.
create view finance.misattributed as
select t.id, t.amount, coalesce(sum(a.amount), 0) as attributed
from finance.transaction t left join finance.attribution a on a.transaction_id = t.id
where kind = 'sale' group by t.id having coalesce(sum(a.amount), 0) <> t.amount;

insert into finance.budget (department, year, allocated)
select department, year, 10000 from (select distinct department from agents.agent) as departments,
  generate_series(extract(year from now())::integer, extract(year from now())::integer + 1) as year;
select finance.attribute_sales();

grant select, insert on finance.attribution to vividwalls_app;
-- To lock the sales that are being divided.
grant update (posted_at) on finance.transaction to vividwalls_app;
grant select on finance.commission, finance.budget_alert, finance.misattributed to vividwalls_app;
