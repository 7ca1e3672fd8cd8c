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
  })
})
