import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { openField, type Field } from './field.ts'

vi.setConfig({ testTimeout: 480_000 })

/** Its rows are encrypted with a key of .env, its role is no superuser, and people reach it through a proxy. */
const N8N = `
services:
  postgres:
    image: postgres:17
    environment: { POSTGRES_PASSWORD: "\${DB_ROOT_PASSWORD}", POSTGRES_DB: app }
    volumes: [ "db_storage:/var/lib/postgresql/data" ]
    healthcheck: { test: ["CMD-SHELL","pg_isready -U postgres"], interval: 1s, retries: 30 }
  n8n:
    image: field/web:1
    environment: { DB_KIND: postgres, DB_HOST: postgres, DB_USER: n8n, DB_PASSWORD: "\${N8N_PASSWORD}", N8N_ENCRYPTION_KEY: "\${N8N_ENCRYPTION_KEY}" }
    volumes: [ "n8n_home:/home/node/.n8n" ]
    depends_on: { postgres: { condition: service_healthy } }
  proxy:
    image: testbed/nginx:1
    entrypoint: [ "nginx", "-g", "daemon off;" ]
    ports: [ "8080:80" ]
    volumes: [ "./proxy.conf:/etc/nginx/sites-enabled/default:ro" ]
    depends_on: [ n8n ]
volumes: { db_storage: {}, n8n_home: {} }
`
const UP = `
set -eu
mkdir -p /srv/flows; cd /srv/flows
printf '%s' "$N8N" > compose.yml
printf 'DB_ROOT_PASSWORD=root-canary\\nN8N_PASSWORD=role-canary\\nN8N_ENCRYPTION_KEY=key-canary\\n' > .env; chmod 600 .env
printf 'server { listen 80; location / { proxy_pass http://n8n:8000; } }\\n' > proxy.conf
docker compose --progress quiet up -d --wait postgres
docker compose exec -T postgres psql -q -U postgres app -c "create role n8n login password 'role-canary'; grant create, usage on schema public to n8n"
docker compose --progress quiet up -d --wait`

/** The folders are called as their owner calls them, and conf/ has the configuration. */
const BACK_UP = `
set -eu
cd /srv/flows
docker compose --progress quiet stop
mkdir -p /backup/flows/conf
cp -a compose.yml .env proxy.conf /backup/flows/conf/
for pair in postgres:db_storage n8n:n8n_home; do
  mkdir -p "/backup/flows/\${pair%:*}"
  rsync -aHAX --numeric-ids "$(docker volume inspect -f '{{.Mountpoint}}' "flows_\${pair#*:}")/" "/backup/flows/\${pair%:*}/"
done
docker compose --progress quiet up -d --wait`

/** Its rows are in a SQLite file with a write-ahead log, encrypted with a key in a file; people upload to a directory. */
const NOTES = `
services:
  notes:
    image: field/web:1
    environment: { DB_KIND: sqlite, DB_FILE: /data/database.sqlite, DB_WAL: "1", N8N_ENCRYPTION_KEY_FILE: /run/secrets/key }
    secrets: [ key ]
    ports: [ "8080:8000" ]
    volumes: [ "data:/data", "./uploads:/uploads" ]
secrets: { key: { file: ./key.txt } }
volumes: { data: {} }
`

let field: Field
beforeAll(async () => {
  field = await openField()
})
afterEach(() => field.clear())
afterAll(() => field.close())
const done = expect.objectContaining({ code: 0 }) as unknown

describe('an application that encrypts with a key of .env, behind a proxy', () => {
  it('is restored with its configuration by the plan of init, unedited, and rolled back', async () => {
    await field.testHost.must(UP, { env: { N8N } })
    await field.testHost.must(
      'echo settings > "$(docker volume inspect -f "{{.Mountpoint}}" flows_n8n_home)/config"',
    )
    expect(await field.add(60)).toBe('{"rows": 60}')
    await field.testHost.must(BACK_UP)
    await field.testHost.must(
      'cd /srv/flows && sed -i s/key-canary/lost-canary/ .env && docker compose --progress quiet up -d --wait',
    )
    expect(await field.page()).toContain('cannot be decrypted')

    const found = await field.type('init server --project flows --out plans/first')
    expect(found).toEqual(done)
    expect(found.output).toContain(
      '/srv/flows/.env differs from conf/.env of the backup (other values of N8N_ENCRYPTION_KEY): the restored stack uses the one on the host; to restore it too: --config backup',
    )
    expect(found.output).toContain('/srv/flows/proxy.conf: as in the backup')
    expect(found.output).toMatch(/guessed: flows_n8n_home from n8n; .* lines \d+ of plan\.yaml/)
    expect(found.output).not.toContain('not restored from the backup')
    expect(await field.type('init server --project flows --config backup')).toEqual(done)
    const plan = await readFile(join(field.folder, 'plans/flows-restore/plan.yaml'), 'utf8')
    expect(`${found.output}${plan}`).not.toContain('canary')

    expect(await field.type('run plans/flows-restore --id flows-1 --yes')).toEqual(done)
    expect(await field.page()).toBe('{"rows": 60}')
    expect(await field.testHost.must('cat /srv/flows/.env')).toContain('key-canary')
    const shown = await field.type('show flows-1')
    expect(shown.output).not.toContain('canary')
    expect(await field.type('rollback flows-1')).toEqual(done)
    expect(await field.testHost.must('cat /srv/flows/.env')).toContain('lost-canary')
    expect(await field.page()).toContain('cannot be decrypted')
  })
})

describe('an application with SQLite, uploads and a key in a file', () => {
  it('is refused with another key before anything stops, restored by the plan of init, unedited, and rolled back', async () => {
    const must = (script: string) => field.testHost.must(script)
    await field.testHost.must(
      `mkdir -p /srv/notes/uploads; cd /srv/notes; printf '%s' "$NOTES" > compose.yaml; echo key-canary > key.txt; echo one > uploads/a.txt
      docker compose --progress quiet up -d --wait`,
      { env: { NOTES } },
    )
    expect(await field.add(40)).toBe('{"rows": 40}')
    await field.backUp({ project: 'notes', directories: { uploads: '/srv/notes/uploads' } })
    expect(await field.add(5)).toBe('{"rows": 45}')
    await must('echo later > /srv/notes/uploads/b.txt; cp /srv/notes/key.txt /root/key.txt')

    expect(await field.type('init server --project notes')).toEqual(done)
    await must('echo lost-canary > /srv/notes/key.txt')
    const wrong = await field.type('run plans/notes-restore --id notes-1 --yes')
    expect(wrong.output).toMatch(
      /N8N_ENCRYPTION_KEY_FILE of service notes has now decrypts 0 of 40 .* would be unreadable/,
    )
    expect(wrong.output).not.toContain('canary')
    expect(await field.page()).toBe('{"rows": 45}')
    expect(await field.type('rollback notes-1')).toEqual(done)
    await must('cp /root/key.txt /srv/notes/key.txt')

    const run = await field.type('run plans/notes-restore --id notes-2 --yes')
    expect(run).toEqual(done)
    expect(run.output).toContain('decrypts all 40 encrypted texts')
    expect(run.output).toMatch(/1 table with 40 rows; the live one has 45 rows/)
    expect(await field.page()).toBe('{"rows": 40}')
    const uploads =
      'docker exec "$(docker ps -q --filter label=com.docker.compose.service=notes)" ls /uploads'
    expect(await must(uploads)).toBe('a.txt')
    expect(await field.type('rollback notes-2')).toEqual(done)
    expect(await field.page()).toBe('{"rows": 45}')
    expect(await must(uploads)).toBe('a.txt\nb.txt')
  })
})
