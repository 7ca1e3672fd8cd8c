import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { execa } from 'execa'
import { packageFolder } from '../src/config.ts'
import { docker, TestbedFailed } from './outer-docker.ts'
import type { Stage } from './run-stage.ts'
import type { TestHost } from './test-host.ts'
import { testbedFile } from './testbed-files.ts'

/** What a run of vividwalls-master finds on a test host with `images: 'apps'`. */
export interface AgentsFacts {
  /** Inputs of the shipped plan: weeks are seconds. */
  readonly inputs: Readonly<Record<string, string>>
  /** Values that no output may show. */
  readonly secrets: readonly string[]
}

const IMAGES = {
  node_image: 'testbed/node:20',
  build_image: 'testbed/node-build:20',
  postgres_image: 'testbed/postgres:17',
}
const PASSWORD = 'canary-Agents-password'

/** Lays what serves on the first day, on 8080: the database with 48 agents, a proxy, and version 1, which knows that schema only. */
export async function layAgents(stage: Stage): Promise<AgentsFacts> {
  const { testHost, folder } = stage
  await docker(['cp', testbedFile('stacks', 'vividwalls-agents'), `${testHost.name}:/srv/vividwalls`])
  await docker(['cp', testbedFile('stacks', 'vividwalls-v1'), `${testHost.name}:/srv/vividwalls-v1`])
  const variables = `DATABASE_URL=postgres://vividwalls_app:${PASSWORD}@agents-db:5432/vividwalls\n`
  await writeFile(join(folder, 'vividwalls-agents.env'), variables, { mode: 0o600 })
  await buildV1(testHost)
  await testHost.must(LAY, { env: { PASSWORD, VARIABLES: variables }, timeoutSeconds: 200 })
  return {
    // Tests share two cores.
    inputs: {
      ...{
        ...IMAGES,
        redis_image: 'testbed/redis:8',
        per_second: '1',
        load: '3 seconds',
        p95: '5000',
        gap: '10000',
      },
      ...{ watch: '3 seconds', canary: '5 seconds', soak: '8 seconds', every: '1 second' },
    },
    secrets: [PASSWORD],
  }
}

/** The program of the plan can be both versions. */
async function buildV1(testHost: TestHost): Promise<void> {
  const pipe = `tar -C "$1" --exclude node_modules --exclude dist -c . | docker exec -i "$2" sh -c '
    mkdir /srv/app && tar -C /srv/app -x && cd /srv/app && cp test/before.sql /srv/vividwalls &&
    docker build -q --network none --target runtime -t testbed/vividwalls-agents:v1 \
      --build-arg NODE=${IMAGES.node_image} --build-arg NODE_BUILD=${IMAGES.build_image} . && rm -r /srv/app'`
  const folder = packageFolder('plans', 'vividwalls-master', 'app')
  const { exitCode, stderr } = await execa('sh', ['-c', pipe, 'sh', folder, testHost.name], { reject: false })
  if (exitCode !== 0) throw new TestbedFailed(`version 1 could not be built: ${stderr}`)
}

/** Asks the live database. Returns lines of fields divided by `|`. */
export async function askAgents(testHost: TestHost, query: string): Promise<string> {
  return await testHost.must(
    'docker exec vividwalls-agents-db-1 psql -XAtq -v ON_ERROR_STOP=1 -U postgres -d vividwalls -c "$QUERY"',
    { env: { QUERY: query } },
  )
}

/** Of every definition in the live database. */
export async function definitionsOfAgents(testHost: TestHost): Promise<string> {
  return await testHost.must(
    'docker exec vividwalls-agents-db-1 pg_dump -s -U postgres vividwalls | grep -v "^.\\(un\\)\\?restrict" | sha256sum',
  )
}

/** Sends four events a second to agents of the first day, each in a connection of its own, until stop(). */
export function sendEvents(testHost: TestHost): {
  readonly stop: () => Promise<{ readonly acted: readonly string[]; readonly failed: readonly string[] }>
} {
  const url = `http://127.0.0.1:${testHost.httpPort(8080)}/api/events`
  const addressees = ['facebook', 'email', 'shipping', 'pricing', 'seo']
  const acted: string[] = []
  const failed: string[] = []
  const running: Promise<void>[] = []
  const send = async () => {
    const id = randomUUID()
    const agent = addressees[running.length % addressees.length]
    const said = await fetch(url, {
      method: 'POST',
      headers: { Connection: 'close', 'Content-Type': 'application/json' },
      body: JSON.stringify({ id, agent, topic: 'client.asks', payload: {} }),
      signal: AbortSignal.timeout(20_000),
    }).then(
      async (response) => `${response.status} ${await response.text()}`,
      (error: unknown) => String(error),
    )
    if (said.startsWith('201 ')) acted.push(id)
    else failed.push(said.slice(0, 200))
  }
  const timer = setInterval(() => running.push(send()), 250)
  return {
    stop: async () => {
      clearInterval(timer)
      await wait(0)
      await Promise.all(running)
      return { acted, failed }
    },
  }
}

const LAY = `
set -eu
umask 022
chown -R 0:0 /srv
cd /srv/vividwalls
mkdir -p proxy/release docs workflows n8n-export
for name in CONSOLIDATION_MAP RISK_MATRIX TEST_STRATEGY PERSONAS TRAINING UAT IMPACT; do echo "# $name" > docs/$name.md; done
for number in 1 2 3; do echo "{ \\"name\\": \\"workflow $number\\" }" > n8n-export/$number.json; done
echo '{ "version": 1, "routes": { "likes": "facebook", "searches": "seo" } }' > workflows/v1.json
cat > proxy/nginx.conf <<'EOF'
worker_processes auto;
error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off;
  resolver 127.0.0.11 valid=5s ipv6=off;
  proxy_http_version 1.1;
  server {
    listen 8080 default_server;
    include /etc/proxy/release/*.conf;
  }
}
EOF
cat > proxy/release/agents.conf <<'EOF'
set $release vividwalls-v1-agents-1;
location / { proxy_pass http://$release:3000; }
EOF
umask 077
mkdir -p -m 700 /backup
echo 'POSTGRES_PASSWORD=of-the-superuser' > .env
printf '%s' "$VARIABLES" > /srv/vividwalls-v1/agents.env
docker compose --progress quiet up -d --wait agents-db
{ echo "create role vividwalls_app login password '$PASSWORD';"; cat before.sql; } |
  docker compose exec -T agents-db psql -qX -v ON_ERROR_STOP=1 -U postgres -d vividwalls > /dev/null
rm before.sql
docker compose --progress quiet up -d proxy
docker compose --progress quiet --project-directory /srv/vividwalls-v1 up -d
timeout 60 sh -c 'until curl -sf -o /dev/null http://127.0.0.1:8080/api/agents; do sleep 0.2; done'
`
