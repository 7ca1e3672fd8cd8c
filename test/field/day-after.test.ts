import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openField, type Field } from './field.ts'

let field: Field
beforeAll(async () => {
  field = await openField()
})
afterEach(() => field.clear())
afterAll(() => field.close())

const must = (script: string) => field.testHost.must(script)
const done = expect.objectContaining({ code: 0 }) as unknown

/** Of the containers that run: project and service, sorted. */
const running = () =>
  must(
    `docker ps --format '{{.Label "com.docker.compose.project"}} {{.Label "com.docker.compose.service"}}' | sort`,
  )
const ids = () => must(`docker ps -q --no-trunc | sort`)
/** What the alias `web` answers on the network of the proxy, asked eight times. */
const answers = async () =>
  must(
    `docker run --rm --network proxy field/web:1 python3 -c "
import time, urllib.request as u
for i in range(60):
  try: u.urlopen('http://web:8000/', timeout=5); break
  except Exception: time.sleep(0.5)
print('\\\\n'.join(sorted(set(u.urlopen('http://web:8000/', timeout=5).read().decode() for i in range(8)))))"`,
  )
const rows = (count: number) => `{"rows": ${count}}`
const addTo = (service: string, count: number) =>
  must(
    `docker exec "$(docker ps -q --filter label=com.docker.compose.service=${service})" python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/add?rows=${count}')"`,
  )

describe('the day after a restore', () => {
  it('27, 28 › docker compose up -d, by hand or by a unit at boot, is the restored stack; after a rollback, the old one', async () => {
    await must('docker network create proxy > /dev/null')
    await field.lay({ case: '27', project: 'app27' })
    await addTo('web', 270)
    await field.backUp({ project: 'app27' })
    await answers()
    await addTo('web', 30)
    await must(`mkdir -p /etc/systemd/system; cat > /etc/systemd/system/app.service <<'U'
[Service]
WorkingDirectory=/srv/app27
ExecStart=/usr/bin/docker compose up -d --remove-orphans
U
echo '@reboot root docker compose -p app27 -f /srv/app27/compose.yaml up -d' > /etc/cron.d/app27`)
    const before = await ids()
    const found = await field.type('init server --project app27')
    expect(found).toEqual(done)
    expect(found.output).toContain(
      'app.service, line 2, starts this stack: after the cutover it starts the restored one',
    )
    expect(found.output).toContain(
      '/etc/cron.d/app27, line 1, starts this stack by a name or files of its own',
    )

    expect(await field.type('run plans/app27-restore --id app27-1 --yes')).toEqual(done)
    expect(await answers()).toBe(rows(270))
    const restored = await ids()
    const serving = 'app27-1 db\napp27-1 web'
    expect(await running()).toBe(serving)

    await must('cd /srv/app27 && docker compose --progress quiet up -d')
    await must('cd /srv/app27 && docker compose --progress quiet up -d --remove-orphans')
    await must('cd / && docker compose --project-directory /srv/app27 --progress quiet up -d')
    expect(await ids()).toBe(restored)
    // With the old name, the restored volumes would be mounted by two databases at once.
    const named = await field.testHost.exec('cd /srv/app27 && docker compose -p app27 up -d')
    expect(named).toMatchObject({
      exitCode: 14,
      stderr: expect.stringContaining('restored-app27.yaml') as unknown,
    })
    expect(await ids()).toBe(restored)
    await must(
      'cd /srv/app27 && docker compose --progress quiet down && docker compose --progress quiet up -d --wait',
    )
    expect(await running()).toBe(serving)
    expect(await answers()).toBe(rows(270))

    const undone = await field.type('rollback app27-1')
    expect(undone).toEqual(done)
    expect(undone.output).toContain('in place of a container of the step; stopped')
    expect(await running()).toBe('app27 db\napp27 web')
    expect(await answers()).toBe(rows(300))
    expect(await must('ls -A /srv/app27')).not.toContain('.env')
    await must('cd /srv/app27 && docker compose --progress quiet up -d --remove-orphans')
    expect(await ids()).toBe(before)
  }, 400_000)

  it("Python and MariaDB, with uploads, a sparse file and a changed .env › by init's plan, unedited", async () => {
    await field.lay({ case: 'day-after', project: 'shop' })
    await field.add(120)
    await must(
      'cd /srv/shop/uploads && echo one > a.txt && truncate -s 64M sparse.img && printf x | dd of=sparse.img bs=1 seek=33000000 conv=notrunc 2> /dev/null',
    )
    await field.backUp({ project: 'shop', directories: { uploads: '/srv/shop/uploads' } })
    await must(
      "cd /srv/shop && sed -i 's/^TITLE=.*/TITLE=Changed/' .env && chmod 640 .env && docker compose --progress quiet up -d --wait",
    )
    await must('echo later > /srv/shop/uploads/b.txt')
    expect(await field.add(30)).toBe(rows(150))
    const envFile = () => must('cat /srv/shop/.env; stat -c "%a %u:%g" /srv/shop/.env')
    const [before, old] = [await ids(), await envFile()]

    expect(await field.type('init server --project shop')).toEqual(done)
    const run = await field.type('run plans/shop-restore --id shop-1 --yes')
    expect(run).toEqual(done)
    expect(run.output).toMatch(/serves +project shop-1 on server: db, mail, web/)
    expect(run.output).toMatch(/by hand +cd \/srv\/shop && docker compose ps/)
    expect(run.output).toMatch(
      /kept +containers shop-\S+.*volume shop_db \([\d.]+ MB\); directory \/srv\/shop\/uploads \(.*B\)\./,
    )
    expect(run.output).toContain('docker volume rm shop_db')
    expect(await field.page()).toBe(rows(120))
    expect(
      await must('docker exec "$(docker ps -q --filter label=com.docker.compose.service=web)" ls /uploads'),
    ).toBe('a.txt\nsparse.img')
    const restored = await ids()
    await must('cd /srv/shop && docker compose --progress quiet up -d --remove-orphans')
    expect(await ids()).toBe(restored)
    expect(await envFile()).toContain('TITLE=Changed')

    expect(await field.type('rollback shop-1')).toEqual(done)
    expect(await envFile()).toBe(old)
    expect(await ids()).toBe(before)
    expect(await field.page()).toBe(rows(150))
    expect((await field.type('status shop-1')).output).toMatch(/serves +what served before: project shop/)
  })

  it('a stack that is started with -f › fails with a message until a rollback, instead of starting the old one', async () => {
    const file = `
services:
  web: { image: 'field/web:1', environment: { DB_KIND: sqlite, DB_FILE: /data/app.db }, env_file: .env, volumes: ['./data:/data'], ports: ['8080:8000'] }
`
    const up = 'cd /srv/plain && docker compose --progress quiet -f stack.yml up -d --wait'
    await must(
      `mkdir -p /srv/plain/data && cd /srv/plain && echo TITLE=x > .env && cat > stack.yml <<'Y'${file}Y\n${up}`,
    )
    await field.add(20)
    await field.backUp({ project: 'plain', directories: { data: '/srv/plain/data' } })
    await must('curl -sf -o /dev/null --retry 30 --retry-all-errors --retry-delay 1 http://127.0.0.1:8080/')
    await field.add(5)
    const before = await ids()
    const found = await field.type('init server --project plain')
    expect(found).toEqual(done)
    expect(found.output).toContain('is started with -f or another project directory')
    const run = await field.type('run plans/plain-restore --id plain-1 --yes')
    expect(run).toEqual(done)
    expect(await field.page()).toBe(rows(20))
    const restored = await ids()
    const again = await field.testHost.exec(up)
    expect(again.exitCode).not.toBe(0)
    expect(again.stderr).toContain('replaced by plain-1, see: reinstate status plain-1')
    const [, shown = ''] = /by hand +(docker compose .*) ps/.exec(run.output) ?? []
    await must(`${shown} up -d`)
    expect(await ids()).toBe(restored)
    expect(await field.type('rollback plain-1')).toEqual(done)
    await must(up)
    expect(await ids()).toBe(before)
    expect(await field.page()).toBe(rows(25))
  })
})
