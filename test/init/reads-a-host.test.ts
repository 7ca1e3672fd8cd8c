import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { overrideText } from '../../src/init/override-text.ts'
import { planText } from '../../src/init/plan-text.ts'
import { readStack } from '../../src/init/read-stack.ts'
import type { Stack } from '../../src/init/stack.ts'
import { projectsOf, survey } from '../../src/init/survey.ts'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { openStage, type Stage } from '../../testbed/step-stage.ts'

/** A stack with everything that init cannot restore, and a secret wherever one may be. */
const ODD = `
services:
  app:
    build: { context: ., dockerfile_inline: "FROM testbed/nginx:1" }
    container_name: odd
    environment: { TOKEN: canary-in-environment, "MULTI": "first\\ncanary-in-a-second-line" }
    ports: ['127.0.0.1:9443:443', '9080:80']
    volumes:
      - ./uploads:/uploads
      - ./uploads/public:/public:ro
      - .:/code
      - ./a/data:/a
      - ./b/data:/b
      - /storage:/storage
      - /backup/odd:/backups
      - /srv/other/files:/theirs
      - ./app.conf:/etc/app.conf
      - ./read:/read:ro
      - data:/data
      - cache:/cache
      - sessions:/sessions
      - others:/others
      - options:/options
      - /anonymous
      - /:/host
      - /var/run/docker.sock:/var/run/docker.sock
  hosted:
    image: testbed/nginx:1
    entrypoint: sleep 1000
    network_mode: host
  twice:
    image: testbed/nginx:1
    entrypoint: sleep 1000
    scale: 2
    volumes: [./uploads:/see:ro]
  old: { image: testbed/nginx:1, entrypoint: sleep 1000 }
volumes:
  data: { driver: local, labels: { about: canary-in-a-label } }
  cache:
  sessions:
  others: { external: true, name: other_files }
  options: { driver_opts: { type: tmpfs, device: tmpfs, o: "size=1m,uid=0" } }
networks:
  default: { name: front, labels: { a: b } }
`

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
  await stage.clear()
  await stage.testHost.must(
    `mkdir -p /srv/odd/uploads/public /srv/odd/read /srv/other/files; cd /srv/odd; touch app.conf uploads/one
    printf 'services: { web: { image: "testbed/nginx:1", volumes: ["files:/files"] } }\\nvolumes: { files: }' > /srv/other/compose.yaml
    docker compose --progress quiet --project-directory /srv/other up -d
    printf '%s' "$ODD" > compose.yaml
    printf 'FROM testbed/nginx:1\\n' | DOCKER_BUILDKIT=0 docker build -q -t odd-app - > /dev/null
    docker compose --progress quiet up -d --no-build
    sed -i '/^  old:/d' compose.yaml
    touch "$(docker volume inspect -f '{{.Mountpoint}}' odd_sessions)/dump.rdb"
    printf '#!/bin/sh\\n# canary-in-a-script of odd\\ncd /srv/odd && docker compose stop\\n' > /usr/local/sbin/nightly.sh
    echo '1 1 * * * root /usr/local/sbin/nightly.sh --password canary-in-a-call' > /etc/cron.d/night
    printf '[Service]\\nExecStart=/usr/local/sbin/nightly.sh\\n' > /etc/systemd/system/night.service
    printf '[Timer]\\nOnCalendar=*-*-* 03:00:00\\n' > /etc/systemd/system/night.timer
    echo '5 5 * * * root backup odd --password canary-in-a-crontab' > /etc/cron.d/odd
    mkdir -p /backup/odd/data /backup/odd/uploads /backup/odd/sessions /backup/odd/read; touch /backup/odd/dump.sql
    for folder in data uploads sessions read; do touch /backup/odd/$folder/one; done
    touch "$(docker volume inspect -f '{{.Mountpoint}}' odd_cache)/two"
    rm /srv/other/compose.yaml`,
    { env: { ODD } },
  )
})
afterAll(() => stage.close())

const read = async (project: string, backup?: string): Promise<Stack> => {
  const host = stage.step().at()
  return await readStack(await survey(host), { project, backup }, host)
}

describe('readStack', () => {
  it('changes nothing on the host, and returns no secret', async () => {
    const before = await fingerprint(stage.testHost)
    const temporary = await stage.testHost.must('ls -A /tmp /var/lib/reinstate 2>&1 || :')
    const host = stage.step().at()
    expect(projectsOf(await survey(host))).toEqual(['odd', 'other'])
    const stack = await read('odd', '/backup/odd')
    expect(diffFingerprints(before, await fingerprint(stage.testHost))).toEqual([])
    expect(await stage.testHost.must('ls -A /tmp /var/lib/reinstate 2>&1 || :')).toBe(temporary)

    const texts = [
      JSON.stringify([stack, await survey(host)]),
      planText(stack, { plan: 'odd-restore', override: 'x.yaml', guard: 'y.yaml' }),
      overrideText(stack),
    ]
    expect(texts.join('\n')).not.toContain('canary')
    expect(stack.services[0]?.variables).toEqual(expect.arrayContaining(['TOKEN', 'MULTI']))
    expect(stack.page).toEqual({ url: 'http://127.0.0.1:9080/', status: 200 })
    expect(stack.data.map(({ live }) => live).toSorted()).toEqual([
      '/srv/odd/uploads',
      'odd_data',
      'odd_sessions',
    ])
    expect(stack.kept.map(({ key }) => key)).toEqual(['cache', 'options', 'others'])
    expect(stack.services.map(({ service }) => service)).toEqual(['app', 'hosted', 'twice'])
  })

  it('notes what it cannot handle', async () => {
    const notes = (await read('odd', '/backup/odd')).notes.join('\n')
    for (const part of [
      'service hosted uses the network of the host',
      'the anonymous volume of service app at /anonymous: it is empty',
      'volume odd_options is not a plain volume of the local driver (local, with options)',
      'service app has the Docker socket',
      'service app may write to / of the host',
      'volume odd_cache: the backup does not hold it (there is no folder cache): the live one is mounted again',
      'not restored from the backup: read',
      'dump.sql is not restored: an empty file',
      '/etc/cron.d/odd, line 1, names this stack',
      '/usr/local/sbin/nightly.sh, line 3, called by /etc/cron.d/night, line 1, names this stack',
      '/usr/local/sbin/nightly.sh, line 3, called by /etc/systemd/system/night.service, line 2, by its timer: OnCalendar=*-*-* 03:00:00, names this stack',
      'container odd-old-1 belongs to service old, which the Compose file does not have',
      "/srv/odd of the host at /code, which is or contains the project's directory",
      '/storage of the host at /storage, which is directly under /',
      '/backup/odd of the host at /backups, where the backup is',
      '/srv/other/files of the host at /theirs, which is in the directory of project other',
      'volume other_files is mounted by container other-web-1 of project other too',
      'directory /srv/odd/a/data: it is empty, and the backup does not hold it (there is no folder a-data)',
      'Redis in odd_sessions: verified by checksums of its files',
      'single files are not restored, although services may write to them: /srv/odd/app.conf',
    ]) {
      expect(notes).toContain(part)
    }
    expect((await read('odd', '/backup/none')).notes.join('\n')).toContain(
      'there is no backup at /backup/none',
    )
    await stage.testHost.must("sed -i 's/9080/9081/' /srv/odd/compose.yaml")
    expect((await read('odd')).notes.join('\n')).toContain(
      'the Compose file differs from the one that service app was started from',
    )
    await stage.testHost.must("sed -i 's/9081/9080/' /srv/odd/compose.yaml")
  })

  it('gives an override that Compose merges as intended', async () => {
    const text = overrideText(await read('odd', '/backup/odd')).replaceAll('${{ run.id }}', 'run-1')
    const merged = await stage.testHost.must(
      'cd /srv/odd; printf %s "$TEXT" > /tmp/over.yaml; docker compose -p run-1 -f compose.yaml -f /tmp/over.yaml config --format json; rm /tmp/over.yaml',
      { env: { TEXT: text } },
    )
    expect(JSON.parse(merged)).toMatchObject({
      services: {
        app: {
          image: 'odd-app',
          container_name: 'odd-run-1',
          volumes: expect.arrayContaining([
            expect.objectContaining({ source: '/srv/odd/uploads-run-1', target: '/uploads' }),
            expect.objectContaining({ source: '/srv/odd/uploads-run-1/public', target: '/public' }),
            expect.objectContaining({ source: '/srv/odd', target: '/code' }),
            expect.objectContaining({ source: '/srv/odd/app.conf', target: '/etc/app.conf' }),
          ]) as unknown,
        },
      },
      volumes: {
        data: { name: 'run-1_data', external: true },
        cache: { name: 'odd_cache', external: true },
        others: { name: 'other_files', external: true },
        options: { name: 'odd_options', external: true },
      },
      networks: { default: { name: 'front', external: true } },
    })
  })
})

it('survey refuses a host without docker', async () => {
  await stage.testHost.must('mv /usr/bin/docker /usr/bin/docker.away')
  const host = stage.step().at()
  await expect(survey(host)).rejects.toThrow(
    'host server is not ready: it has no docker; install Docker Engine and Compose v2 there\n  next: reinstate init server',
  )
  await stage.testHost.must('mv /usr/bin/docker.away /usr/bin/docker')
})

it('readStack refuses a missing Compose file', async () => {
  await expect(read('other')).rejects.toThrow(
    'the Compose file of project other on server: missing: /srv/other/compose.yaml',
  )
})

/** Started by hand in every way that the Compose file does not show. */
const BY_HAND = `
name: by-hand
services:
  app:
    image: testbed/nginx:1
    container_name: by_hand_app
    entrypoint: sleep 1000
    stop_signal: SIGKILL
    environment: { TOKEN: "\${TOKEN:-none}", MODE: "\${MODE:-canary-default}" }
  beside: { image: "testbed/nginx:1", entrypoint: sleep 1000, stop_signal: SIGKILL, network_mode: "service:app" }
  joined:
    { image: "testbed/nginx:1", entrypoint: sleep 1000, stop_signal: SIGKILL, network_mode: "container:by_hand_app", depends_on: [app] }
  twice: { image: "moving:1", entrypoint: sleep 1000, stop_signal: SIGKILL }
  never: { image: "testbed/nginx:1" }
`

describe('a stack that was started with more than its Compose file', () => {
  it('is read as it was started, names only', async () => {
    await stage.clear()
    await stage.testHost.must(
      `mkdir -p /srv/by-hand/deploy /backup/by-hand; cd /srv/by-hand; printf '%s' "$BY_HAND" > deploy/compose.yaml
      printf 'MODE=canary-mode' > prod.env; docker tag testbed/nginx:1 moving:1
      TOKEN=canary-token docker compose --progress quiet -f deploy/compose.yaml --env-file prod.env up -d --scale twice=3 app beside joined twice
      docker tag testbed/postgres:17 moving:1`,
      { env: { BY_HAND } },
    )
    const stack = await read('by-hand')
    expect(stack.start).toMatchObject({
      envFiles: ['/srv/by-hand/prod.env'],
      services: ['app', 'beside', 'joined', 'twice'],
    })
    expect(stack.services).toMatchObject([
      { service: 'app', addresses: { aliases: { default: ['by_hand_app'] } } },
      { service: 'beside', addresses: { joins: {} } },
      { service: 'joined', addresses: { joins: { network_mode: 'service:app' } } },
      {
        service: 'twice',
        replicas: { count: 3, field: 'scale' },
        runs: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as unknown,
      },
    ])
    expect(stack.networks).toEqual([{ key: 'default', network: 'by-hand_default' }])
    const notes = stack.notes.join('\n')
    expect(notes).toContain(
      'service app was started with another value of TOKEN than the Compose file gives now: set TOKEN in',
    )
    expect(notes).toContain('service twice runs an image that moving:1 does not name any more')
    expect(notes).not.toMatch(/MODE|beside|joined/)
    expect(JSON.stringify(stack)).not.toContain('canary')
  })

  it('is found by an env file that gives the values that a shell gave', async () => {
    await stage.testHost.must(
      `cd /srv/by-hand; docker compose -p by-hand down -t 0 2> /dev/null; docker tag testbed/nginx:1 moving:1; mv prod.env .env
      MODE=canary-mode docker compose --progress quiet -f deploy/compose.yaml up -d`,
    )
    const stack = await read('by-hand')
    expect(stack.start.envFiles).toEqual(['/srv/by-hand/.env'])
    expect(stack.notes.join('\n')).not.toContain('was started')
  })
})

/** Two ports: the likelier one speaks another protocol. */
const TALK = `
services:
  talk:
    image: testbed/guestbook:1
    user: root
    stop_signal: SIGKILL
    entrypoint: [python3, -c, "import socketserver as s; s.TCPServer(('', 80), type('H', (s.BaseRequestHandler,), {'handle': lambda self: self.request.sendall(b'hello')})).serve_forever()"]
    ports: ['9070:80']
  web:
    image: testbed/guestbook:1
    stop_signal: SIGKILL
    entrypoint: [python3, -m, http.server, '3000']
    ports: ['9071:3000']
`

it('a port that answers something else than HTTP is no page', async () => {
  await stage.clear()
  await stage.testHost.must(
    `mkdir -p /srv/talk; cd /srv/talk; printf '%s' "$TALK" > compose.yaml; docker compose --progress quiet up -d
    until curl -sf -o /dev/null http://127.0.0.1:9071/ && [ "$(curl -s --http0.9 --max-time 1 http://127.0.0.1:9070/)" = hello ]; do sleep 0.2; done`,
    { env: { TALK } },
  )
  expect((await read('talk')).page).toEqual({ url: 'http://127.0.0.1:9071/', status: 200 })
  await stage.testHost.must('cd /srv/talk; docker compose --progress quiet stop web')
  expect((await read('talk')).page).toEqual({ url: 'http://127.0.0.1:9071/', status: 200 })
  await stage.testHost.must('cd /srv/talk; docker compose --progress quiet rm -f web')
  const { page, notes } = await read('talk')
  expect(page).toBeUndefined()
  expect(notes.join(' ')).toContain('publishes no port that answers as a web page')
})
