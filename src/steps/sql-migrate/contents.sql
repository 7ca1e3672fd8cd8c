-- Reads the rows of the tables in the JSON list `tables` into the variable contents: a map of names to how many rows there are,
-- and their sum. Run it with the settings of postgres-session.sql. Variable of psql: rows, the query of postgres-rows.sql.
select set_config('reinstate.tables', :'tables', true) as tables, set_config('reinstate.rows', :'rows', true) as query \gset given_
do $reinstate$
declare
  one text;
  amount bigint;
  content text;
  found jsonb := '{}';
begin
  for one in select jsonb_array_elements_text(current_setting('reinstate.tables')::jsonb) loop
    execute replace(current_setting('reinstate.rows'), '%s', one) into amount, content;
    found := found || jsonb_build_object(one, jsonb_build_array(amount, content));
  end loop;
  perform set_config('reinstate.contents', found::text, true);
end
$reinstate$;
select current_setting('reinstate.contents') as contents \gset
