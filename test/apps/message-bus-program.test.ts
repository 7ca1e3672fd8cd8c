import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { startTestHost } from '../../testbed/test-host.ts'
import type { TestHost } from '../../testbed/test-host.ts'
import { inDepth, itInDepth } from '../depth.ts'

let testHost: TestHost
beforeAll(async () => {
  testHost = await startTestHost({ images: 'apps' })
  const pipe =
    'tar -C "$1" --exclude node_modules --exclude dist -c app sql | docker exec -i "$2" tar -C /srv -x'
  await execa('sh', ['-c', pipe, 'sh', packageFolder('plans', 'message-bus'), testHost.name])
  await testHost.must(`set -e
    cd /srv/app
    ${BUILD} --target runtime --build-arg VERSION=1.0.0 -t bus:1 .
    ${BUILD} --target test -t tests .
    docker network create bus
    ${DATABASE}`)
})
afterAll(() => testHost.remove())

const BUILD =
  'docker build --quiet --network none --build-arg NODE=testbed/node:20 --build-arg NODE_BUILD=testbed/node-build:20'

const DATABASE = `
docker run -d --name db --network bus -e POSTGRES_PASSWORD=of-a-test testbed/postgres:17
timeout 60 sh -c 'until docker exec db pg_isready -q -h 127.0.0.1; do sleep 0.2; done'`

describe('the program of message-bus', () => {
  it('passes its tests in a container, against a database', async () => {
    const { exitCode, stdout, stderr } = await testHost.exec(
      `docker run --rm --network bus -v /srv/sql:/sql:ro -e BUS_SQL=/sql -e DATABASE_URL=postgres://postgres:of-a-test@db/postgres \
        tests npm run test:database`,
      { timeoutSeconds: 600 },
    )
    expect(exitCode, stdout + stderr).toBe(0)
    expect(stdout).toMatch(/ℹ pass [1-9].*ℹ fail 0\n.*ℹ cancelled 0\n.*ℹ skipped 0/s)
  }, 600_000)
})

const PASSWORD = 'of-bus-app'
const ENVIRONMENT = `-e DATABASE_URL=postgres://bus_app:${PASSWORD}@db/postgres -v bus:/var/lib/bus --network bus`

/** A daemon and what a probe in a container of its own says, in the database `postgres`. */
async function startServices(variables: string): Promise<void> {
  await testHost.must(`set -e
    docker exec -i db psql -q -v ON_ERROR_STOP=1 -U postgres <<'sql'
do $$ begin
  create role bus_owner; create role bus_app; create role anon;
exception when duplicate_object then null;
end $$;
alter role bus_app login password '${PASSWORD}';
sql
    docker exec db psql -qAt -U postgres -c "select to_regclass('bus.message')" | grep -q . ||
      docker exec -i db psql -q -1 -v ON_ERROR_STOP=1 -U postgres </srv/sql/010-bus.up.sql
    docker rm -fv daemon watcher >/dev/null 2>&1 || true
    for service in daemon watcher; do
      docker run -d --name $service --read-only --tmpfs /tmp --cap-drop ALL ${ENVIRONMENT} ${variables} bus:1 $service
    done
    timeout 60 sh -c 'for service in daemon watcher; do
      until [ "$(docker inspect --format "{{.State.Health.Status}}" $service)" = healthy ]; do sleep 0.3; done
    done'`)
}

const probe = (words: string, variables = '') =>
  testHost.exec(`docker run --rm ${ENVIRONMENT} ${variables} -e LOG_LEVEL=error bus:1 probe ${words}`, {
    timeoutSeconds: 600,
  })
const lastLine = (text: string) => text.trimEnd().split('\n').at(-1)

describe('an outage of the database', () => {
  // The document's 60 seconds in depth; a shorter time is the same code.
  it.each(inDepth(['3', '60'], ['3']))(
    'is survived with a breaker of %s s',
    async (seconds) => {
      const breaker = `-e MESSAGE_BUS_CIRCUIT_BREAKER_TIMEOUT_SECS=${seconds}`
      await startServices(breaker)
      await testHost.must('docker stop -t 5 db')
      const outage = await probe('outage', breaker)
      expect(outage.exitCode, outage.stdout + outage.stderr).toBe(0)
      expect(lastLine(outage.stdout)).toMatch(
        /^the sender's breaker opened after 5 failures, the daemon's is (open|half-open); 38 inline, 2 refused by name, 0 truncated, 0 through the bus$/,
      )
      await testHost.must('docker start db')
      const recovery = await probe('recovery --within 60', breaker)
      expect(recovery.exitCode, recovery.stdout + recovery.stderr).toBe(0)
      expect(lastLine(recovery.stdout)).toMatch(
        new RegExp(
          `half-open ${seconds}\\.\\d s after it opened, and is closed; 38 inline and 2 sent again are in the bus: 0 lost, 0 doubled$`,
        ),
      )
    },
    400_000,
  )

  itInDepth(
    'twice, while 20 senders send 10,000 messages: none lost, none doubled',
    async () => {
      const breaker = '-e MESSAGE_BUS_CIRCUIT_BREAKER_TIMEOUT_SECS=2'
      await startServices(breaker)
      const crowd = probe('crowd --messages 10000 --sizes 1k,10k --within 120', breaker)
      for (let restarts = 0; restarts < 2; restarts++) {
        await new Promise((resolve) => setTimeout(resolve, 4000))
        await testHost.must('docker restart -t 5 db')
      }
      const { exitCode, stdout, stderr } = await crowd
      expect(exitCode, stdout + stderr).toBe(0)
      // Some came inline: the restarts were in the middle of it.
      expect(lastLine(stdout)).toMatch(
        /^20 senders at once, 10,000 messages in .* \([1-9]\d* of them inline\): 0 lost, 0 mixed, 0 doubled, 0 not received/,
      )
    },
    600_000,
  )

  itInDepth(
    'does not matter to messages at the limit of 100 MB, which are equal byte for byte',
    async () => {
      const patient = '-e MESSAGE_BUS_WRITE_TIMEOUT_SECS=120 -e MESSAGE_BUS_READ_TIMEOUT_SECS=120'
      await startServices(patient)
      const { exitCode, stdout, stderr } = await probe('matrix --sizes 100m --within 120', patient)
      expect(exitCode, stdout + stderr).toBe(0)
      expect(lastLine(stdout)).toBe(
        '1 sizes from 104857600 to 104857600 bytes with 3 contents each: 3 of 3 are equal byte for byte',
      )
    },
    600_000,
  )
})
