import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { startTestHost } from '../../testbed/test-host.ts'
import type { TestHost } from '../../testbed/test-host.ts'

let testHost: TestHost
beforeAll(async () => {
  testHost = await startTestHost({ images: 'apps' })
  const folder = packageFolder('plans', 'vividwalls-master', 'app')
  const pipe = 'tar -C "$1" --exclude node_modules --exclude dist -c . | docker exec -i "$2" tar -C /srv -x'
  await execa('sh', ['-c', pipe, 'sh', folder, testHost.name])
  await testHost.must(SERVE, { timeoutSeconds: 600 })
}, 700_000)
afterAll(() => testHost.remove())

const SERVE = `set -e
docker build --quiet --network none --build-arg NODE=testbed/node:20 --build-arg NODE_BUILD=testbed/node-build:20 \
  --target test -t tests /srv
docker network create agents
docker run -d --name db --network agents -e POSTGRES_PASSWORD=of-a-test testbed/postgres:17
docker run -d --name cache --network agents testbed/redis:8
timeout 60 sh -c 'until docker exec db pg_isready -q -h 127.0.0.1; do sleep 0.2; done'`

describe('the program of vividwalls-master', () => {
  it('passes its tests in a container, with a database and a cache: every migration up and down, each event acted on once', async () => {
    const { exitCode, stdout, stderr } = await testHost.exec(
      `docker run --rm --network agents -e DATABASE_URL=postgres://postgres:of-a-test@db/postgres -e REDIS_URL=redis://cache:6379 \
        tests npm run test:database`,
      { timeoutSeconds: 900 },
    )
    expect(exitCode, stdout + stderr).toBe(0)
    expect(stdout).toMatch(/ℹ pass [1-9].*ℹ fail 0\n.*ℹ cancelled 0\n.*ℹ skipped 0/s)
  }, 900_000)
})
