-- A line per table: its name between an empty database and an empty number; then statements that print them with the rows. Put in
-- for UNTIL: seconds since 1970. A table whose turn comes later is not counted, because a server that serves people has other work.
select concat('select '''', ', quote(replace(replace(concat(table_schema, '.', table_name), '\n', '?'), '\t', '?')), ', '''';')
from information_schema.tables
where table_type in ('BASE TABLE', 'SYSTEM VERSIONED') and table_schema not in ('information_schema', 'performance_schema', 'sys', 'mysql');
select concat('select '''', ', quote(replace(replace(concat(table_schema, '.', table_name), '\n', '?'), '\t', '?')),
  ', (select count(*) from `', replace(table_schema, '`', '``'), '`.`', replace(table_name, '`', '``'), '`) from dual where unix_timestamp(sysdate()) < UNTIL;')
from information_schema.tables
where table_type in ('BASE TABLE', 'SYSTEM VERSIONED') and table_schema not in ('information_schema', 'performance_schema', 'sys', 'mysql')
order by data_length;
