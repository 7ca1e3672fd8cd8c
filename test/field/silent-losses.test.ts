import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { openField, type Field } from './field.ts'

// Stacks and backups of which a plan could be written that runs to its end without some of the data.
vi.setConfig({ testTimeout: 480_000 })

let field: Field
beforeAll(async () => {
  field = await openField()
})
afterEach(() => field.clear())
afterAll(() => field.close())

const must = (script: string) => field.testHost.must(script)
const done = expect.objectContaining({ code: 0 }) as unknown
const refused = expect.objectContaining({ code: 2 }) as unknown
const plan = (project: string) =>
  readFile(join(field.folder, 'plans', `${project}-restore`, 'plan.yaml'), 'utf8')

const UP = 'docker compose --progress quiet up -d --wait'
const WEB = `
  web:
    image: field/web:1
    environment: { DB_KIND: none }
    ports: [ "8080:8000" ]`
const SHOP = `
services:
  db:
    image: postgres:17
    environment: { POSTGRES_PASSWORD: pw, POSTGRES_DB: app }
    volumes: [ "pg:/var/lib/postgresql/data" ]
    healthcheck: { test: ["CMD-SHELL","pg_isready -U postgres"], interval: 1s, retries: 30 }
  web:
    image: field/web:1
    environment: { DB_KIND: postgres, DB_HOST: db, DB_PASSWORD: pw }
    ports: [ "8080:8000" ]
    volumes: [ "uploads:/uploads" ]
    depends_on: { db: { condition: service_healthy } }
volumes: { pg: {}, uploads: {} }
`

/** Starts a stack in /srv/PROJECT. */
const start = (project: string, compose: string, up = UP) =>
  field.testHost.must(
    `mkdir -p /srv/${project}; cd /srv/${project}; printf '%s' "$COMPOSE" > compose.yaml; ${up}`,
    {
      env: { COMPOSE: compose },
    },
  )
const write = (volume: string, file = 'file') =>
  must(`echo kept > "$(docker volume inspect -f '{{.Mountpoint}}' ${volume})/${file}"`)

describe('a service whose container is gone', () => {
  it('is restored with the others that depend on it, and rolled back', async () => {
    await start('shop', SHOP)
    await field.add(60)
    await write('shop_uploads')
    await field.backUp({ project: 'shop' })
    await must('cd /srv/shop && docker compose --progress quiet rm -sf db && docker volume rm shop_pg')
    const found = await field.type('init server --project shop')
    expect(found).toEqual(done)
    expect(found.output).toContain('service db has no container: the plan starts it')
    expect(await plan('shop')).toContain('"${{ inputs.backup }}/pg"')
    expect(await field.type('run plans/shop-restore --id shop-1 --yes')).toEqual(done)
    expect(await field.page()).toBe('{"rows": 60}')
    expect(await field.type('rollback shop-1')).toEqual(done)
    expect(await must("docker ps --format '{{.Names}}'")).toBe('shop-web-1')
  })
})

describe('a new machine', () => {
  it('restores services of profiles and anonymous volumes that the backup has, and leaves out what --keep names', async () => {
    const compose = `
services:${WEB}
  redis: { image: "testbed/redis:8", volumes: [ "/data" ] }
  mail: { image: "field/web:1", profiles: [ mail ], environment: { DB_KIND: none }, volumes: [ "mail:/mail", "cache:/cache" ] }
volumes: { mail: {}, cache: {} }
`
    await start('shop', compose, 'docker compose --progress quiet --profile mail up -d --wait')
    await write('shop_mail')
    await must('docker exec shop-redis-1 redis-cli set a 1; docker exec shop-redis-1 redis-cli save')
    const keys = await must("docker inspect -f '{{(index .Mounts 0).Source}}' shop-redis-1")
    await field.backUp({ project: 'shop', directories: { 'redis-data': keys } })
    await must(
      "rm -r /backup/shop/cache; cd /srv/shop && docker compose --progress quiet --profile '*' down -v",
    )
    const init = 'init server --file /srv/shop/compose.yaml'
    const lacking = await field.type(init)
    expect(lacking).toEqual(refused)
    expect(lacking.output).toContain('volume shop_cache: there is no folder cache')
    expect(await field.type(`${init} --keep cache`)).toEqual(done)
    expect(await field.type('run plans/shop-restore --id shop-2 --yes')).toEqual(done)
    expect(
      await must('docker exec shop-2-redis-1 redis-cli dbsize; docker exec shop-2-mail-1 cat /mail/file'),
    ).toBe('1\nkept')
  })
})

describe('a stack that was started anew under another name', () => {
  it('finds the folders of the volumes of its old name; where it does not, it asks, although the new ones are empty', async () => {
    await start('shop', SHOP, `${UP.replace('compose', 'compose -p my-shop')}`)
    await field.add(60)
    await write('my-shop_uploads')
    await field.backUp({ project: 'my-shop', to: '/backup/shop' })
    await must(
      `cd /backup/shop && mv pg myshop_pg && mv uploads myshop_uploads && cd /srv/shop && docker compose -p my-shop --progress quiet down -v && ${UP}`,
    )
    const found = await field.type('init server --project shop')
    expect(found).toEqual(done)
    expect(await plan('shop')).toMatch(/}\/myshop_pg".*\n.*}\/myshop_uploads"/)
    await must('mv /backup/shop/myshop_uploads /backup/shop/pictures')
    const asked = await field.type('init server --project shop --out plans/second')
    expect(asked).toEqual(refused)
    expect(asked.output).toContain(
      'volume shop_uploads: it is empty, and no place uses pictures of the backup',
    )
    expect(await field.type('init server --project shop --out plans/second --keep uploads')).toEqual(done)
    expect(await field.type('init server --project shop --out plans/third --map uploads=pictures')).toEqual(
      done,
    )
  })
})

describe('a backup that the service cannot use', () => {
  it('is refused: a snapshot of a Redis that reads its append-only files', async () => {
    const compose = `
services:${WEB}
  redis: { image: "testbed/redis:8", command: [ "--appendonly", "yes" ], volumes: [ "keys:/data" ] }
volumes: { keys: {} }
`
    await start('bus', compose)
    await must(
      `docker exec bus-redis-1 redis-cli set a 1; docker exec bus-redis-1 redis-cli save; at=$(docker volume inspect -f '{{.Mountpoint}}' bus_keys)
      mkdir -p /backup/bus/keys /backup/whole/keys; cp -a $at/dump.rdb /backup/bus/keys/; cp -a $at/. /backup/whole/keys/`,
    )
    const found = await field.type('init server --project bus')
    expect(found).toEqual(refused)
    expect(found.output).toContain('the folder keys has no append-only file')
    expect(found.output).toContain('it would start empty')
    expect(await field.type('init server --project bus --map keys=keys')).toEqual(refused)
    expect(await field.type('init server --project bus --backup /backup/whole')).toEqual(done)
  })

  it('is refused: a copy that lost the owners', async () => {
    const compose = `
services:
  web:
    image: field/web:1
    user: "1000:1000"
    environment: { DB_KIND: sqlite, DB_FILE: /data/app.db }
    ports: [ "8080:8000" ]
    volumes: [ "./data:/data" ]
`
    await start('own', compose, `mkdir data; chown 1000:1000 data; ${UP}`)
    await field.add(7)
    await must('mkdir -p /backup/own; cp -r /srv/own/data /backup/own/data')
    const found = await field.type('init server --project own')
    expect(found).toEqual(refused)
    expect(found.output).toContain('chown -R 1000:1000')
    expect(await field.type('init server --project own --map ./data=data --out plans/mapped')).toEqual(done)
    await must('chown -R 1000:1000 /backup/own/data')
    expect(await field.type('init server --project own')).toEqual(done)
  })
})

describe('a place that no plan restores, although the backup has it', () => {
  it('is asked about: a directory right below the root, and a SQLite file that is mounted by itself', async () => {
    const compose = `
services:
  web:
    image: field/web:1
    environment: { DB_KIND: sqlite, DB_FILE: /app.db }
    ports: [ "8080:8000" ]
    volumes: [ "data:/data", "./app.db:/app.db", "/storage:/storage", "/usr/local/app/files:/files" ]
volumes: { data: {} }
`
    await start('app', compose, `touch app.db; ${UP}`)
    await field.add(7)
    await write('app_data')
    await must('echo kept > /storage/file; echo kept > /usr/local/app/files/file')
    const directories = { storage: '/storage', files: '/usr/local/app/files' }
    await field.backUp({ project: 'app', directories })
    await must('cp /srv/app/app.db /backup/app/')
    await field.add(5)
    const found = await field.type('init server --project app')
    await must('rm -r /storage/file /usr/local/app/files/file')
    expect(found).toEqual(refused)
    expect(found.output).toMatch(/directory \/storage: .* the backup has it in storage/)
    expect(found.output).toMatch(/file \/srv\/app\/app\.db \(SQLite\): /)
    expect(found.output).toContain('--keep /storage')
    const keep = 'init server --project app --keep /storage'
    expect(await field.type(`${keep} --keep /srv/app/app.db`)).toEqual(done)
    expect(await plan('app')).toContain('path: "/usr/local/app/files-${{ run.id }}"')
    expect(await field.type(`${keep} --config backup --out plans/second`)).toEqual(done)
  })
})

describe('a file without which the stack does not start', () => {
  it('is named before anything stops: one that is mounted, a secret, an env file', async () => {
    const compose = `
services:
  web:
    image: field/web:1
    env_file: [ app.env ]
    secrets: [ key ]
    environment: { DB_KIND: none }
    ports: [ "8080:8000" ]
    volumes: [ "data:/data", "./web.conf:/etc/web.conf:ro" ]
secrets: { key: { file: ./key.txt } }
volumes: { data: {} }
`
    await start('app', compose, `echo A=1 > app.env; echo k > key.txt; echo c > web.conf; ${UP}`)
    await write('app_data')
    await field.backUp({ project: 'app' })
    await must('mkdir /backup/app/conf; cd /srv/app; cp app.env web.conf /backup/app/conf/; rm app.env')
    const env = await field.type('init server --project app')
    expect(env).toEqual(refused)
    expect(env.output).toContain('cp -a /backup/app/conf/app.env /srv/app/app.env')
    await must('cp /backup/app/conf/app.env /srv/app/; rm /srv/app/web.conf /srv/app/key.txt')
    const gone = await field.type('init server --project app')
    expect(gone).toEqual(refused)
    expect(gone.output).toMatch(/\/srv\/app\/key\.txt: .* gone from the host/)
    expect(gone.output).not.toContain('/srv/app/web.conf:')
    await must('echo k > /srv/app/key.txt')
    const found = await field.type('init server --project app')
    expect(found).toEqual(done)
    expect(await plan('app')).toContain('path: /srv/app/web.conf, copyOf:')
  })
})

describe('containers of Compose v1', () => {
  it('are read by the path of their file below the directory of the project', async () => {
    const labels = Object.entries({
      ...{ project: 'old', service: 'web', oneoff: 'False', 'container-number': '1', version: '1.29.2' },
      ...{ 'project.config_files': 'docker-compose.yml', 'project.working_dir': '/srv/old' },
      'config-hash': 'other',
    }).map(([name, value]) => `--label com.docker.compose.${name}=${value}`)
    await must(`mkdir -p /srv/old; cat > /srv/old/docker-compose.yml <<'Y'
services:${WEB}
    volumes: [ "data:/data" ]
volumes: { data: {} }
Y
docker network create old_default > /dev/null
docker volume create --label com.docker.compose.project=old --label com.docker.compose.volume=data old_data > /dev/null
docker run -d --name old_web_1 --network old_default -p 8080:8000 -e DB_KIND=none -v old_data:/data ${labels.join(' ')} field/web:1 > /dev/null`)
    await write('old_data')
    await field.backUp({ project: 'old' })
    expect(await field.type('init server --project old')).toEqual(done)
    expect(await field.type('run plans/old-restore --id old-1 --yes')).toEqual(done)
    expect(await must('docker exec old-1-web-1 cat /data/file')).toBe('kept')
    expect(await field.type('rollback old-1')).toEqual(done)
  })
})
