import { describe, expect, it } from 'vitest'
import { readsLog, serverOptionsOf } from '../../src/init/server-options.ts'

describe('serverOptionsOf', () => {
  it('returns what the data of PostgreSQL needs from the words of a command, and nothing else', () => {
    const command = ['postgres', '-c', 'wal_level=logical', '-cshared_preload_libraries=vectors.so', '-c']
    expect(
      serverOptionsOf({
        engine: 'PostgreSQL',
        command: [...command, 'app.jwt_secret=hunter2', '--max_connections=5'],
        lines: ["shared_preload_libraries = 'cron'"],
      }),
    ).toEqual({ shared_preload_libraries: 'vectors.so' })
  })
  it('returns what the data of MariaDB needs from mounted files', () => {
    expect(
      serverOptionsOf({
        engine: 'MariaDB',
        command: ['--character-set-server=utf8mb4', '--lower-case-table-names=1'],
        lines: ['plugin-load-add = ha_rocksdb', 'max_connections = 5'],
      }),
    ).toEqual({ plugin_load_add: 'ha_rocksdb', lower_case_table_names: '1' })
  })
  it('returns nothing for engines of which no scratch server is made', () => {
    expect(serverOptionsOf({ engine: 'MongoDB', command: ['--replSet=rs'], lines: [] })).toEqual({})
  })
})

describe('readsLog', () => {
  it.each([
    [['redis-server', '--appendonly', 'yes'], [], true],
    [['sh', '-c', 'exec redis-server --save 60 1 --appendonly yes'], [], true],
    [[], ['appendonly yes'], true],
    [['--appendonly', 'no'], ['appendonly yes'], false],
    [['redis-server', '--save', '60', '1'], [], false],
  ])('reads the words %j after the lines %j', (command, lines, expected) => {
    expect(readsLog({ command, lines })).toBe(expected)
  })
})
