-- Prints a statement per table, each of which prints a line: rows, the table, how many rows, how many of them could not be
-- summed, and the sums of the first and of the last 64 bits of each row's sha256: equal for equal rows in any order, and
-- different as soon as one row differs, is missing or is there twice. A FLOAT is read as a double: its own text is shorter
-- than its value. Leaves out tables that a server writes to by itself.
set session group_concat_max_len = 100000000;
select concat('select ''rows'', ', quote(replace(replace(concat(t.table_schema, '.', t.table_name), '\n', '?'), '\t', '?')), ', count(*), count(*) - count(s), ',
  'ifnull(sum(cast(conv(left(s, 16), 16, 10) as unsigned)), 0), ifnull(sum(cast(conv(right(s, 16), 16, 10) as unsigned)), 0) from (select sha2(concat_ws('','', ',
  group_concat(
    case
      when c.data_type in ('geometry', 'point', 'linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon', 'geometrycollection')
        then concat('ifnull(hex(st_asbinary(`', replace(c.column_name, '`', '``'), '`)), ''-'')')
      when c.data_type = 'float'
        then concat('ifnull(hex(cast(cast(`', replace(c.column_name, '`', '``'), '` as double) as binary)), ''-'')')
      else concat('ifnull(hex(cast(`', replace(c.column_name, '`', '``'), '` as binary)), ''-'')')
    end order by c.ordinal_position separator ', '),
  '), 256) as s from ', concat('`', replace(t.table_schema, '`', '``'), '`.`', replace(t.table_name, '`', '``'), '`'), if(t.table_type = 'SYSTEM VERSIONED', ' for system_time all', ''), ') as sums;')
from information_schema.tables t join information_schema.columns c
  on c.table_schema = t.table_schema and c.table_name = t.table_name
where t.table_type in ('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE') and t.table_schema not in ('information_schema', 'performance_schema', 'sys')
  and not (t.table_schema = 'mysql' and t.table_name in ('innodb_table_stats', 'innodb_index_stats', 'general_log', 'slow_log', 'transaction_registry', 'gtid_slave_pos'))
group by t.table_schema, t.table_name, t.table_type;
