import { sqliteAudit } from '../../../src/steps/sqlite-audit/index.ts'
import type { Joined } from '../contract.ts'

/** A SQLite file in a backup, and the live one, which has two rows more. */
export const vault = `
mkdir -p /backup/vault /srv/vault
docker run --rm --network none --user 0 -v /backup/vault:/b -v /srv/vault:/l testbed/guestbook:1 python3 -c "
import shutil, sqlite3
file = sqlite3.connect('/b/db.sqlite3')
file.execute('create table entries (id integer primary key, body text)')
file.executemany('insert into entries (body) values (?)', [('entry',)] * 300)
file.commit()
file.close()
shutil.copy('/b/db.sqlite3', '/l/db.sqlite3')
live = sqlite3.connect('/l/db.sqlite3')
live.executemany('insert into entries (body) values (?)', [('new',)] * 2)
live.commit()"`

export const checked = {
  backup: '/backup/vault',
  files: ['db.sqlite3'],
  live: '/srv/vault',
  images: ['testbed/postgres:17', 'testbed/guestbook:1'],
}

export const joined: Joined = {
  kind: sqliteAudit,
  cases: [{ name: 'a backup and the live file', fields: checked, arrange: vault }],
}
