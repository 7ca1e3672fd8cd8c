-- Prints statements that print a line with the name of each table and view and then its definition, and a line per trigger
-- and schema with its definition.
select concat('select ''define'', ', quote(replace(replace(concat(t.table_schema, '.', t.table_name), '\n', '?'), '\t', '?')), '; show create table ', concat('`', replace(t.table_schema, '`', '``'), '`.`', replace(t.table_name, '`', '``'), '`'), ';')
from information_schema.tables t where t.table_type <> 'SYSTEM VIEW' and t.table_schema not in ('information_schema', 'performance_schema', 'sys')
  and not (t.table_schema = 'mysql' and t.table_name in ('innodb_table_stats', 'innodb_index_stats', 'general_log', 'slow_log', 'transaction_registry', 'gtid_slave_pos')) order by t.table_schema, t.table_name;
select concat('select ''trigger'', ', quote(concat(trigger_schema, '.', trigger_name)), ', ',
  quote(sha2(concat_ws('|', event_manipulation, event_object_table, action_order, action_timing, action_statement, sql_mode, definer), 256)), ';')
from information_schema.triggers where trigger_schema not in ('sys', 'performance_schema');
select concat('select ''schema'', ', quote(replace(replace(schema_name, '\n', '?'), '\t', '?')), ', ',
  quote(concat_ws('|', default_character_set_name, default_collation_name)), ';')
from information_schema.schemata where schema_name not in ('information_schema', 'performance_schema', 'sys');
