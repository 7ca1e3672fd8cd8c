import { describe, expect, it } from 'vitest'
import { itInDepth } from '../depth.ts'
import { StepRefused } from '../../src/errors.ts'
import { composeUp } from '../../src/steps/compose-up/index.ts'
import type { Blocked } from '../../src/steps/step-kind.ts'
import { composeFile } from './joins/compose-up.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { stageOfFile, inspected } from './stage.ts'

const stage = stageOfFile()

const must = (script: string) => stage.testHost.must(script)
const written = {
  file: '/srv/book/compose.yml',
  project: 'book',
  environment: { PASSWORD: 'x' },
  within: '60 seconds',
}
const step = fieldsOf(composeUp, written)
const webOnly = fieldsOf(composeUp, { ...written, within: '8 seconds' })

/** A Compose file with these services. */
const file = (services: string) =>
  `mkdir -p /srv/book; cat > /srv/book/compose.yml <<'END'\nservices:\n${services}\nEND\n`

async function look(fields = step) {
  return composeUp.inspect(fields, stage.step().at())
}

async function started(fields = step) {
  const bound = stage.step()
  const look = await inspected(composeUp, fields, bound.at())
  await composeUp.apply(fields, look.priorState, bound.at())
  return { bound, priorState: look.priorState }
}

describe('a project that must not be started', () => {
  it('waits for its port while a container holds it, naming that: an earlier step may stop it', async () => {
    await must(`${composeFile}\ndocker run -d --name other -p 18080:80 testbed/nginx:1 > /dev/null`)
    expect(await look()).toMatchObject({ text: 'port 18080/tcp, which container other holds, to be free' })
    await must('docker stop other > /dev/null')
    expect(await look()).toMatchObject({
      changes: expect.arrayContaining([
        'makes and starts a container for service web from testbed/nginx:1',
      ]) as unknown,
    })
  })
  it('waits for its port while a process holds it, naming that', async () => {
    await must(file('  web: { image: "testbed/nginx:1", ports: [ "22:80" ] }'))
    const { text: later } = (await look()) as Blocked
    expect(later).toMatch(/^port 22\/tcp, which process sshd \(\d+\) holds, to be free$/)
  })
  itInDepth(
    'is refused where somebody else holds a port that it names, also before there is a file',
    async () => {
      const naming = fieldsOf(composeUp, { ...written, ports: [18080, 18081] })
      expect(await look(naming)).toMatchObject({ text: 'the Compose file /srv/book/compose.yml' })
      await must('docker run -d --name other -p 127.0.0.1:18081:80 testbed/nginx:1 > /dev/null')
      await expect(look(naming)).rejects.toThrow(
        'port 18081 of the host is to be published by project book, and container other holds it; choose another port',
      )
      await must(`docker rm -f other > /dev/null; ${composeFile}`)
      await started(naming)
      // Its own containers hold it by now.
      expect(await look(naming)).toMatchObject({ changes: [] })
    },
  )
  it('waits for no other address of the same port', async () => {
    await must(
      `${file('  web: { image: "testbed/nginx:1", ports: [ "127.0.0.2:18080:80" ] }')}docker run -d --name other -p 127.0.0.1:18080:80 testbed/nginx:1 > /dev/null`,
    )
    expect(await look()).toMatchObject({
      changes: ['makes and starts a container for service web from testbed/nginx:1'],
    })
  })
  it('is refused when a container has another configuration; nothing is recreated', async () => {
    await must(file('  web: { image: "testbed/nginx:1", environment: { A: one } }'))
    await started()
    const id = await must('docker ps -aq --no-trunc')
    await must(file('  web: { image: "testbed/nginx:1", environment: { A: two } }'))
    await expect(look()).rejects.toThrow(StepRefused)
    await expect(look()).rejects.toThrow(
      'container book-web-1 of project book was made from another configuration',
    )
    expect(await must('docker ps -aq --no-trunc')).toBe(id)
    await expect(composeUp.verify(step, stage.step().at())).rejects.toThrow(
      'was made from another configuration',
    )
  })
  it('is refused when Compose does not take the file', async () => {
    await must(file('  web: { image: 5, nonsense: true }'))
    await expect(look()).rejects.toThrow('Compose does not take /srv/book/compose.yml')
  })
  it.each([
    ['its file', 'true', 'the Compose file /srv/book/compose.yml'],
    [
      'its external volume',
      `${composeFile}\ndocker volume rm proven > /dev/null`,
      'the external volume proven',
    ],
    [
      'what it mounts',
      file('  web: { image: "testbed/nginx:1", volumes: [ "./site:/usr/share/nginx/html:ro" ] }'),
      '/srv/book/site, which is mounted at /usr/share/nginx/html',
    ],
  ])('is looked at later when %s is not there yet', async (_, arrange, later) => {
    await must(arrange)
    expect(await look()).toMatchObject({ text: later })
    expect(await must('ls /srv/book/site 2> /dev/null || :')).toBe('')
  })
})

describe('a project that does not come up well', () => {
  it('fails at its deadline with the unhealthy service, its check and its last lines', async () => {
    await must(
      file(
        '  web: { image: "testbed/nginx:1", entrypoint: [ sh, -c, "echo last words; exec sleep 1000" ], init: true, ' +
          'healthcheck: { test: [ CMD-SHELL, "echo no heart; exit 1" ], interval: 1s, retries: 2 } }',
      ),
    )
    await expect(started(webOnly)).rejects.toThrow(
      /not well within 8 s: service web is running and unhealthy.*no heart.*last words/,
    )
  })
  it('fails at once when a service has stopped for good, with its exit code', async () => {
    await must(file('  web: { image: "testbed/nginx:1", entrypoint: [ sh, -c, "echo broken; exit 7" ] }'))
    const began = Date.now()
    await expect(started(webOnly)).rejects.toThrow(/service web is exited, exit code 7.*broken/)
    expect(Date.now() - began).toBeLessThan(7000)
  })
  itInDepth('fails for a service that starts again and again', async () => {
    await must(
      file(
        '  web: { image: "testbed/nginx:1", restart: always, entrypoint: [ sh, -c, "sleep 0.3; exit 1" ] }',
      ),
    )
    await expect(started(webOnly)).rejects.toThrow(/not well within 8 s: service web is (restarting|exited)/)
  })
  itInDepth('is well with an env_file, and other again when that is changed', async () => {
    await must(
      `${file('  web: { image: "testbed/nginx:1", env_file: [ web.env ] }')}printf 'A=one\\nB="a$$b"\\n' > /srv/book/web.env`,
    )
    const { bound } = await started()
    await composeUp.verify(step, bound.at())
    expect(await look()).toMatchObject({ changes: [] })
    await must('echo A=two >> /srv/book/web.env')
    await expect(look()).rejects.toThrow('was made from another configuration')
  })
  itInDepth('is well when a service is to end and ends with 0', async () => {
    await must(
      file(
        '  first: { image: "testbed/nginx:1", entrypoint: [ "true" ] }\n' +
          '  web: { image: "testbed/nginx:1", depends_on: { first: { condition: service_completed_successfully } } }',
      ),
    )
    const { bound } = await started()
    expect((await composeUp.verify(step, bound.at())).summary).toBe(
      '2 services of project book run with this configuration',
    )
    expect(await look()).toMatchObject({ changes: [] })
  })
})

describe('undo', () => {
  it('stops what did not run before, leaves what ran, and names a volume without a name', async () => {
    await must(file('  web: { image: "testbed/nginx:1" }'))
    await started()
    const web = await must('docker inspect --format "{{.Id}} {{.State.StartedAt}}" book-web-1')
    await must(
      file(
        '  web: { image: "testbed/nginx:1" }\n  db: { image: "testbed/postgres:17", environment: { POSTGRES_PASSWORD: x } }',
      ),
    )
    const { bound, priorState } = await started()
    const [left, ...more] = await composeUp.undo(step, priorState, bound.at('undo-1'))
    expect(left?.what).toMatch(/^volume [0-9a-f]{64}$/)
    expect(left?.why).toContain('made without a name for container book-db-1')
    expect(more).toEqual([])
    expect(await must('docker ps -a --format {{.Names}}')).toBe('book-web-1')
    expect(await must('docker inspect --format "{{.Id}} {{.State.StartedAt}}" book-web-1')).toBe(web)
    expect(await must('docker volume ls -q')).toBe(left?.what.slice('volume '.length))
  })
  it('touches nothing where run never began', async () => {
    await must(file('  web: { image: "testbed/nginx:1" }'))
    const bound = stage.step()
    const before = await inspected(composeUp, step, bound.at())
    await must('docker compose -p book -f /srv/book/compose.yml up -d 2> /dev/null')
    expect(await composeUp.undo(step, before.priorState, bound.at('undo-1'))).toEqual([])
    expect(await must('docker ps --format {{.Names}}')).toBe('book-web-1')
  })
})
