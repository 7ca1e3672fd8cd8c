create table orders (id integer generated always as identity primary key, item text not null, price numeric(10, 2), note text);
insert into orders (item, price, note) select 'item ' || n, n / 7.0, case when n % 3 = 0 then repeat('Grüße ', n % 50) end from generate_series(1, 2000) as n;
create table migrations (id integer primary key, name text not null);
insert into migrations values (1, 'orders');
