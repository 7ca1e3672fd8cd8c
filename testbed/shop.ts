import type { TestHost } from './test-host.ts'
import { docker } from './outer-docker.ts'
import { testbedFile } from './testbed-files.ts'

export type ShopEngine = 'postgres' | 'mariadb'

/** The expected state of a shop fixture. */
export interface ShopFacts {
  /** The response of its page for the backup: number and sum of orders, number of uploads. */
  readonly page: string
  /** A line for each upload of the backup: name, mode, owner, time, checksum, attributes, links. */
  readonly uploads: string
  /** The response of its page for the live shop, which has lost orders and uploads. */
  readonly brokenPage: string
  readonly password: string
}

/**
 * Lays a shop in /srv/shop, up on 8080: an application, a database and a volume with uploads of every odd sort. Its
 * backup was made in /backup/shop from stopped containers; since then it has lost orders and uploads. Beside it stands
 * somebody else's stack in /srv/neighbour (18081). For a test host on which nothing is yet.
 */
export async function layShop(testHost: TestHost, engine: ShopEngine): Promise<ShopFacts> {
  const password = 'canary-Sh0p-password'
  await docker(['cp', testbedFile('stacks', `shop-${engine}`), `${testHost.name}:/srv/shop`])
  await docker(['cp', testbedFile('stacks', 'neighbour'), `${testHost.name}:/srv`])
  const env = { PASSWORD: password, SQL: engine === 'postgres' ? POSTGRES : MARIADB }
  await testHost.must(LAY, { env })
  const page = await pageOfShop(testHost)
  const uploads = await uploadsOf(testHost, '/backup/shop/uploads')
  await testHost.must(BREAK, { env })
  return { page, uploads, brokenPage: await pageOfShop(testHost), password }
}

/** Returns the current response of the shop's page. */
export async function pageOfShop(testHost: TestHost): Promise<string> {
  return await testHost.must('curl -sf --retry 30 --retry-all-errors --retry-delay 1 http://127.0.0.1:8080/')
}

/** Returns all metadata and checksums of the files of a directory on the test host. */
export async function uploadsOf(testHost: TestHost, directory: string): Promise<string> {
  return await testHost.must(
    'docker run --rm --network none --user 0 -v "$DIRECTORY:/at:ro" testbed/shop:1 python3 /srv/uploads.py --list /at',
    { env: { DIRECTORY: directory } },
  )
}

const POSTGRES = 'psql -qX -U postgres -d shop -v ON_ERROR_STOP=1'
const MARIADB = 'mariadb shop'

const LAY = `
set -eu
umask 022
chown -R 0:0 /srv
printf 'SHOP_PASSWORD=%s\\n' "$PASSWORD" > /srv/shop/.env
chmod 600 /srv/shop/.env
printf '<h1>Neighbour</h1>' > /srv/neighbour/index.html
docker volume create neighbour_data > /dev/null
docker compose --progress quiet --project-directory /srv/neighbour up -d
cd /srv/shop
docker compose --progress quiet up -d --wait
docker compose exec -T db $SQL < orders.sql
docker compose exec -T --user 0 app python3 /srv/uploads.py /uploads
printf '# The nightly copy of the shop\\n7 3 * * * root /usr/local/bin/copy-shop --password %s\\n' "$PASSWORD" > /etc/cron.d/copy-shop
curl -sf --retry 30 --retry-all-errors http://127.0.0.1:8080/ > /dev/null
docker compose --progress quiet stop -t 60
mkdir -p -m 700 /backup/shop
for volume in db uploads; do
  rsync -aHAXS --numeric-ids "$(docker volume inspect --format '{{.Mountpoint}}' "shop_$volume")/" "/backup/shop/$volume/"
done
docker compose --progress quiet up -d --wait
`

const BREAK = `
set -eu
cd /srv/shop
echo 'delete from orders where id > 300; update orders set price = 1 where id < 50;' | docker compose exec -T db $SQL
docker compose exec -T --user 0 app rm -rf /uploads/photos /uploads/2026
`
