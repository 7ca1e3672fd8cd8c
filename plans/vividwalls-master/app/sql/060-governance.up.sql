-- Input is validated, changes leave a trail, and what should agree is compared.
alter table agents.event
  add constraint valid_topic check (topic ~ '^[a-z0-9][a-z0-9.-]{0,99}$'),
  add constraint valid_payload check (jsonb_typeof(payload) = 'object' and octet_length(payload::text) <= 100000);
alter table finance.transaction add constraint valid_purpose check (length(purpose) <= 200 and (kind = 'sale' or purpose <> ''));

create schema governance;
-- A row to each change of an audited table. Only the trigger writes here, as the owner.
create table governance.change (
  id         bigint generated always as identity primary key,
  relation   text        not null,
  operation  text        not null check (operation in ('INSERT', 'UPDATE', 'DELETE')),
  key        text        not null,
  before     jsonb,
  after      jsonb,
  made_by    text        not null,
  made_at    timestamptz not null default clock_timestamp()
);
create index change_key on governance.change (relation, key);
create function governance.record_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  old_row jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  new_row jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
begin
  if old_row is distinct from new_row then
    insert into governance.change (relation, operation, key, before, after, made_by)
    values (format('%I.%I', tg_table_schema, tg_table_name), tg_op, coalesce(new_row, old_row) ->> tg_argv[0], old_row, new_row,
      session_user || coalesce(' by ' || nullif(current_setting('application_name'), ''), ''));
  end if;
  return null;
end
$$;
create trigger audited after insert or update or delete on agents.agent for each row execute function governance.record_change('id');
create trigger audited after insert or update or delete on agents.rollout for each row execute function governance.record_change('batch');
create trigger audited after insert or update or delete on finance.transaction for each row execute function governance.record_change('id');
create trigger audited after insert or update or delete on finance.attribution for each row execute function governance.record_change('id');
create trigger audited after insert or update or delete on finance.budget for each row execute function governance.record_change('id');
create trigger audited after insert or update or delete on segments.customer for each row execute function governance.record_change('customer_id');

-- When the trail began, and what was there then.
create table governance.audit_start (
  relation    text        primary key,
  amount      bigint      not null,
  started_at  timestamptz not null default now()
);
insert into governance.audit_start (relation, amount)
select 'agents.agent', count(*) from agents.agent union all select 'agents.rollout', count(*) from agents.rollout
union all select 'finance.transaction', count(*) from finance.transaction union all select 'finance.attribution', count(*) from finance.attribution
union all select 'finance.budget', count(*) from finance.budget union all select 'segments.customer', count(*) from segments.customer;
-- Tables whose rows are not those of the start, with the recorded inserts and without the recorded deletes.
create view governance.unaudited as
select relation, rows_now.amount as found, audit_start.amount + recorded.net as expected
from governance.audit_start
join (
  select 'agents.agent' as relation, count(*) as amount from agents.agent union all select 'agents.rollout', count(*) from agents.rollout
  union all select 'finance.transaction', count(*) from finance.transaction union all select 'finance.attribution', count(*) from finance.attribution
  union all select 'finance.budget', count(*) from finance.budget union all select 'segments.customer', count(*) from segments.customer
) as rows_now using (relation)
cross join lateral (
  select count(*) filter (where operation = 'INSERT') - count(*) filter (where operation = 'DELETE') as net
  from governance.change where change.relation = audit_start.relation
) as recorded
where rows_now.amount <> audit_start.amount + recorded.net;

create table governance.access (
  id       bigint generated always as identity primary key,
  what     text        not null,
  read_by  text        not null,
  read_at  timestamptz not null default now()
);

-- What should agree between tables, with what it differs by. Zero everywhere is right.
create view governance.reconciliation as
select 'events without an action after a minute' as what, count(*)::numeric as difference
from agents.event left join agents.action on event_id = id where event_id is null and received_at < now() - interval '1 minute'
union all select 'paid purchases that are not posted after 5 minutes', count(*) from shop.purchase p
where paid_at < now() - interval '5 minutes' and not exists (select from finance.transaction t where t.purchase_id = p.id)
union all select 'sales whose amount is not that of the purchase', count(*) from finance.transaction t join shop.purchase p on p.id = purchase_id where amount <> total
union all select 'sales whose parts are not their amount', count(*) from finance.misattributed m join finance.transaction using (id) where posted_at < now() - interval '1 minute'
union all select 'spent money without a transaction', (select sum(spent) from finance.budget) - coalesce((select sum(amount) from finance.transaction where kind = 'cost'), 0)
union all select 'knowledge, agents or paths that are not conserved', count(*) from agents.not_conserved
union all select 'agents without a known persona', count(*) from segments.persona_gap
union all select 'customers without a segment', count(*) from shop.customer c where joined_at < now() - interval '5 minutes' and not exists (select from segments.customer where customer_id = c.id);

-- Corrects what can be corrected by doing again what was left out. Returns what it did.
create function governance.correct() returns jsonb
language plpgsql
as $$
begin
  return jsonb_build_object('posted', finance.post_sales(), 'attributed', finance.attribute_sales(), 'classified', segments.classify());
end
$$;

grant usage on schema governance to vividwalls_app;
grant select on governance.change, governance.unaudited, governance.reconciliation to vividwalls_app;
grant select, insert on governance.access to vividwalls_app;
