import { readFile } from 'node:fs/promises'
import { docker } from './outer-docker.ts'
import { copyImage } from './registry.ts'
import type { TestHost } from './test-host.ts'
import { testbedFile } from './testbed-files.ts'

/** What a run of message-bus finds on a test host with `images: 'apps'`. */
export interface BusFacts {
  /** Inputs of the shipped plan, with short times. */
  readonly inputs: Readonly<Record<string, string>>
  /** Values that no output may show. */
  readonly secrets: readonly string[]
}

/** The image of the old daemon and of the clients; `scripts/make-apps` builds it from the program of the plan. */
const OLD_IMAGE = 'testbed/message-bus:old'
const APP_PASSWORD = 'canary-Bus-app-password'
const SUPERUSER_PASSWORD = 'canary-Bus-superuser'

/**
 * Lays what serves before the bus: a database with the roles, what somebody pasted of the document's schema, tables of other
 * programs, and the old daemon on 8765 with its client, which sends all the while. For a test host on which nothing is yet.
 */
export async function layBus(testHost: TestHost): Promise<BusFacts> {
  const { exitCode } = await testHost.exec(`docker image inspect ${OLD_IMAGE} > /dev/null`)
  if (exitCode !== 0) await copyImage(testHost, OLD_IMAGE)
  for (const stack of ['bus', 'bus-client'])
    await docker(['cp', testbedFile('stacks', stack), `${testHost.name}:/srv/${stack}`])
  await testHost.must(LAY, {
    env: { APP_PASSWORD, SUPERUSER_PASSWORD },
    stdin: await readFile(testbedFile('stacks', 'bus', 'document.sql'), 'utf8'),
  })
  return {
    inputs: {
      node_image: 'testbed/node:20',
      build_image: 'testbed/node-build:20',
      postgres_image: 'testbed/postgres:17',
      beside: '5 seconds',
      soak: '5 seconds',
      breaker_seconds: '5',
      max_payload_mb: '20',
      frame_limit_mb: '2',
    },
    secrets: [APP_PASSWORD, SUPERUSER_PASSWORD],
  }
}

const LAY = `
set -eu
umask 022
cat > /tmp/document.sql
chown -R 0:0 /srv
mv /srv/bus/before.sql /tmp
rm /srv/bus/document.sql
mkdir /srv/bus/docs
echo 'The file pathway of both providers, as it was tried.' > /srv/bus/docs/file-pathway.md
echo 'The architecture of the bus.' > /srv/bus/docs/architecture.md
umask 077
mkdir -p -m 700 /backup
cat > /srv/bus/.env <<EOF
POSTGRES_PASSWORD=$SUPERUSER_PASSWORD
EOF
database_url=postgres://bus_app:$APP_PASSWORD@db:5432/bus
echo "DATABASE_URL=$database_url" > /srv/bus-client/.env
cat > /srv/bus/daemon.env <<EOF
# The daemon reads this file.
DATABASE_URL=$database_url
LOG_LEVEL='info'   # debug floods the disk
MESSAGE_BUS_ENABLED=false
EOF
cd /srv/bus
docker compose --progress quiet up -d --wait db
sql() { docker compose exec -T db psql -qX -U postgres -d bus "$@"; }
sql -v ON_ERROR_STOP=1 -v app_password="$APP_PASSWORD" < /tmp/before.sql > /dev/null
# Pasted as it stands: psql goes on after the statement that fails.
sql < /tmp/document.sql > /dev/null 2>&1
echo "insert into message_bus (message_type, payload, payload_size_bytes) select 'tool_response', '{\\"n\\": 1}', 8 from generate_series(1, 30)" | sql -v ON_ERROR_STOP=1
docker compose --progress quiet up -d --wait daemon
docker compose --progress quiet --project-directory /srv/bus-client up -d
rm /tmp/before.sql /tmp/document.sql
`
