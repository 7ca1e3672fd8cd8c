import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { searchAttributes } from '../../src/embedded/search-attributes.ts'
import { docker } from '../../testbed/outer-docker.ts'
import { FOLDER, nameServer, openProduction, productionImages } from '../../testbed/production.ts'
import type { Production } from '../../testbed/production.ts'

let production: Production
let first: { readonly exitCode: number; readonly stderr: string }
beforeAll(async () => {
  production = await openProduction()
  first = await production.up()
}, 900_000)
afterAll(() => production.close())

const host = () => production.testHost
const parts = ['postgresql', 'server', 'ui', 'worker', 'dump']
/** When each long-running part was created, and its container. */
const containers = () =>
  host().must(
    `docker inspect -f '{{.Id}} {{.State.StartedAt}}' ${parts.map((part) => `reinstate-temporal-${part}-1`).join(' ')}`,
  )
const query = (database: string, sql: string) =>
  host().must(`docker exec reinstate-temporal-postgresql-1 psql -U temporal -d ${database} -Atc "${sql}"`)
const NOTE = `plan: note
title: Write a note
hosts: [server]
defaults: { host: server }
phases:
  - phase: only
    steps:
      - { step: folder, kind: directories, paths: [/srv/note] }
      - { step: note, kind: command, script: hostname > /srv/note/host, undo: rm -f /srv/note/host, verify: test -s /srv/note/host }
`

describe('the image of the Dockerfile', () => {
  const image = productionImages.reinstate
  const inside = (script: string) => docker(['run', '--rm', '--entrypoint', 'sh', image, '-c', script])

  it('is smaller than 300 MB, and has a health check', async () => {
    const [size = '', health = ''] = (
      await docker(['image', 'inspect', '-f', '{{.Size}} {{json .Config.Healthcheck.Test}}', image])
    ).split(' ')
    expect(Number(size)).toBeLessThan(300_000_000)
    expect(JSON.parse(health)).toEqual(['CMD', 'reinstate', 'worker', '--check'])
  })

  it('runs as an ordinary user, with the bundle of the workflows, ssh and rsync', async () => {
    expect(await inside('id -u')).toBe('1000')
    expect(await inside('test -w /opt/reinstate/bin && echo writable || echo closed')).toBe('closed')
    expect(
      await inside(
        'cd /opt/reinstate/dist && ls failure-converter.cjs workflow-bundle*.js && ssh -V 2>&1 && rsync --version',
      ),
    ).toMatch(/failure-converter\.cjs\nworkflow-bundle-encrypted\.js\nworkflow-bundle\.js\nOpenSSH[^]*rsync/)
  })

  it('starts for a user that has no name in it', async () => {
    const said = await docker([
      'run',
      '--rm',
      '--user',
      '4321:4321',
      '--entrypoint',
      'sh',
      image,
      '-c',
      'reinstate status 2>&1; echo $?',
    ])
    expect(said).toMatch(/Temporal does not answer[^]*\n3$/)
  })
})

describe('scripts/temporal-up', () => {
  it('brings everything up, healthy', async () => {
    expect(first).toMatchObject({ exitCode: 0 })
    const { stdout } = await production.compose(
      'ps --all --format "{{.Service}} {{.State}} {{.Health}} {{.ExitCode}}"',
    )
    const states = stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/ +/g, ' '))
    for (const part of parts) expect(states).toContain(`${part} running healthy 0`)
    for (const once of ['schema', 'namespace']) expect(states).toContain(`${once} exited 0`)
  })

  it('publishes ports on loopback alone, and shows no password', async () => {
    const listening = await host().must("ss -ltnH | awk '{ print $4 }'")
    const published = listening.split('\n').filter((address) => /:(7233|8233|9464|5432|8080)$/.test(address))
    expect(published.toSorted()).toEqual(['127.0.0.1:7233', '127.0.0.1:8233', '127.0.0.1:9464'])

    const password = await host().must(`cat ${FOLDER}/production/database-password`)
    expect(password).toMatch(/^[0-9a-f]{64}$/)
    const shown = await host().must(
      'docker ps -aq | xargs docker inspect; docker ps -aq | xargs -n 1 docker logs 2>&1; ps -eo args',
    )
    expect(shown).toContain('POSTGRES_PASSWORD_FILE')
    expect(shown).not.toContain(password)
  })

  it('creates the namespace with 30 days and each search attribute', async () => {
    const operator = (words: string) =>
      production.compose(`run --rm -T --no-deps --entrypoint temporal namespace ${words}`)
    expect((await operator('operator namespace describe -n default')).stdout).toMatch(
      /Retention\w* +(30d|720h)/,
    )
    const { stdout } = await operator('operator search-attribute list -n default')
    for (const [attribute, { name }] of Object.entries(searchAttributes))
      expect(stdout).toMatch(new RegExp(`^ *${attribute} +${name} *$`, 'm'))
  })

  it('shows the runs in a UI that offers neither terminate nor batch actions', async () => {
    const settings = JSON.parse(await host().must('curl -sf http://127.0.0.1:8233/api/v1/settings')) as object
    expect(settings).toMatchObject({ WorkflowTerminateDisabled: true, BatchActionsDisabled: true })
    expect(await host().must('curl -sf http://127.0.0.1:8233/api/v1/namespaces/default/workflows')).toContain(
      '{',
    )
  })
})

describe('a run', () => {
  beforeAll(async () => {
    await nameServer(production)
    // A worker reads its inventory when it starts.
    await production.compose('restart worker')
  })

  it('is carried out by the worker in its container, and rolled back', async () => {
    await production.plan('note', NOTE)
    // Just restarted: Temporal does not list it yet.
    const ran = await production.cli('run note --id note-1')
    expect(ran).toMatchObject({ exitCode: 0 })
    expect(await host().must('cat /srv/note/host')).toBe(host().name)
    expect(await production.stateOf('note-1')).toBe('done')

    expect(await production.cli('rollback note-1 --reason "a test"')).toMatchObject({ exitCode: 0 })
    expect(await host().must('ls -d /srv/note 2>/dev/null || true')).toBe('')
  })

  it('is kept when temporal-up runs again, which changes nothing', async () => {
    const before = await containers()
    const versions = () => query('temporal', 'select curr_version, creation_time from schema_version')
    const schema = await versions()
    expect(schema).toMatch(/^\d+\.\d+\|/)
    expect(await production.up()).toMatchObject({ exitCode: 0 })
    expect(await containers()).toBe(before)
    expect(await versions()).toBe(schema)
    expect(await production.stateOf('note-1')).toBe('rolled-back')
  })
})

describe('the logs and metrics of the worker', () => {
  it('are JSON with the run, and served on loopback', async () => {
    const logged = await host().must('docker logs reinstate-temporal-worker-1 2>/dev/null')
    const lines = logged.split('\n').filter((line) => line.includes('note-1'))
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ level: 'info', run: 'note-1', step: 'note', host: 'server' }),
    )
    expect(await host().must('curl -sf http://127.0.0.1:9464/metrics')).toMatch(/^reinstate_runs/m)
  })
})

describe('codec keys', () => {
  /** How many lines of both databases have this text in a payload. */
  const stored = async (text: string) => {
    const hex = Buffer.from(text).toString('hex')
    const dumps = 'for each in temporal temporal_visibility; do pg_dump -U temporal $each; done'
    return Number(
      await host().must(
        `docker exec reinstate-temporal-postgresql-1 sh -c '${dumps} | grep -c -e ${hex} -e ${text} || true'`,
      ),
    )
  }

  it('made by the CLI, encrypt what PostgreSQL stores of the next run', async () => {
    expect(await production.cli('codec create')).toMatchObject({ exitCode: 0 })
    expect(await production.compose('restart worker')).toMatchObject({ exitCode: 0 })
    await production.plan(
      'canary',
      NOTE.replace('plan: note', 'plan: canary').replaceAll('/srv/note', '/srv/canary'),
    )
    expect(await production.cli('run canary --id encrypted-1')).toMatchObject({ exitCode: 0 })
    expect(await host().must('ls /srv/canary')).toBe('host')
    expect(await stored('/srv/note/host')).toBeGreaterThan(0)
    expect(await stored('/srv/canary/host')).toBe(0)
  })
})

describe('without a certificate of the authority', () => {
  const own = `${FOLDER}/production/certificates`
  const tls = '-e TEMPORAL_TLS_SERVER_CA_CERT_PATH=/certificates/ca.pem'
  const pair =
    '-e TEMPORAL_TLS_CLIENT_CERT_PATH=/certificates/certificate.pem -e TEMPORAL_TLS_CLIENT_KEY_PATH=/certificates/key.pem'
  const strangers: readonly (readonly [string, string])[] = [
    ['no TLS', ''],
    ['TLS and no certificate', `-v ${own}/operator:/certificates:ro ${tls}`],
    ['a certificate of another authority', `-v /root/other/mixed:/certificates:ro ${tls} ${pair}`],
  ]
  const operator = `-v ${own}/operator:/certificates:ro ${tls} ${pair}`
  beforeAll(async () => {
    await host().must(
      `cd ${FOLDER} && sh scripts/temporal-certificates /root/other && cp -r /root/other/operator /root/other/mixed && cp ${own}/operator/ca.pem /root/other/mixed/ && chown -R 1000:1000 /root/other && chmod 755 /root`,
    )
  })
  const outside = (how: string, image: string, words: string) =>
    host().exec(
      `timeout 40 docker run --rm --user 1000:1000 --network reinstate-temporal_temporal -e TEMPORAL_ADDRESS=server:7233 ${how} ${image} ${words}`,
    )
  const temporal = (how: string, words: string) =>
    outside(how, productionImages['admin-tools'], `temporal ${words}`)
  const starts = (how: string, id: string) =>
    temporal(how, `workflow start --task-queue nobody --type anything --workflow-id ${id}`)
  const signals = (how: string) =>
    temporal(how, 'workflow signal --workflow-id with-certificate --name decide')
  const polls = (how: string) =>
    outside(
      `${how} -v ${FOLDER}/production/worker:/etc/reinstate:ro`,
      '--entrypoint timeout ' + productionImages.reinstate,
      '15 reinstate worker',
    )

  it('anyone who has one starts, signals and polls', async () => {
    expect(await starts(operator, 'with-certificate')).toMatchObject({ exitCode: 0 })
    expect(await signals(operator)).toMatchObject({ exitCode: 0 })
    expect((await polls(operator)).stdout).toContain('worker ready')
  })

  it.each(strangers)('with %s, nobody starts, signals or polls', async (_, how) => {
    const started = await starts(how, 'without-certificate')
    expect(started.exitCode).not.toBe(0)
    expect((await signals(how)).exitCode).not.toBe(0)
    const polled = await polls(how)
    expect(polled.stdout).not.toContain('worker ready')
    expect(polled.exitCode).not.toBe(0)
    const { stdout } = await temporal(operator, 'workflow list')
    expect(stdout).toContain('with-certificate')
    expect(stdout).not.toContain('without-certificate')
  })
})

describe('the nightly dump', () => {
  const dumps = async () => (await host().must('docker exec reinstate-temporal-dump-1 ls /dumps')).split('\n')

  it('was made when the databases were new, and is readable by root alone', async () => {
    expect((await dumps()).length).toBeGreaterThan(0)
    const modes = await host().must(
      "docker exec reinstate-temporal-dump-1 sh -c 'stat -c %a /dumps/* /dumps/*/*'",
    )
    expect(new Set(modes.split('\n'))).toEqual(new Set(['700', '600']))
  })

  it('restored into another PostgreSQL, equals what was dumped', async () => {
    const made = await host().must('docker exec reinstate-temporal-dump-1 sh /dump now')
    const dump = /dumped (\S+)/.exec(made)?.[1] ?? ''
    await host().must(
      `docker run -d --name restored --network none -e POSTGRES_USER=temporal -e POSTGRES_PASSWORD_FILE=/password -v ${FOLDER}/production/database-password:/password:ro -v reinstate-temporal_dumps:/dumps:ro ${productionImages.postgres}
      timeout 60 sh -c 'until docker exec restored pg_isready -q -h 127.0.0.1; do sleep 0.5; done'`,
    )
    // The order of rows in a table is the one in which the server wrote them; a dump has a random word on its restrict lines.
    const text = (file: string, into: string) => `pg_restore -f - ${file} | awk '
      /^.(un)?restrict / { next }
      /^COPY / { print; fflush(); rows = 1; next }
      rows && $0 == "\\\\." { close("LC_ALL=C sort"); rows = 0 }
      rows { print | "LC_ALL=C sort"; next }
      { print }' >${into}`
    for (const database of ['temporal', 'temporal_visibility']) {
      const file = `${dump}/${database}.dump`
      const script = `
        psql -qU temporal -d postgres -c "drop database if exists ${database}" -c "create database ${database}"
        pg_restore -e -U temporal -d ${database} ${file}
        pg_dump -Fc -U temporal -f /tmp/again ${database}
        ${text(file, '/tmp/dumped')}
        ${text('/tmp/again', '/tmp/restored')}
        wc -l </tmp/dumped
        diff /tmp/dumped /tmp/restored | head -c 4000`
      const { stdout, stderr, exitCode } = await host().exec('docker exec -i restored sh -e', {
        stdin: script,
      })
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
      const [lines = '', ...differences] = stdout.trim().split('\n')
      expect(Number(lines)).toBeGreaterThan(500)
      expect(differences).toEqual([])
    }
    expect(
      await host().must(
        `docker exec restored psql -U temporal -d temporal -Atc "select count(*) from current_executions where workflow_id = 'note-1'"`,
      ),
    ).toBe('1')
  })

  it('keeps the newest, removes the oldest, and leaves what is no dump', async () => {
    await host().must(
      "docker exec reinstate-temporal-dump-1 sh -c 'cd /dumps; mkdir 2020-01-01T00-00-00Z 2020-01-02T00-00-00Z mine; mkdir -p .writing/half'",
    )
    await host().must('docker exec -e DUMPS_KEPT=2 reinstate-temporal-dump-1 sh /dump now')
    const kept = await dumps()
    expect(kept).toContain('mine')
    expect(kept.filter((name) => name.startsWith('2020'))).toEqual([])
    expect(kept).toHaveLength(3)
  })

  it('is missed by the health check after 26 hours', async () => {
    const check = 'docker exec reinstate-temporal-dump-1 sh /dump check'
    expect(await host().exec(check)).toMatchObject({ exitCode: 0 })
    await host().must('docker exec reinstate-temporal-dump-1 sh -c \'touch -d "-27 hours" /dumps/20*\'')
    expect(await host().exec(check)).toMatchObject({ exitCode: 1 })
  })
})

describe('docs/production.md', () => {
  const text = readFileSync(packageFolder('docs', 'production.md'), 'utf8')
  const commands = [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, block = '']) =>
    block.split('\n').filter(Boolean),
  )

  it('has commands that work as they are written', async () => {
    expect(commands.length).toBeGreaterThanOrEqual(5)
    for (const command of commands) {
      const { exitCode, stderr } = await host().exec(`cd ${FOLDER} && ${command}`, { timeoutSeconds: 400 })
      expect({ command, exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({
        command,
        exitCode: 0,
        stderr: '',
      })
    }
    expect(await host().must(`ls -R ${FOLDER}/temporal-dumps`)).toContain('temporal_visibility.dump')
  })
})

describe('secrets that are lost', () => {
  it.each(['database-password', 'worker/worker.key'])(
    'are not made anew while the database exists: %s',
    async (file) => {
      const path = `${FOLDER}/production/${file}`
      await host().must(`mv ${path} ${path}.away`)
      const { exitCode, stderr } = await production.up()
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining(file) as unknown,
      })
      expect(await host().must(`ls ${path} 2>/dev/null || true`)).toBe('')
      await host().must(`mv ${path}.away ${path}`)
    },
  )
})
