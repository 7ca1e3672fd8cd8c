/** Tables that a server writes to by itself, and what it only makes up. */
const audited = String.raw`t.table_schema not in ('information_schema', 'performance_schema', 'sys')
  and not (t.table_schema = 'mysql' and t.table_name in ('innodb_table_stats', 'innodb_index_stats', 'general_log', 'slow_log', 'transaction_registry', 'gtid_slave_pos'))`

const quoted = "concat('`', replace(t.table_schema, '`', '``'), '`.`', replace(t.table_name, '`', '``'), '`')"
const shown = String.raw`replace(replace(concat(t.table_schema, '.', t.table_name), '\n', '?'), '\t', '?')`

/**
 * Prints statements, one to a table, each of which prints a line: \`rows\`, the table, how many rows, how many of them could
 * not be summed, and the sums of the first and of the last 64 bits of each row's sha256: the same for the same rows in any
 * order, and another as soon as one row is another, is missing or is there twice. A FLOAT is read as a double: its own text
 * is shorter than it is.
 */
export const rowsSql = String.raw`
set session group_concat_max_len = 100000000;
select concat('select ''rows'', ', quote(${shown}), ', count(*), count(*) - count(s), ',
  'ifnull(sum(cast(conv(left(s, 16), 16, 10) as unsigned)), 0), ifnull(sum(cast(conv(right(s, 16), 16, 10) as unsigned)), 0) from (select sha2(concat_ws('','', ',
  group_concat(
    case
      when c.data_type in ('geometry', 'point', 'linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon', 'geometrycollection')
        then concat('ifnull(hex(st_asbinary(${'`'}', replace(c.column_name, '${'`'}', '${'``'}'), '${'`'})), ''-'')')
      when c.data_type = 'float'
        then concat('ifnull(hex(cast(cast(${'`'}', replace(c.column_name, '${'`'}', '${'``'}'), '${'`'} as double) as binary)), ''-'')')
      else concat('ifnull(hex(cast(${'`'}', replace(c.column_name, '${'`'}', '${'``'}'), '${'`'} as binary)), ''-'')')
    end order by c.ordinal_position separator ', '),
  '), 256) as s from ', ${quoted}, if(t.table_type = 'SYSTEM VERSIONED', ' for system_time all', ''), ') as sums;')
from information_schema.tables t join information_schema.columns c
  on c.table_schema = t.table_schema and c.table_name = t.table_name
where t.table_type in ('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE') and ${audited}
group by t.table_schema, t.table_name, t.table_type;`

/** Prints statements that print how each table and view is defined, after a line with its name. */
export const definitionsSql = String.raw`
select concat('select ''define'', ', quote(${shown}), '; show create table ', ${quoted}, ';')
from information_schema.tables t where t.table_type <> 'SYSTEM VIEW' and ${audited} order by t.table_schema, t.table_name;
select concat('select ''trigger'', ', quote(concat(trigger_schema, '.', trigger_name)), ', ',
  quote(sha2(concat_ws('|', event_manipulation, event_object_table, action_order, action_timing, action_statement, sql_mode, definer), 256)), ';')
from information_schema.triggers where trigger_schema not in ('sys', 'performance_schema');`

/** Prints statements that check each table and its indexes. */
export const checksSql = String.raw`
select concat('check table ', ${quoted}, ' extended;')
from information_schema.tables t where t.table_type in ('BASE TABLE', 'SYSTEM VERSIONED') and ${audited}
order by t.table_schema, t.table_name;`
