import { backupAudit } from '../../../src/steps/backup-audit/index.ts'
import type { Joined } from '../contract.ts'

/** A whole data directory of PostgreSQL 17 with page checksums in /backup/guestbook/db, and a manifest beside it. */
export const databaseBackup = `
tar -C /backup -xf /opt/guestbook/backup.tar
docker run --rm --user 999 --entrypoint pg_checksums -v /backup/guestbook/db:/d testbed/postgres:17 --enable -D /d > /dev/null
cd /backup/guestbook; find db -type f | xargs sha256sum > MANIFEST.sha256`

export const joined: Joined = {
  kind: backupAudit,
  cases: [
    {
      name: 'by its manifest',
      fields: { from: '/backup/guestbook/db', manifest: '/backup/guestbook/MANIFEST.sha256' },
      arrange: databaseBackup,
    },
    {
      name: 'by its page checksums',
      fields: { from: '/backup/guestbook/db', postgres: { image: 'testbed/postgres:17' } },
      arrange: databaseBackup,
    },
  ],
}
