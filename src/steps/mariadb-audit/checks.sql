-- Prints statements that check each table and its indexes.
select concat('check table ', concat('`', replace(t.table_schema, '`', '``'), '`.`', replace(t.table_name, '`', '``'), '`'), ' extended;')
from information_schema.tables t where t.table_type in ('BASE TABLE', 'SYSTEM VERSIONED') and t.table_schema not in ('information_schema', 'performance_schema', 'sys')
  and not (t.table_schema = 'mysql' and t.table_name in ('innodb_table_stats', 'innodb_index_stats', 'general_log', 'slow_log', 'transaction_registry', 'gtid_slave_pos'))
order by t.table_schema, t.table_name;
