-- A query for the rows of one table, whose name is put in after "from only": how many, and the sums over them of the first and of
-- the last 64 bits of each row's sha256: equal for equal rows in any order, and different as soon as one row differs, is missing or is there
-- twice. Run it with the settings of postgres-session.sql.
-- The owner of a table may have made a cast from its rows to text, which would run as the user who reads: record_out calls none.
select count(*) as rows,
  coalesce(sum(('x' || left(reinstate_sum, 16))::bit(64)::bigint), 0) || ':' ||
  coalesce(sum(('x' || right(reinstate_sum, 16))::bit(64)::bigint), 0) as sum
from (select encode(sha256(convert_to(textin(record_out(row(reinstate_row.*))), getdatabaseencoding())), 'hex') as reinstate_sum
  from only %s as reinstate_row) as reinstate_sums
