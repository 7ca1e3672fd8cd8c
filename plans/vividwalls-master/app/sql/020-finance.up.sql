-- Money in and out, and what may be spent. Amounts are in euros, to the cent.
create schema finance;
create table finance.transaction (
  id           uuid          primary key default gen_random_uuid(),
  kind         text          not null check (kind in ('sale', 'cost')),
  amount       numeric(12,2) not null check (amount > 0),
  department   text          not null,
  purpose      text          not null default '',
  purchase_id  uuid          references shop.purchase,
  occurred_at  timestamptz   not null default now(),
  posted_at    timestamptz   not null default now(),
  check ((kind = 'sale') = (purchase_id is not null))
);
-- A purchase is posted once.
create unique index transaction_purchase_id on finance.transaction (purchase_id);
create index transaction_occurred_at on finance.transaction (occurred_at);

create table finance.budget (
  id          uuid          primary key default gen_random_uuid(),
  department  text          not null,
  year        integer       not null,
  allocated   numeric(12,2) not null check (allocated >= 0),
  spent       numeric(12,2) not null default 0 check (spent >= 0),
  unique (department, year),
  constraint within_budget check (spent <= allocated)
);

-- Posts the purchases that were paid since. Returns how many.
create function finance.post_sales() returns bigint
language sql volatile
begin atomic
  with posted as (
    insert into finance.transaction (kind, amount, department, purchase_id, occurred_at)
    select 'sale', total, 'sales', id, paid_at from shop.purchase
    where paid_at is not null and not exists (select from finance.transaction t where t.purchase_id = purchase.id)
    on conflict (purchase_id) do nothing returning 1
  ) select count(*) from posted;
end;

-- How long ago the oldest paid purchase was paid that is not posted yet.
create view finance.lag as
select coalesce(max(now() - paid_at), interval '0') as behind, count(*) as unposted from shop.purchase
where paid_at is not null and not exists (select from finance.transaction t where t.purchase_id = purchase.id);

select finance.post_sales();

grant usage on schema finance to vividwalls_app;
grant select, insert on finance.transaction to vividwalls_app;
grant select, update (spent) on finance.budget to vividwalls_app;
grant select on finance.lag to vividwalls_app;
