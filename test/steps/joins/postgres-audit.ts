import { postgresAudit } from '../../../src/steps/postgres-audit/index.ts'
import type { Joined } from '../contract.ts'

/** The guestbook's backup, and a volume that was restored from it. */
export const restored = `
tar -C /backup -xf /opt/guestbook/backup.tar
cp -a /backup/guestbook/db/. "$(docker volume inspect --format '{{.Mountpoint}}' "$(docker volume create fresh)")"`

/** A server on the volume, which asks for passwords over the network and not on its socket. */
export const served = `${restored}
docker network create own > /dev/null
docker run -d --name live --network own -v fresh:/var/lib/postgresql/data testbed/postgres:17 > /dev/null
until docker exec live pg_isready -q; do sleep 0.1; done`

export const audited = { backup: '/backup/guestbook/db', image: 'testbed/postgres:17' }

export const joined: Joined = {
  kind: postgresAudit,
  cases: [
    { name: 'a restored volume', fields: { ...audited, volume: 'fresh' }, arrange: restored },
    {
      name: 'a live server',
      fields: { ...audited, container: 'live', databases: ['guestbook'], mayDiffer: ['public.starts'] },
      arrange: served,
      served: ['fresh'],
    },
  ],
}
