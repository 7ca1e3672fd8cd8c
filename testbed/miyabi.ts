import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { packageFolder } from '../src/config.ts'
import { docker, TestbedFailed } from './outer-docker.ts'
import type { Stage } from './run-stage.ts'
import type { TestHost } from './test-host.ts'
import { testbedFile } from './testbed-files.ts'

/** What a run of miyabi-reconstruction finds on a test host with `images: 'apps'`. */
export interface MiyabiFacts {
  /** Inputs of the shipped plan, with short times. */
  readonly inputs: Readonly<Record<string, string>>
  /** Values that no output may show. */
  readonly secrets: readonly string[]
}

const IMAGES = {
  node_image: 'testbed/node:20',
  build_image: 'testbed/node-build:20',
  postgres_image: 'testbed/postgres:17',
}
/** Tests share two cores, and have clients of their own. `npm run bench -- miyabi` measures alone, by the defaults. */
export const NOT_ALONE = { per_second: '2', p95: '5000', gap: '5000', load_for: '3 seconds', in_a_row: '3' }
const PASSWORD = 'canary-Miyabi-password'
const TOKENS = 'canary-Miyabi-key-of-the-tokens-long-enough'

/** Lays what serves before the reconstruction, on 8080: a database, a proxy and blue, which knows the old schema only. */
export async function layMiyabi(stage: Stage): Promise<MiyabiFacts> {
  const { testHost, folder } = stage
  for (const stack of ['miyabi', 'miyabi-blue'])
    await docker(['cp', testbedFile('stacks', stack), `${testHost.name}:/srv/${stack}`])
  const variables = `DATABASE_URL=postgres://miyabi_app:${PASSWORD}@db:5432/miyabi\nJWT_SECRET=${TOKENS}\n`
  await writeFile(join(folder, 'miyabi.env'), variables, { mode: 0o600 })
  await buildBlue(testHost)
  await testHost.must(LAY, { env: { PASSWORD, VARIABLES: variables }, timeoutSeconds: 200 })
  return {
    inputs: { ...IMAGES, nginx_image: 'testbed/nginx:1', soak: '10 seconds', ...NOT_ALONE },
    secrets: [PASSWORD, TOKENS],
  }
}

/** The program of the plan can be both versions. Its tests run in the build of the plan, so not here. */
async function buildBlue(testHost: TestHost): Promise<void> {
  const pipe = `tar -C "$1" --exclude node_modules --exclude dist -c . | docker exec -i "$2" sh -c '
    mkdir /srv/app && tar -C /srv/app -x && cd /srv/app && cp test/before.sql /srv/miyabi &&
    sed "s/^RUN --mount.*/RUN echo 0 >coverage.txt/" Dockerfile | docker build -q --network none -f - -t testbed/miyabi:blue \
      --build-arg NODE=${IMAGES.node_image} --build-arg NODE_BUILD=${IMAGES.build_image} \
      --build-arg POSTGRES=${IMAGES.postgres_image} . && rm -r /srv/app'`
  const folder = packageFolder('plans', 'miyabi-reconstruction', 'app')
  const { exitCode, stderr } = await execa('sh', ['-c', pipe, 'sh', folder, testHost.name], { reject: false })
  if (exitCode !== 0) throw new TestbedFailed(`blue could not be built: ${stderr}`)
}

/** Asks the live database. Returns lines of fields divided by `|`. */
export async function askMiyabi(testHost: TestHost, query: string): Promise<string> {
  return await testHost.must(
    'docker exec miyabi-db-1 psql -XAtq -v ON_ERROR_STOP=1 -U postgres -d miyabi -c "$QUERY"',
    { env: { QUERY: query } },
  )
}

/** The checksum of a dump without rows; `of`: words for pg_dump. The random word in a dump does not count. */
export async function definitionsOf(testHost: TestHost, of = 'miyabi'): Promise<string> {
  return await testHost.must(`dump=$(docker exec miyabi-db-1 pg_dump -s -U postgres ${of}) || exit
    printf '%s' "$dump" | grep -vE '^.(un)?restrict ' | sha256sum`)
}

/** The definitions once all migrations of the plan went in, tried on a copy of the live database that is removed. */
export async function definitionsAfter(testHost: TestHost): Promise<string> {
  const folder = packageFolder('plans', 'miyabi-reconstruction', 'app', 'sql')
  const files = (await readdir(folder)).filter((file) => file.endsWith('.up.sql')).sort()
  const sql = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  const psql = 'docker exec -i miyabi-db-1 psql -qX -v ON_ERROR_STOP=1 -U postgres -d wanted'
  await testHost.must(
    `docker exec miyabi-db-1 createdb -U postgres wanted
    docker exec miyabi-db-1 pg_dump -U postgres miyabi | ${psql} > /dev/null
    printf '%s' "$SQL" | ${psql} > /dev/null`,
    { env: { SQL: sql.join('\n') } },
  )
  const definitions = await definitionsOf(testHost, 'wanted')
  await testHost.must('docker exec miyabi-db-1 dropdb -U postgres wanted')
  return definitions
}

/** What the proxy serves. */
export async function servingNow(
  testHost: TestHost,
): Promise<{ readonly release: string; readonly serves: string }> {
  const response = await fetch(`http://127.0.0.1:${testHost.httpPort(8080)}/version`)
  return (await response.json()) as { release: string; serves: string }
}

/** How many of the dumps that a text names hold a word. */
export async function dumpsWith(testHost: TestHost, named: string, word: string): Promise<number> {
  let found = 0
  for (const file of new Set(named.match(/\/\S+\.dump/g) ?? []))
    found +=
      Number(
        await testHost.must(
          `docker exec -i miyabi-db-1 pg_restore -a -f - < '${file}' | grep -c '${word}' || :`,
        ),
      ) && 1
  return found
}

interface Asked {
  readonly asked: number
  readonly failed: readonly string[]
  /** Within which 95 of 100 right answers were complete. */
  readonly p95Milliseconds: number
}

/** Asks for the list so many times a second, each in a connection of its own, until stop(). */
export function askForList(
  testHost: TestHost,
  perSecond = 20,
): {
  readonly stop: () => Promise<Asked>
} {
  const url = `http://127.0.0.1:${testHost.httpPort(8080)}/api/organizations`
  const failed: string[] = []
  const took: number[] = []
  const running: Promise<void>[] = []
  const ask = async () => {
    const [at, began] = [new Date().toISOString(), performance.now()]
    const options = { headers: { Connection: 'close' }, signal: AbortSignal.timeout(20_000) }
    const said = await fetch(url, options).then(
      async (response) => `${response.status} ${await response.text()}`,
      (error: unknown) => String(error),
    )
    if (said.startsWith('200 {"organizations":[')) took.push(performance.now() - began)
    // With its time: the log of the run tells what it did then.
    else failed.push(`${at}: ${said.slice(0, 200)}`)
  }
  const timer = setInterval(() => running.push(ask()), 1000 / perSecond)
  return {
    stop: async () => {
      clearInterval(timer)
      await Promise.all(running)
      const p95Milliseconds = took.sort((one, other) => one - other)[Math.ceil(took.length * 0.95) - 1] ?? NaN
      return { asked: running.length, failed, p95Milliseconds }
    },
  }
}

const LAY = `
set -eu
umask 022
chown -R 0:0 /srv
mkdir -p /srv/miyabi/proxy/release /srv/miyabi/docs
cd /srv/miyabi
for name in AWS_INFRASTRUCTURE_DESIGN DATABASE_SCHEMA_DESIGN MIGRATION_STRATEGY RBAC_IMPLEMENTATION_PLAN DEPLOYMENT_CHECKLIST RUNBOOK; do
  echo "# $name" > docs/$name.md
done
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
cat > proxy/release/api.conf <<'EOF'
set $release miyabi-blue-api-1;
location / { proxy_pass http://$release:3000; }
EOF
umask 077
mkdir -p -m 700 /backup
echo 'POSTGRES_PASSWORD=of-the-superuser' > .env
printf '%s' "$VARIABLES" > /srv/miyabi-blue/api.env
docker compose --progress quiet up -d --wait db
{ echo "create role miyabi_app login password '$PASSWORD';"; cat before.sql; } |
  docker compose exec -T db psql -qX -v ON_ERROR_STOP=1 -U postgres -d miyabi > /dev/null
rm before.sql
docker compose --progress quiet up -d proxy
docker compose --progress quiet --project-directory /srv/miyabi-blue up -d
timeout 60 sh -c 'until curl -sf -o /dev/null http://127.0.0.1:8080/api/organizations; do sleep 0.2; done'
`
