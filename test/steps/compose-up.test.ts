import { describe, expect, it } from 'vitest'
import { describeInDepth, itInDepth } from '../depth.ts'
import { StepRefused } from '../../src/errors.ts'
import { composeDown } from '../../src/steps/compose-down/index.ts'
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

describe('compose-up › inspect', () => {
  it('is blocked on the container that holds a port', async () => {
    await must(`${composeFile}\ndocker run -d --name other -p 18080:80 testbed/nginx:1 > /dev/null`)
    expect(await look()).toMatchObject({
      blockedOn: { how: 'modifies', what: 'container', name: 'other' },
      problem: {
        what: 'port 18080/tcp on server is taken by container other; no step of this plan frees it',
        advice: 'ask whose container other is, and stop it',
      },
    })
    await must('docker stop other > /dev/null')
    expect(await look()).toMatchObject({
      changes: expect.arrayContaining([expect.stringContaining('service web')]) as unknown,
    })
  })
  it('is blocked on the process that holds a port', async () => {
    await must(file('  web: { image: "testbed/nginx:1", ports: [ "22:80" ] }'))
    const { blockedOn } = (await look()) as Blocked
    expect(blockedOn).toMatchObject({
      what: 'process',
      name: expect.stringMatching(/^sshd \(\d+\)$/) as string,
    })
  })
  itInDepth(
    'refuses a port of ports: that another container holds, even before the Compose file exists',
    async () => {
      const naming = fieldsOf(composeUp, { ...written, ports: [18080, 18081] })
      expect(await look(naming)).toMatchObject({ blockedOn: { what: 'path', name: '/srv/book/compose.yml' } })
      await must('docker run -d --name other -p 127.0.0.1:18081:80 testbed/nginx:1 > /dev/null')
      await expect(look(naming)).rejects.toThrow(/18081 .*container other/)
      await must(`docker rm -f other > /dev/null; ${composeFile}`)
      await started(naming)
      // Its own containers hold the ports now.
      expect(await look(naming)).toMatchObject({ changes: [] })
    },
  )
  it('is not blocked by another address of the same port', async () => {
    await must(
      `${file('  web: { image: "testbed/nginx:1", ports: [ "127.0.0.2:18080:80" ] }')}docker run -d --name other -p 127.0.0.1:18080:80 testbed/nginx:1 > /dev/null`,
    )
    expect(await look()).toMatchObject({ changes: [expect.stringContaining('service web')] })
  })
  it('refuses a container of another configuration, and recreates nothing', async () => {
    await must(file('  web: { image: "testbed/nginx:1", environment: { A: one } }'))
    await started()
    const id = await must('docker ps -aq --no-trunc')
    await must(file('  web: { image: "testbed/nginx:1", environment: { A: two } }'))
    await expect(look()).rejects.toThrow(StepRefused)
    await expect(look()).rejects.toThrow(/container book-web-1 .*another configuration/)
    expect(await must('docker ps -aq --no-trunc')).toBe(id)
    await expect(composeUp.verify(step, stage.step().at())).rejects.toThrow('another configuration')
  })
  it('refuses a network whose subnet or bridge another one has, until an earlier step can have removed that one', async () => {
    const network = (options: string) =>
      `${file('  web: { image: "testbed/nginx:1", networks: [ mail ] }')}printf '%s\\n' 'networks: { mail: { ${options} } }' >> /srv/book/compose.yml`
    await must(
      `docker network create --label com.docker.compose.project=old --subnet 172.22.0.0/16 -o com.docker.network.bridge.name=br-mail old_mail > /dev/null`,
    )
    const about = [{ how: 'deletes', what: 'network', name: 'old_mail', project: 'old' }]
    await must(network('ipam: { config: [ { subnet: 172.22.1.0/24 } ] }'))
    await expect(look()).rejects.toMatchObject({ name: 'StepRefused', about })
    await expect(look()).rejects.toThrow(
      /network book_mail wants 172\.22\.1\.0\/24, which network old_mail has of project old/,
    )
    await must(network('driver_opts: { com.docker.network.bridge.name: br-mail }'))
    await expect(look()).rejects.toThrow(/wants bridge br-mail/)
    for (const free of [
      'ipam: { config: [ { subnet: 172.23.0.0/16 } ] }',
      'external: true, name: old_mail',
      '',
    ]) {
      await must(network(free))
      expect(await look()).toMatchObject({ changes: [expect.stringContaining('service web')] })
    }
    await must(
      `docker network rm old_mail > /dev/null; ${network('ipam: { config: [ { subnet: 172.22.1.0/24 } ] }')}`,
    )
    await started()
    // Its own network has the subnet now.
    expect(await look()).toMatchObject({ changes: [] })
  })
  it('refuses a file that Compose rejects', async () => {
    await must(file('  web: { image: 5, nonsense: true }'))
    await expect(look()).rejects.toThrow('/srv/book/compose.yml')
  })
  it.each([
    ['its file', 'true', 'path', '/srv/book/compose.yml'],
    ['its external volume', `${composeFile}\ndocker volume rm proven > /dev/null`, 'volume', 'proven'],
    [
      'what it mounts',
      file('  web: { image: "testbed/nginx:1", volumes: [ "./site:/usr/share/nginx/html:ro" ] }'),
      'path',
      '/srv/book/site',
    ],
  ])('is blocked until an earlier step creates %s', async (_, arrange, what, name) => {
    await must(arrange)
    expect(await look()).toMatchObject({ blockedOn: { how: 'creates', what, name } })
    expect(await must('ls /srv/book/site 2> /dev/null || :')).toBe('')
  })
})

describe('compose-up › apply', () => {
  it('fails at the deadline with the unhealthy service, the output of its check and its last lines', async () => {
    await must(
      file(
        '  web: { image: "testbed/nginx:1", entrypoint: [ sh, -c, "echo last words; exec sleep 1000" ], init: true, ' +
          'healthcheck: { test: [ CMD-SHELL, "echo no heart; exit 1" ], interval: 1s, retries: 2 } }',
      ),
    )
    await expect(started(webOnly)).rejects.toThrow(
      /service web is running and unhealthy.*no heart.*last words/,
    )
  })
  it('fails at once with the exit code of a service that has stopped for good', async () => {
    await must(file('  web: { image: "testbed/nginx:1", entrypoint: [ sh, -c, "echo broken; exit 7" ] }'))
    const began = Date.now()
    await expect(started(webOnly)).rejects.toThrow(/service web is exited, exit code 7.*broken/)
    expect(Date.now() - began).toBeLessThan(7000)
  })
  itInDepth('fails for a service in a restart loop', async () => {
    await must(
      file(
        '  web: { image: "testbed/nginx:1", restart: always, entrypoint: [ sh, -c, "sleep 0.3; exit 1" ] }',
      ),
    )
    await expect(started(webOnly)).rejects.toThrow(/service web is (restarting|exited)/)
  })
  itInDepth('verify passes with an env_file, and inspect refuses after a change of it', async () => {
    await must(
      `${file('  web: { image: "testbed/nginx:1", env_file: [ web.env ] }')}printf 'A=one\\nB="a$$b"\\n' > /srv/book/web.env`,
    )
    const { bound } = await started()
    await composeUp.verify(step, bound.at())
    expect(await look()).toMatchObject({ changes: [] })
    await must('echo A=two >> /srv/book/web.env')
    await expect(look()).rejects.toThrow('another configuration')
  })
  itInDepth('passes where a service that must end exits with 0', async () => {
    await must(
      file(
        '  first: { image: "testbed/nginx:1", entrypoint: [ "true" ] }\n' +
          '  web: { image: "testbed/nginx:1", depends_on: { first: { condition: service_completed_successfully } } }',
      ),
    )
    const { bound } = await started()
    expect((await composeUp.verify(step, bound.at())).facts).toMatchObject({ services: ['first', 'web'] })
    expect(await look()).toMatchObject({ changes: [] })
  })
})

describe('compose-up › undo', () => {
  it('removes new containers, leaves those that ran, and names an anonymous volume', async () => {
    await must(file('  web: { image: "testbed/nginx:1" }'))
    await started()
    const web = await must('docker inspect --format "{{.Id}} {{.State.StartedAt}}" book-web-1')
    await must(
      file(
        '  web: { image: "testbed/nginx:1" }\n  db: { image: "testbed/postgres:17", environment: { POSTGRES_PASSWORD: x } }',
      ),
    )
    const { bound, priorState } = await started()
    const leftovers = await composeUp.undo(step, priorState, bound.at('undo-1'))
    const left = leftovers.find(({ what }) => what.startsWith('volume '))
    expect(left).toMatchObject({
      what: expect.stringMatching(/^volume [0-9a-f]{64}$/) as string,
      why: expect.stringContaining('container book-db-1') as string,
    })
    expect(await must('docker ps -a --format {{.Names}}')).toBe('book-web-1')
    expect(await must('docker inspect --format "{{.Id}} {{.State.StartedAt}}" book-web-1')).toBe(web)
    expect(await must('docker volume ls -q')).toBe(left?.what.slice('volume '.length))
  })
  it('changes nothing where apply never began', async () => {
    await must(file('  web: { image: "testbed/nginx:1" }'))
    const bound = stage.step()
    const before = await inspected(composeUp, step, bound.at())
    await must('docker compose -p book -f /srv/book/compose.yml up -d 2> /dev/null')
    expect(await composeUp.undo(step, before.priorState, bound.at('undo-1'))).toEqual([])
    expect(await must('docker ps --format {{.Names}}')).toBe('book-web-1')
  })
})

describe('compose-up › scratch', () => {
  const scratch = fieldsOf(composeUp, { ...written, scratch: true })
  const down = fieldsOf(composeDown, { file: written.file, project: 'book', scratch: true })
  const withVolume = `${file('  web: { image: "testbed/nginx:1", stop_signal: SIGTERM, volumes: [ "/anonymous", "data:/data" ] }')}
echo 'volumes: { data: {} }' >> /srv/book/compose.yml\n`
  const volumes = () => must('docker volume ls -q')

  itInDepth(
    'up, down and up again, undone › removes the volumes, and starts nothing on the way',
    async () => {
      await must(withVolume)
      const { bound, priorState } = await started(scratch)
      await must('docker exec book-web-1 sh -c "echo kept > /data/file"')
      const taken = bound.later('down')
      const removed = await inspected(composeDown, down, taken.at())
      await composeDown.apply(down, removed.priorState, taken.at())
      const again = bound.later('again')
      const second = await inspected(composeUp, scratch, again.at())
      await composeUp.apply(scratch, second.priorState, again.at())
      expect(await must('docker exec book-web-1 cat /data/file')).toBe('kept')

      await must('docker exec book-web-1 touch /anonymous/file')
      await composeUp.undo(scratch, second.priorState, again.at('undo-1'))
      expect(await volumes()).toBe('book_data')
      await composeDown.undo(down, removed.priorState, taken.at('undo-1'))
      expect(await must('docker ps -aq')).toBe('')
      const left = await composeUp.undo(scratch, priorState, bound.at('undo-1'))
      expect(left.filter(({ what }) => what.startsWith('volume'))).toEqual([])
      expect(await volumes()).toBe('')
    },
  )

  it('keeps a volume that was there before, and one that another container uses', async () => {
    await must(
      `${withVolume}docker volume create --label com.docker.compose.project=book book_older > /dev/null`,
    )
    const { bound, priorState } = await started(scratch)
    await must('docker run -d --name other -v book_data:/data testbed/nginx:1 > /dev/null')
    const left = await composeUp.undo(scratch, priorState, bound.at('undo-1'))
    expect(left).toContainEqual({ what: 'volume book_data', why: 'others created it, or use it; kept' })
    expect(await volumes()).toBe('book_data\nbook_older')
  })

  itInDepth('keeps a volume that others created in place of its own', async () => {
    await must(withVolume)
    const { bound, priorState } = await started(scratch)
    await must(
      'docker rm -fv book-web-1 > /dev/null; docker volume rm book_data > /dev/null; docker volume create --label com.docker.compose.project=book book_data > /dev/null',
    )
    const left = await composeUp.undo(scratch, priorState, bound.at('undo-1'))
    expect(left.map(({ what }) => what)).toContain('volume book_data')
    expect(await volumes()).toBe('book_data')
  })
})

describeInDepth('compose-up › a project that was not started by a plain command', () => {
  it('starts named services of any profile, joined namespaces and one-shot jobs, with its directory and env files', async () => {
    await must(`mkdir -p /srv/book/deploy; cd /srv/book; echo 'TAG=1' > prod.env; echo one > file
cat > deploy/compose.yml <<'END'
services:
  vpn: { image: "testbed/nginx:\${TAG:?}", stop_signal: SIGKILL, volumes: [ "./file:/file" ], profiles: [ a ] }
  app: { image: "testbed/nginx:1", entrypoint: sleep 1000, stop_signal: SIGKILL, network_mode: "service:vpn", profiles: [ b ] }
  job: { image: "testbed/nginx:1", entrypoint: "true" }
  never: { image: "testbed/none:1", profiles: [ c ] }
END`)
    const fields = {
      ...{ file: '/srv/book/deploy/compose.yml', project: 'book', within: '60 seconds' },
      ...{ projectDirectory: '/srv/book', envFiles: ['/srv/book/prod.env'] },
      ...{ services: ['app', 'job'], mayExit: ['job'] },
    }
    const { bound } = await started(fieldsOf(composeUp, fields))
    const evidence = await composeUp.verify(fieldsOf(composeUp, fields), bound.at())
    expect(evidence.facts).toMatchObject({
      services: ['app', 'job', 'vpn'],
      options: ['--project-directory', '/srv/book', '--env-file', '/srv/book/prod.env'],
    })
    expect(await look(fieldsOf(composeUp, fields))).toMatchObject({ changes: [] })
    await expect(
      composeUp.verify(fieldsOf(composeUp, { ...fields, mayExit: [] }), bound.at()),
    ).rejects.toThrow('book-job-1 is exited with exit code 0')
  })
})
