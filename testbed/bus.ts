import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { execa } from 'execa'
import { packageFolder } from '../src/config.ts'
import { freePorts } from './free-ports.ts'
import { docker, TestbedFailed } from './outer-docker.ts'
import type { TestHost } from './test-host.ts'
import { testbedFile } from './testbed-files.ts'

/** What a run of message-bus finds on a test host with `images: 'apps'`. */
export interface BusFacts {
  /** Inputs of the shipped plan, with short times. */
  readonly inputs: Readonly<Record<string, string>>
  /** Values that no output may show. */
  readonly secrets: readonly string[]
}

const APP_PASSWORD = 'canary-Bus-app-password'
const SUPERUSER_PASSWORD = 'canary-Bus-superuser'

/**
 * Lays what serves before the bus: a database with the roles, what somebody pasted of the document's schema, tables of other
 * programs, and the old daemon on 8765 with its client, which sends all the while. For a test host on which nothing is yet.
 */
export async function layBus(testHost: TestHost): Promise<BusFacts> {
  for (const stack of ['bus', 'bus-client'])
    await docker(['cp', testbedFile('stacks', stack), `${testHost.name}:/srv/${stack}`])
  await buildOld(testHost)
  await testHost.must(LAY, {
    env: { APP_PASSWORD, SUPERUSER_PASSWORD },
    stdin: await readFile(testbedFile('stacks', 'bus', 'document.sql'), 'utf8'),
  })
  return {
    inputs: {
      ...IMAGES,
      beside: '15 seconds',
      soak: '10 seconds',
      breaker_seconds: '5',
      max_payload_mb: '20',
      frame_limit_mb: '2',
    },
    secrets: [APP_PASSWORD, SUPERUSER_PASSWORD],
  }
}

const IMAGES = {
  node_image: 'testbed/node:20',
  build_image: 'testbed/node-build:20',
  postgres_image: 'testbed/postgres:17',
}

/** Builds the image of the old daemon and its client: the program of the plan, which can be both versions. */
async function buildOld(testHost: TestHost): Promise<void> {
  const pipe = `tar -C "$1" --exclude node_modules --exclude dist -c . | docker exec -i "$2" sh -c '
    mkdir /srv/app && tar -C /srv/app -x && docker build -q --network none --target runtime -t testbed/message-bus:old \
      --build-arg NODE=${IMAGES.node_image} --build-arg NODE_BUILD=${IMAGES.build_image} /srv/app && rm -r /srv/app'`
  const folder = packageFolder('plans', 'message-bus', 'app')
  const { exitCode, stderr } = await execa('sh', ['-c', pipe, 'sh', folder, testHost.name], { reject: false })
  if (exitCode !== 0) throw new TestbedFailed(`the old daemon could not be built: ${stderr}`)
}

/** What the client finds of its messages in both stores. It exits with an error if one is lost, doubled or damaged. */
export async function accountOfClient(testHost: TestHost): Promise<string> {
  return await testHost.must(
    'docker exec -e MESSAGE_BUS_READ_TIMEOUT_SECS=60 bus-client-client-1 node bus.js probe account',
  )
}

/** Asks the live database. Returns lines of fields divided by `|`. */
export async function askBus(testHost: TestHost, query: string): Promise<string> {
  return await testHost.must(
    'docker exec bus-db-1 psql -XAtq -v ON_ERROR_STOP=1 -U postgres -d bus -c "$QUERY"',
    {
      env: { QUERY: query },
    },
  )
}

/** Counts the rows of bus.message in a dump that a rollback has named. */
export async function messagesInDump(testHost: TestHost, dump: string): Promise<number> {
  const script = `docker exec -i bus-db-1 pg_restore -a -n bus -t message -f - < "$DUMP" |
    awk '/^COPY /{inside = 1; next} /^\\\\[.]$/{inside = 0} inside{rows++} END{print rows + 0}'`
  return Number(await testHost.must(script, { env: { DUMP: dump } }))
}

/** Opens a port of the loopback interface of a test host on this machine, through ssh. */
export async function openTunnel(
  { sshPort, privateKeyPath }: TestHost,
  port: number,
): Promise<{ readonly url: string; readonly close: () => void }> {
  const [local = 0] = await freePorts(1)
  const options = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'ExitOnForwardFailure=yes',
    'LogLevel=ERROR',
  ]
  const ssh = execa(
    'ssh',
    [
      '-N',
      '-p',
      String(sshPort),
      '-i',
      privateKeyPath,
      ...options.flatMap((option) => ['-o', option]),
    ].concat(['-L', `${local}:127.0.0.1:${port}`, 'root@127.0.0.1']),
    { reject: false, stdin: 'ignore' },
  )
  const url = `http://127.0.0.1:${local}`
  for (let tries = 0; tries < 100; tries += 1) {
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return { url, close: () => void ssh.kill() }
    await wait(100)
  }
  ssh.kill()
  throw new TestbedFailed(`port ${port} of ${sshPort} is not reached through ssh`)
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
