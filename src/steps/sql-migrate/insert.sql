insert into reinstate.applied (name, changes, up_sha256, down_sha256, label, definitions_before, definitions_after, contents)
select :'name', array(select jsonb_array_elements_text(:'changes') order by 1), :'sum', nullif(:'down_sum', ''), :'label',
  (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(:'before_definitions') where :'changes'::jsonb ? key),
  (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(:'after_definitions') where :'changes'::jsonb ? key),
  :'contents';
select 'ready=yes';
