import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FOLDER, nameServer, openProduction } from '../../testbed/production.ts'
import type { Production } from '../../testbed/production.ts'

/** On a disk of its own. */
const VOLUMES = '/var/lib/docker/volumes'

let production: Production
beforeAll(async () => {
  production = await openProduction({ disk: { at: VOLUMES, mebibytes: 2000 } })
  expect(await production.up()).toMatchObject({ exitCode: 0 })
  await nameServer(production)
  await production.compose('restart worker')
  // Until Temporal lists the worker.
  expect(await production.up()).toMatchObject({ exitCode: 0 })
}, 900_000)
afterAll(() => production.close())

const host = () => production.testHost
const PARTS = ['ui', 'dump', 'worker', 'server', 'postgresql']
const PHASES = ['first', 'second', 'third']

/** Each phase has a command that says when it starts and when it ends, and takes this long. */
const planOf = (name: string, seconds: number) => `plan: ${name}
title: Phases that take their time
hosts: [server]
defaults: { host: server }
phases:
${PHASES.map(
  (phase) => `  - phase: ${phase}
    steps:
      - { step: ${phase}-folder, kind: directories, paths: [/srv/${name}/${phase}] }
      - { step: ${phase}, kind: command, needs: [${phase}-folder], script: echo ${phase} >> /srv/${name}/started; sleep ${seconds}; echo ${phase} >> /srv/${name}/ended, cannotUndo: a test, verify: grep -q ${phase} /srv/${name}/ended }
`,
).join('')}`

/** Starts a run with these phases, and returns once the command of the first one runs. */
async function begin(name: string, seconds: number): Promise<void> {
  await production.plan(name, planOf(name, seconds))
  expect(await production.cli(`run ${name} --id ${name} --detach`)).toMatchObject({ exitCode: 0 })
  await reaches(name, 'first')
}

const reaches = (name: string, phase: string) =>
  host().must(
    `timeout 120 sh -c 'until grep -q ${phase} /srv/${name}/started 2>/dev/null; do sleep 0.2; done'`,
  )

/** The run ends as done within ten minutes, and each command started once. */
async function endsWell(name: string): Promise<void> {
  let state = ''
  for (const since = Date.now(); state !== 'done' && Date.now() - since < 600_000; await wait(2000))
    state = await production.stateOf(name).catch((error: unknown) => String(error))
  expect(state).toBe('done')
  for (const file of ['started', 'ended'])
    expect((await host().must(`cat /srv/${name}/${file}`)).split('\n')).toEqual(PHASES)
}

describe('a run of several phases', () => {
  it('ends well though each service is killed in it, one after the other', async () => {
    await begin('killed', 15)
    for (const part of PARTS) {
      // `docker kill` counts as a stop by hand, after which nothing restarts it.
      await host().must(`kill -KILL $(docker inspect -f '{{.State.Pid}}' reinstate-temporal-${part}-1)`)
      await wait(5000)
    }
    const restarts = await host().must(
      `docker inspect -f '{{.RestartCount}}' ${PARTS.map((part) => `reinstate-temporal-${part}-1`).join(' ')}`,
    )
    expect(restarts.split('\n').map((count) => Number(count) > 0)).toEqual(PARTS.map(() => true))
    // Docker gives up on a part whose start itself failed, as docs/production.md says.
    expect(await production.up()).toMatchObject({ exitCode: 0 })
    await endsWell('killed')
  }, 1_200_000)

  it('ends well though all services are restarted at once in it', async () => {
    await begin('restarted', 12)
    expect(await production.compose('restart')).toMatchObject({ exitCode: 0 })
    await endsWell('restarted')
  }, 1_200_000)
})

describe('certificates that have expired', () => {
  // All of them were made on the same day.
  const expire = `cd ${FOLDER}/production/certificates
    for role in server worker ui operator; do
      {
        echo 'extendedKeyUsage = serverAuth, clientAuth'
        echo "subjectAltName = $(cat $role/names)"
      } >/root/extensions
      openssl req -new -key $role/key.pem -subj /CN=$role |
        openssl x509 -req -CA authority/ca.pem -CAkey authority/ca.key -set_serial 9 -extfile /root/extensions \\
          -not_before 20240101000000Z -not_after 20250101000000Z -out $role/certificate.pem
    done`

  it('are named, and the run goes on after scripts/temporal-up has renewed them', async () => {
    await begin('expired', 15)
    await host().must(expire)
    await production.compose('restart server worker ui')
    const { exitCode, stderr } = await production.cli('status expired')
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/certificate.*expired/) as unknown,
    })
    expect(await production.up()).toMatchObject({ exitCode: 0 })
    await endsWell('expired')
  }, 1_200_000)
})

describe('PostgreSQL without room on its disk', () => {
  it('lets the run wait, which ends well after room is made', async () => {
    await begin('full', 15)
    await host().exec(`dd if=/dev/zero of=${VOLUMES}/ballast bs=1M; sync`)
    // Ends the preallocated file of the log, again and again.
    await host().must(`timeout 120 sh -c '
      until docker logs reinstate-temporal-postgresql-1 2>&1 | grep -q "No space left on device"; do
        docker exec reinstate-temporal-postgresql-1 psql -U temporal -c "select pg_switch_wal()" -c "create table filler as select 1"
        docker exec reinstate-temporal-postgresql-1 psql -U temporal -c "drop table filler"
      done >/dev/null 2>&1; true'`)
    await reaches('full', 'first')
    await wait(20_000)
    expect(await production.stateOf('full').catch(() => 'unknown')).not.toBe('done')
    await host().must(`rm ${VOLUMES}/ballast`)
    await endsWell('full')
  }, 1_200_000)
})

describe('the database put back to a dump', () => {
  const putBack = ['stop worker ui server', 'exec -T dump sh /dump restore']

  it('goes on with a run of then, starts no command twice, and takes no lock of a run that it does not know', async () => {
    await begin('put-back', 10)
    expect(await production.compose('exec -T dump sh /dump now')).toMatchObject({ exitCode: 0 })
    await endsWell('put-back')
    await begin('forgotten', 300)

    for (const words of putBack) expect(await production.compose(words)).toMatchObject({ exitCode: 0 })
    expect(await production.up()).toMatchObject({ exitCode: 0 })
    await endsWell('put-back')

    expect(await production.cli('status forgotten')).not.toMatchObject({ exitCode: 0 })
    const again = await production.cli('run forgotten --id forgotten-again')
    expect(`${again.stdout}${again.stderr}`).toContain('which this Temporal does not know')
    expect(again.exitCode).not.toBe(0)
    expect(await host().must('cat /srv/forgotten/started')).toBe('first')
  }, 1_200_000)

  it('keeps the databases that it replaced, and changes nothing while a server is connected', async () => {
    const databases = () =>
      host().must(
        'docker exec reinstate-temporal-postgresql-1 psql -U temporal -Atc "select datname from pg_database where datname not like \'template%\' order by 1"',
      )
    const before = await databases()
    expect(before).toMatch(
      /^temporal\ntemporal_until_20\S+\ntemporal_visibility\ntemporal_visibility_until_20/m,
    )
    const { exitCode, stderr } = await production.compose('exec -T dump sh /dump restore')
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('is being accessed by other users') as unknown,
    })
    expect((await databases()).replaceAll(/\S+_restored\n/g, '')).toBe(
      before.replaceAll(/\S+_restored\n/g, ''),
    )
  })
})
