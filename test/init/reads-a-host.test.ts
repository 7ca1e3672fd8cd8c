import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { overrideText } from '../../src/init/override-text.ts'
import { planText } from '../../src/init/plan-text.ts'
import { readStack } from '../../src/init/read-stack.ts'
import type { Stack } from '../../src/init/stack.ts'
import { projectsOf, survey } from '../../src/init/survey.ts'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { openStage, type Stage } from '../../testbed/step-stage.ts'

/** A stack with all that a simple plan cannot carry, and a secret in every place where one may be. */
const ODD = `
services:
  app:
    build: { context: ., dockerfile_inline: "FROM testbed/nginx:1" }
    container_name: odd
    environment: { TOKEN: canary-in-environment, "MULTI": "first\\ncanary-in-a-second-line" }
    ports: ['127.0.0.1:9443:443', '9080:80']
    volumes:
      - ./uploads:/uploads
      - ./app.conf:/etc/app.conf
      - ./read:/read:ro
      - data:/data
      - cache:/cache
      - options:/options
      - /anonymous
      - /:/host
      - /var/run/docker.sock:/var/run/docker.sock
  hosted:
    image: testbed/nginx:1
    entrypoint: sleep 1000
    network_mode: host
volumes:
  data: { driver: local, labels: { about: canary-in-a-label } }
  cache:
  options: { driver_opts: { type: tmpfs, device: tmpfs, o: "size=1m,uid=0" } }
networks:
  default: { name: front, labels: { a: b } }
`

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
  await stage.clear()
  await stage.droplet.must(
    `mkdir -p /srv/odd/uploads /srv/odd/read /srv/other; cd /srv/odd; touch app.conf uploads/one
    printf '%s' "$ODD" > compose.yaml
    printf 'FROM testbed/nginx:1\\n' | DOCKER_BUILDKIT=0 docker build -q -t odd-app - > /dev/null
    docker compose --progress quiet up -d --no-build
    echo '5 5 * * * root backup odd --password canary-in-a-crontab' > /etc/cron.d/odd
    mkdir -p /backup/odd/data /backup/odd/uploads; touch /backup/odd/dump.sql
    printf 'services: { web: { image: "testbed/nginx:1" } }' > /srv/other/compose.yaml
    docker compose --progress quiet --project-directory /srv/other up -d; rm -r /srv/other`,
    { env: { ODD } },
  )
})
afterAll(() => stage.close())

const read = async (project: string, backup?: string): Promise<Stack> => {
  const host = stage.step().at()
  return await readStack(await survey(host), { project, backup }, host)
}

describe('a stack with all that a simple plan cannot carry', () => {
  it('is read without a change on the host, and without one secret', async () => {
    const before = await fingerprint(stage.droplet)
    const temporary = await stage.droplet.must('ls -A /tmp /var/lib/reinstate 2>&1 || :')
    const host = stage.step().at()
    expect(projectsOf(await survey(host))).toEqual(['odd', 'other'])
    const stack = await read('odd', '/backup/odd')
    expect(diffFingerprints(before, await fingerprint(stage.droplet))).toEqual([])
    expect(await stage.droplet.must('ls -A /tmp /var/lib/reinstate 2>&1 || :')).toBe(temporary)

    const texts = [
      JSON.stringify([stack, await survey(host)]),
      planText(stack, { plan: 'odd-restore', override: 'x.yaml' }),
      overrideText(stack),
    ]
    expect(texts.join('\n')).not.toContain('canary')
    expect(stack.services[0]?.variables).toEqual(expect.arrayContaining(['TOKEN', 'MULTI']))
    expect(stack.page).toEqual({ url: 'http://127.0.0.1:9080/', status: 200 })
    expect(stack.data.map(({ live }) => live).toSorted()).toEqual(['/srv/odd/uploads', 'odd_data'])
    expect(stack.kept).toEqual([{ key: 'cache', volume: 'odd_cache' }])
  })

  it('says what it cannot handle, and what to do about it', async () => {
    const notes = (await read('odd', '/backup/odd')).notes.join('\n')
    for (const part of [
      "service hosted is on the host's own network",
      'service app keeps /anonymous in a volume without a name',
      'volume odd_options is not of the local driver alone (local, with options)',
      "service app has the engine's socket",
      'service app may write to / of the host',
      'the backup holds nothing of volume odd_cache: it is mounted again as it is',
      '/backup/odd/dump.sql: dumps and archives are not restored',
      '/etc/cron.d/odd, line 1, names this stack',
    ]) {
      expect(notes).toContain(part)
    }
    expect((await read('odd', '/backup/none')).notes.join('\n')).toContain(
      'there is no backup at /backup/none yet',
    )
    await stage.droplet.must("sed -i 's/9080/9081/' /srv/odd/compose.yaml")
    expect((await read('odd')).notes.join('\n')).toContain(
      'the Compose file is not what app was started from',
    )
    await stage.droplet.must("sed -i 's/9081/9080/' /srv/odd/compose.yaml")
  })

  it('gets an override that Compose itself puts over the file as it is meant', async () => {
    const text = overrideText(await read('odd', '/backup/odd')).replaceAll('${{ run.id }}', 'run-1')
    const merged = await stage.droplet.must(
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
            expect.objectContaining({ source: '/srv/odd/app.conf', target: '/etc/app.conf' }),
          ]) as unknown,
        },
      },
      volumes: {
        data: { name: 'run-1_data', external: true },
        cache: { name: 'odd_cache', external: true },
      },
      networks: { default: { name: 'front', external: true } },
    })
  })
})

it('is refused where the Compose file is not there, with what to do', async () => {
  await expect(read('other')).rejects.toThrow(
    'the Compose file of project other on droplet: is not there: /srv/other/compose.yaml; a restore starts the stack from it, so put it there first',
  )
})
