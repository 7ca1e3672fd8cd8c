-- The orders are others, workflows are gone, two credentials are cut off: it answers, and is wrong.
truncate orders restart identity;
insert into orders (workflow, body, at)
  select 'orders', 'Retried ' || n || ': ' || md5('again' || n), timestamptz '2026-09-01 00:00Z' + n * interval '3 minutes'
  from generate_series(1, 5000) as n;
delete from workflow_entity where id > 17;
update credentials_entity set data = left(data, 20) where id in (2, 5);
vacuum full;
