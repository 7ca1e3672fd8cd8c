-- Written out column by column: the text of a whole row would change with the settings of the session.
select
  (select count(*) from workflow_entity) as workflows,
  (select count(*) from orders) as rows,
  md5(concat_ws(E'\n',
    (select string_agg(concat_ws('|', id, name, active, nodes), E'\n' order by id) from workflow_entity),
    (select string_agg(concat_ws('|', id, workflow, body, extract(epoch from at)::bigint), E'\n' order by id) from orders)
  )) as sum
