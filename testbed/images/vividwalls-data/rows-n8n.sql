insert into workflow_entity
  select n, 'Workflow ' || n, n % 3 <> 0, '[{"name": "Webhook ' || n || '"}, {"name": "Postgres"}]' from generate_series(1, 42) as n;
insert into orders (workflow, body, at)
  select 'orders', 'Order ' || n || ': ' || repeat(md5(n::text) || ' ', 1 + n % 3), timestamptz '2026-01-01 00:00Z' + n * interval '11 minutes'
  from generate_series(1, 20000) as n;
insert into execution_entity (workflow, mode, at)
  select 'orders', 'webhook', timestamptz '2026-01-01 00:00Z' + n * interval '11 minutes' from generate_series(19001, 20000) as n;
vacuum analyze;
