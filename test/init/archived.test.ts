import { describe, expect, it } from 'vitest'
import { archivedFor, type PlaceInArchive } from '../../src/init/archived.ts'
import type { Archive } from '../../src/init/archives.ts'

const archive = (file: string, members: readonly string[], rest: Partial<Archive> = {}): Archive => ({
  ...{ file, sizeBytes: 1, modified: new Date(0), form: 'gzip', content: 'tar', version: '', database: '' },
  ...{ state: 'complete', members, ...rest },
})
const volume = (key: string, target: string, rest: Partial<PlaceInArchive> = {}): PlaceInArchive => ({
  ...{ is: 'volume', live: `shop_${key}`, at: `/var/lib/docker/volumes/shop_${key}/_data`, called: key },
  ...{ whole: `shop_${key}`, services: ['web'], inBackupFile: [], targets: [target], ...rest },
})
const [db, web] = [volume('db', '/var/lib/postgresql/data'), volume('web', '/data')]
const chosen = (places: readonly PlaceInArchive[], archives: readonly Archive[]) =>
  archivedFor(places, archives).map((one) => one && [one.archive.file, one.inside])

describe('the archive of a place', () => {
  it.each([
    [
      'one of all volumes, by their names',
      [archive('all.tar.gz', ['backup/', 'backup/db/PG_VERSION', 'backup/web/index'])],
      [
        ['all.tar.gz', 'backup/db'],
        ['all.tar.gz', 'backup/web'],
      ],
    ],
    [
      'the tree of the engine, with _data',
      [archive('v.tar', ['volumes/shop_db/_data/PG_VERSION', 'volumes/shop_web/_data/index'])],
      [
        ['v.tar', 'volumes/shop_db/_data'],
        ['v.tar', 'volumes/shop_web/_data'],
      ],
    ],
    [
      'one per volume, by the name of the file and where it was mounted',
      [
        archive('shop_db-2026-11-30.tgz', ['data/PG_VERSION', 'data/base/1']),
        archive('20261130_web_backup.tar.gz', ['index', 'sub/page']),
      ],
      [
        ['shop_db-2026-11-30.tgz', 'data'],
        ['20261130_web_backup.tar.gz', '.'],
      ],
    ],
    [
      'the newest whole one of a job',
      [
        archive('db-1.tar', ['x/y'], { modified: new Date(1000) }),
        archive('db-3.tar', ['x/y'], { modified: new Date(3000), state: 'truncated' }),
        archive('db-2.tar', ['x/y'], { modified: new Date(2000) }),
      ],
      [['db-2.tar', '.'], undefined],
    ],
    [
      'none between two jobs',
      [archive('daily/db.tar', ['x/y']), archive('weekly/db.tar', ['x/y'])],
      [undefined, undefined],
    ],
    ['none that is only mounted alike', [archive('other.tar', ['data/x'])], [undefined, undefined]],
  ])('%s', (_name, archives, expected) => {
    expect(chosen([db, web], archives)).toEqual(expected)
  })

  it('where a service mounts it for a backup, and where the operator says so', () => {
    const offen = archive('b.tar.gz', ['backup/my-app/index'])
    expect(chosen([volume('data', '/backup/my-app')], [offen])).toEqual([['b.tar.gz', 'backup/my-app']])
    const other = archive('other.tar', ['data/x'])
    expect(chosen([volume('web', '/data', { mapped: 'other.tar' })], [other])).toEqual([
      ['other.tar', 'data'],
    ])
  })
})
