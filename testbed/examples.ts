import { exampleOf } from '../src/cli/example-of.ts'
import type { TestHost } from './test-host.ts'
import { docker } from './outer-docker.ts'
import { REGISTRY, registryLogin, startRegistry } from './registry.ts'
import { layShop } from './shop.ts'
import { testbedFile } from './testbed-files.ts'

/** The run of the examples, after which everything they create is named. */
export const EXAMPLES = 'examples'

/** The secrets that the examples name. */
export const exampleSecrets = {
  SHOP_PASSWORD: 'canary-Sh0p-password',
  REGISTRY_PASSWORD: registryLogin.password,
  // Decrypts the credentials in the test host's backup of n8n.
  N8N_ENCRYPTION_KEY: 'k3y$of-the-backup/for=tests',
}

const FORGET_NAME = `step: elsewhere
kind: command
script: docker rmi --no-prune ${REGISTRY}/shop-app:1.4.0
verify: test -z "$(docker image ls -q ${REGISTRY}/shop-app)"
effects: [{ how: deletes, what: image, name: "${REGISTRY}/shop-app:1.4.0" }]
cannotUndo: the image keeps its other name`

/** The examples in the order of a restore next to the old stack, with additional steps in between. */
const PHASES: readonly { readonly phase: string; readonly gate?: true; readonly steps: readonly string[] }[] =
  [
    {
      phase: 'look',
      gate: true,
      steps: [
        ...[
          'postgres-backup',
          'backup-audit',
          'key-check',
          'secrets-audit',
          'container-check',
          'role-password',
          'sql-check',
        ],
        ...['password-check', 'sqlite-audit', 'sql-migrate'],
      ],
    },
    {
      phase: 'set-aside',
      gate: true,
      steps: ['containers-stop', 'compose-down', 'prune', 'move', 'quarantine'],
    },
    {
      phase: 'build',
      steps: [
        'directories',
        'env-file',
        'file-write',
        'step: compose-file\nkind: file-write\npath: /srv/shop/compose.yaml\nfrom: compose.yaml',
        'step: site\nkind: file-write\npath: /srv/shop/sites/shop.caddy\nfrom: shop.caddy',
        'file-copy',
        'tree-check',
        'volume-restore',
        'step: blog\nkind: volume-restore\nfrom: /backup/blog/db\nvolume: blog_db_${{ run.id }}',
        'mariadb-audit',
        'step: cache\nkind: volume-restore\nfrom: /backup/shop/cache\nvolume: shop_cache_${{ run.id }}',
        'redis-audit',
        'dump-restore',
        'archive-restore',
      ],
    },
    {
      phase: 'image',
      gate: true,
      steps: [
        'image-build',
        'image-push',
        // As on another host, which does not have the image under this name.
        FORGET_NAME,
        'image-pull',
      ],
    },
    {
      phase: 'serve',
      steps: [
        'compose-up',
        'compose-check',
        'postgres-audit',
        'command',
        'http-probe',
        'http-load',
        'wait',
        'attest',
      ],
    },
  ]

/** The kinds whose examples the plan runs. */
export const exampleKinds = PHASES.flatMap(({ steps }) => steps.filter((step) => !step.includes('\n')))

/** One plan of all examples, verbatim. */
export function examplesPlan(): string {
  const head = [
    'plan: examples',
    'title: Every example of the reference',
    'hosts: [server, old]',
    'defaults: { host: server }',
    `secrets: { file: master.env, require: [${Object.keys(exampleSecrets).join(', ')}] }`,
    'phases:',
  ]
  const phases = PHASES.flatMap(({ phase, gate, steps }) => [
    `  - phase: ${phase}`,
    ...(gate ? ['    gate: { approvers: anyone, within: 1 hour }'] : []),
    '    steps:',
    ...steps.flatMap((step) =>
      (step.includes('\n') ? step : exampleOf(step))
        .split('\n')
        .map((line, index) => `      ${index === 0 ? '- ' : '  '}${line}`),
    ),
  ])
  return [...head, ...phases, ''].join('\n')
}

/** The files in the folder of the plan. */
export function examplesFiles(): Readonly<Record<string, string>> {
  return {
    'master.env': Object.entries(exampleSecrets)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(''),
    Caddyfile: CADDYFILE,
    'shop.caddy': 'header X-Shop open\n',
    'compose.yaml': COMPOSE,
    'app/Dockerfile': DOCKERFILE,
    'sql/010-history.up.sql': HISTORY,
    'sql/010-history.down.sql': 'drop schema history cascade;\n',
    'app/page.html': '<h1>shop</h1>\n',
  }
}

/**
 * Sets up a machine for all examples: the shop, live and backed up, and everything that the examples name. For an empty test
 * host, which does not need port 443.
 */
export async function layExamples(testHost: TestHost): Promise<void> {
  await layShop(testHost, 'postgres')
  await docker(['cp', testbedFile('stacks', 'systemctl'), `${testHost.name}:/usr/local/bin/systemctl`])
  await startRegistry(testHost, { withLogin: true })
  const env = { ...exampleSecrets }
  await testHost.must(PREPARE, { env })
}

const CADDYFILE = `
{
  skip_install_trust
}
shop.example.org {
  tls internal
  header X-Stack {$STACK}
  respond /health ok
  import /etc/caddy/sites/*
}
`

const HISTORY = `create schema history;
create table history.price (order_id bigint not null, price numeric, since timestamptz not null default now());
`

const DOCKERFILE = `FROM testbed/nginx:1
COPY page.html /usr/share/nginx/html/index.html
USER 10001
HEALTHCHECK CMD test -s /usr/share/nginx/html/index.html
`

const COMPOSE = `
services:
  web:
    image: testbed/caddy:2
    environment: { STACK: "\${COMPOSE_PROJECT_NAME}" }
    ports: ["443:443"]
    volumes:
      - /srv/shop/Caddyfile:/etc/caddy/Caddyfile:ro
      - /srv/shop/sites:/etc/caddy/sites:ro
  db:
    image: postgres:17
    environment: { POSTGRES_PASSWORD: "\${SHOP_PASSWORD}", POSTGRES_DB: shop }
    volumes: ["db:/var/lib/postgresql/data"]
    healthcheck:
      test: [CMD-SHELL, pg_isready -U postgres -d shop -h 127.0.0.1]
      interval: 5s
      start_period: 60s
      start_interval: 200ms
volumes:
  db: { external: true, name: shop_db_${EXAMPLES} }
`

const PREPARE = `
set -eu
docker tag testbed/postgres:17 postgres:17
docker tag testbed/mariadb:11 mariadb:11

# The backup of a server that keeps sums of its pages.
docker run --rm --user 999 --entrypoint pg_checksums -v /backup/shop/db:/d postgres:17 --enable -D /d > /dev/null

docker exec shop-db-1 pg_dump -U postgres shop | gzip > /backup/shop.sql.gz

# A role whose password is of the old days.
docker exec -i shop-db-1 psql -qX -U postgres -d shop -c "create role shop login password 'of the old days'"

# Built by the old project, and a network of it that nothing uses.
printf 'FROM testbed/nginx:1\\nLABEL com.docker.compose.project=shop\\n' | docker build -q -t shop-old:1 - > /dev/null
docker network create --label com.docker.compose.project=shop shop_unused > /dev/null

mkdir -p /root/shop /srv/shop_old/sub /root/shop_export
chmod 750 /srv/shop
(umask 077; printf "SHOP_PASSWORD='%s'\\n" "$SHOP_PASSWORD" > /root/credentials.env)
echo left > /srv/shop_old/sub/file

mkdir /tmp/n8n
tar -C /tmp/n8n -xf /opt/vividwalls/backup.tar
mv /tmp/n8n/n8n_vol /backup/n8n

docker run -d --name blog -e MARIADB_DATABASE=blog -e MARIADB_USER=blog -e MARIADB_PASSWORD=x -v blog:/var/lib/mysql mariadb:11 > /dev/null
timeout 60 sh -c "until docker exec blog mariadb blog -e 'select 1' > /dev/null 2>&1; do sleep 0.2; done"
docker exec blog mariadb blog -e "create table posts (id integer primary key, text varchar(100)); insert into posts select seq, concat('post ', seq) from seq_1_to_200"
docker stop -t 60 blog > /dev/null
mkdir -p /backup/blog
cp -a "$(docker volume inspect --format '{{.Mountpoint}}' blog)" /backup/blog/db
docker rm blog > /dev/null
docker volume rm blog > /dev/null

docker tag testbed/redis:8 redis:8
docker run -d --name cache -v cache:/data redis:8 --appendonly yes > /dev/null
timeout 60 sh -c 'until [ "$(docker exec cache redis-cli ping 2>&1)" = PONG ]; do sleep 0.2; done'
docker exec cache redis-cli mset one 1 two 2 > /dev/null
docker stop -t 60 cache > /dev/null
cp -a "$(docker volume inspect --format '{{.Mountpoint}}' cache)" /backup/shop/cache
docker rm cache > /dev/null
docker volume rm cache > /dev/null

mkdir -p /tmp/nightly/backup/shop_uploads
echo photo > /tmp/nightly/backup/shop_uploads/1.jpg
tar -C /tmp/nightly -czf /backup/backup-2026-11-30.tar.gz backup

docker tag testbed/guestbook:1 vault:1
mkdir -p /backup/vault/data
docker run --rm --network none --user 0 -v vault_data:/live -v /backup/vault/data:/backup vault:1 python3 -c "
import shutil, sqlite3
file = sqlite3.connect('/live/db.sqlite3')
file.execute('create table ciphers (id integer)')
file.commit()
shutil.copy('/live/db.sqlite3', '/backup/db.sqlite3')
file.execute('insert into ciphers values (1)')
file.commit()"`
