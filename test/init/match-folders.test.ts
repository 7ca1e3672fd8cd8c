import { describe, expect, it } from 'vitest'
import type { BackupContents } from '../../src/init/backup-contents.ts'
import { matchFolders, type PlaceToMatch } from '../../src/init/match-folders.ts'

const volume = (key: string, other: Partial<PlaceToMatch> = {}): PlaceToMatch => ({
  ...{ is: 'volume', live: `shop_${key}`, at: `/var/lib/docker/volumes/shop_${key}/_data` },
  ...{ called: key, whole: `shop_${key}`, services: [key], inBackupFile: [] },
  ...other,
})
const directory = (below: string): PlaceToMatch => ({
  ...{ is: 'directory', live: `/srv/shop/${below}`, at: `/srv/shop/${below}`, whole: `/srv/shop/${below}` },
  ...{ called: below.replaceAll('/', '-'), alternative: below.slice(below.lastIndexOf('/') + 1) },
  ...{ services: ['app', 'worker'], inBackupFile: [] },
})

/** What each place is restored from; with `?` by a guess, undefined for nothing. */
function matched(
  places: readonly PlaceToMatch[],
  folders: readonly string[],
  other: Partial<BackupContents> = {},
) {
  const contents: BackupContents = {
    ...{
      folders,
      links: new Map(),
      vacant: [],
      entries: new Map(),
      clusters: new Map(),
      engines: new Map(),
      logs: [],
      rootOnly: [],
      owners: new Map(),
      archives: [],
      mounts: [],
    },
    ...other,
  }
  const found = matchFolders(places, contents, { names: ['shop'] })
  return {
    from: found.matches.map(({ folder, there, guess }) =>
      there ? `${folder}${guess ? '?' : ''}` : undefined,
    ),
    ...(found.ambiguous.size > 0 && { ambiguous: [...found.ambiguous.values()] }),
    ...(found.backups.length > 0 && { backups: found.backups }),
  }
}

describe('matchFolders', () => {
  it.each([
    ['the root of the host', ['var/lib/docker/volumes/shop_db/_data', 'srv/shop/data']],
    ['the root, below a snapshot', ['one/var/lib/docker/volumes/shop_db/_data', 'one/srv/shop/data']],
    ['the directories above both', ['volumes/shop_db/_data', 'shop/data']],
    ['a folder of volumes', ['shop_db/_data', 'files/shop/data']],
    ['a folder of the project', ['shop/db', 'shop/data']],
  ])('recognises a backup in the form of %s', (_, folders) => {
    expect(matched([volume('db'), directory('data')], folders).from).toEqual(folders)
  })
  it('does not take a folder deep in other data for a place', () => {
    const { from } = matched(
      [volume('db'), directory('data')],
      ['shop_db', 'uploads/2024/data', 'uploads/x/db'],
    )
    expect(from).toEqual(['shop_db', undefined])
  })
  it('names several backups, and takes none of them', () => {
    const dated = ['2026-11-27/db', '2026-11-28/db', '2026-11-27/data', '2026-11-28/data']
    expect(matched([volume('db'), directory('data')], dated)).toMatchObject({
      from: [undefined, undefined],
      backups: ['2026-11-27', '2026-11-28'],
    })
    expect(matched([volume('db')], ['2026-11-28/db']).from).toEqual(['2026-11-28/db'])
  })
  it('finds the volumes of a renamed project: by the old form of its name, or by a name that several have', () => {
    const volumes = [volume('db'), volume('files')]
    expect(matched(volumes, ['old_db', 'old_files']).from).toEqual(['old_db?', 'old_files?'])
    expect(matched(volumes, ['Sh-op_db', 'blog_files']).from).toEqual(['Sh-op_db?', undefined])
    expect(matched(volumes, ['old_db', 'old_files', 'a_db', 'a_files']).from).toEqual([undefined, undefined])
  })
  it('finds a PostgreSQL cluster by its system identifier', () => {
    const clusters = new Map([
      ['/var/lib/docker/volumes/shop_db/_data/17/docker', '7'],
      ['old/17/docker', '6'],
      ['pg/17/docker', '7'],
    ])
    expect(matched([volume('db')], ['old', 'pg'], { clusters }).from).toEqual(['pg?'])
  })
  it('takes the only data directory of an engine, and none of two', () => {
    const engines = new Map([['mysqlfiles', 'InnoDB']])
    const place = volume('db', { engine: 'MariaDB' })
    expect(matched([place], ['mysqlfiles'], { engines }).from).toEqual(['mysqlfiles?'])
    const two = new Map([...engines, ['second', 'InnoDB']])
    expect(matched([place], ['mysqlfiles', 'second'], { engines: two })).toMatchObject({
      from: [undefined],
      ambiguous: [['mysqlfiles', 'second']],
    })
  })
  it('compares the names at the top level, and does not choose between two places', () => {
    const at = '/var/lib/docker/volumes/shop_n8n_home/_data'
    const entries = new Map([
      [at, ['config', 'database.sqlite', 'nodes']],
      ['n8n', ['config', 'database.sqlite']],
      ['caddy', ['pki']],
    ])
    const home = volume('n8n_home', { services: ['app'] })
    expect(matched([home], ['n8n', 'caddy'], { entries }).from).toEqual(['n8n?'])
    const twin = volume('twin', { services: ['other'] })
    const both = new Map([...entries, [twin.at, entries.get(at) ?? []]])
    expect(matched([home, twin], ['n8n', 'caddy'], { entries: both }).from).toEqual([undefined, undefined])
  })
  it('takes a name of the Compose file in the backup, then that of the only service', () => {
    expect(matched([volume('home', { inBackupFile: ['n8n_data'] })], ['n8n_data']).from).toEqual([
      'n8n_data?',
    ])
    expect(matched([volume('home', { services: ['n8n'] })], ['n8n']).from).toEqual(['n8n?'])
    const two = [volume('home', { services: ['n8n'] }), volume('logs', { services: ['n8n'] })]
    expect(matched(two, ['n8n']).from).toEqual([undefined, undefined])
  })
  it('takes what the operator named, and gives that folder to no other place', () => {
    expect(
      matched([volume('home', { mapped: 'db' }), volume('x', { services: ['db'] })], ['db']).from,
    ).toEqual(['db', undefined])
  })
})
