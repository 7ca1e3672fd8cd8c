-- Limited editions: each number is sold once, collectors may buy earlier, and the price rises as copies become scarce.
create schema business;
create table business.edition (
  id          uuid          primary key default gen_random_uuid(),
  artwork     text          not null unique,
  size        integer       not null check (size between 1 and 1000),
  sold        integer       not null default 0,
  base_price  numeric(10,2) not null check (base_price > 0),
  unit_cost   numeric(10,2) not null check (unit_cost >= 0),
  collectors_from  timestamptz not null default now(),
  everybody_from   timestamptz not null default now() + interval '1 day',
  constraint within_size check (sold between 0 and size),
  check (everybody_from >= collectors_from)
);
create table business.copy (
  edition_id   uuid          not null references business.edition,
  number       integer       not null,
  customer_id  uuid          not null references shop.customer,
  price        numeric(10,2) not null,
  sold_at      timestamptz   not null default now(),
  primary key (edition_id, number)
);
create index copy_customer_id on business.copy (customer_id);

-- Up to half as much again for the last copy.
create function business.price(base numeric, sold integer, size integer) returns numeric
language sql immutable parallel safe
return round(base * (1 + 0.5 * sold / size), 2);

-- Sells one copy. Returns its number. Fails with check_violation where none is left, or where the buyer has to wait.
create function business.buy(wanted uuid, buyer uuid) returns integer
language plpgsql
as $$
declare
  one business.edition;
begin
  select * into one from business.edition where id = wanted for update;
  if not found then
    raise exception 'there is no such edition' using errcode = 'no_data_found';
  end if;
  if one.sold >= one.size then
    raise exception 'the edition is sold out' using errcode = 'check_violation';
  end if;
  if now() < one.collectors_from or now() < one.everybody_from
    and not exists (select from segments.customer where customer_id = buyer and segment_key = 'collectors') then
    raise exception 'the edition is not on sale yet' using errcode = 'check_violation';
  end if;
  update business.edition set sold = sold + 1 where id = wanted;
  insert into business.copy (edition_id, number, customer_id, price)
  values (wanted, one.sold + 1, buyer, business.price(one.base_price, one.sold, one.size));
  return one.sold + 1;
end
$$;

create view business.scarcity as
select id, artwork, size - sold as left_over, case when sold < size then business.price(base_price, sold, size) end as price from business.edition;
create view business.margin as
select artwork, count(*) as copies, sum(price) as revenue, sum(price) - count(*) * unit_cost as margin
from business.copy join business.edition on edition.id = edition_id group by edition.id;
-- What a customer is offered next: the scarcest edition that they do not have.
create view business.offer as
select customer_id, segment_key, (select id from business.edition e where sold < size
  and not exists (select from business.copy where edition_id = e.id and customer_id = own.customer_id) order by size - sold, id limit 1) as edition_id
from segments.customer as own;

grant usage on schema business to vividwalls_app;
grant select, insert, delete on business.edition to vividwalls_app;
grant update (sold) on business.edition to vividwalls_app;
grant select, insert, delete on business.copy to vividwalls_app;
grant select on business.scarcity, business.margin, business.offer to vividwalls_app;
