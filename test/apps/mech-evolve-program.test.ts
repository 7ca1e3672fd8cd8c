import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { startTestHost } from '../../testbed/test-host.ts'
import type { TestHost } from '../../testbed/test-host.ts'

let testHost: TestHost
beforeAll(async () => {
  testHost = await startTestHost({ images: 'apps' })
  const folder = packageFolder('plans', 'mech-evolve', 'app')
  const pipe = 'tar -C "$1" --exclude node_modules --exclude dist -c . | docker exec -i "$2" tar -C /srv -x'
  await execa('sh', ['-c', pipe, 'sh', folder, testHost.name])
  await testHost.must(`cd /srv && ${BUILD} --target runtime --build-arg VERSION=1.0.0 -t mech:1 .`)
})
afterAll(() => testHost.remove())

const BUILD =
  'docker build --quiet --network none --build-arg NODE=testbed/node:20 --build-arg NODE_BUILD=testbed/node-build:20'

describe('the program of mech-evolve', () => {
  it('passes its tests in a container, against a database', async () => {
    const { exitCode, stdout, stderr } = await testHost.exec(`
      cd /srv && ${BUILD} --target test -t tests .
      docker network create tests
      docker run -d --name db --network tests testbed/mongo:8
      timeout 60 sh -c 'until docker exec db bash -c "</dev/tcp/127.0.0.1/27017"; do sleep 0.2; done' 2>/dev/null
      docker run --rm --network tests -e MONGODB_URI=mongodb://db/tests tests npm run test:database`)
    expect(exitCode, stdout + stderr).toBe(0)
    expect(stdout).toMatch(/ℹ pass 9\n.*ℹ fail 0/s)
  })

  it('answers every request that it accepted before SIGTERM, under load', async () => {
    await testHost.must(`docker run -d --name app --network tests -p 127.0.0.1:3011:3011 -e MONGODB_URI=mongodb://db/mech mech:1
      timeout 60 sh -c 'until curl -sf -o /dev/null http://127.0.0.1:3011/health; do sleep 0.2; done'`)
    // Forty requests are running when the signal comes; later ones are refused a connection (000).
    const statuses = await testHost.must(`
      for n in $(seq 40); do curl -s -o /dev/null -w '%{http_code}\\n' --max-time 20 http://127.0.0.1:3011/api/agents & done
      sleep 0.3
      docker stop -t 15 app >/dev/null
      wait`)
    expect(statuses.split('\n').filter((status) => status !== '200' && status !== '000')).toEqual([])
    expect(await testHost.must("docker inspect --format '{{.State.ExitCode}}' app")).toBe('0')
    expect(await testHost.must('docker logs app | tail -n 1')).toContain('"message":"stopped"')
  })

  it('sets up an empty folder by its installer, and refuses to do it twice', async () => {
    await testHost.must('docker start app')
    const { stdout, stderr } = await testHost.exec(`
      timeout 60 sh -c 'until curl -sf -o /dev/null http://127.0.0.1:3011/health; do sleep 0.2; done'
      mkdir /tmp/empty && cd /tmp/empty
      curl -fsS -o /tmp/install.sh http://127.0.0.1:3011/install.sh && cmp /tmp/install.sh /srv/install.sh
      sh /tmp/install.sh http://127.0.0.1:3011 && .mech-evolve/mech-evolve create agents '{"id": "a-1", "name": "Builder"}'
      .mech-evolve/mech-evolve read agents a-1; ls -A
      sh /tmp/install.sh http://127.0.0.1:3011; echo "again: $?"`)
    expect(stdout.match(/"id":"a-1","createdAt"/g), stdout + stderr).toHaveLength(2)
    expect(stdout).toMatch(/\n\.mech-evolve\nagain: 1\n$/)
  })
})

describe('docker-compose.dev.yml', () => {
  it('serves with a database, and a change of a source file within seconds', async () => {
    const compose = 'docker compose -f docker-compose.dev.yml --progress quiet'
    const environment =
      'NODE=testbed/node:20 NODE_BUILD=testbed/node-build:20 MONGO=testbed/mongo:8 PORT=4011'
    await testHost.must(`cd /srv && ${environment} ${compose} up -d --wait`, { timeoutSeconds: 150 })
    expect(await testHost.must('curl -s http://127.0.0.1:4011/health')).toContain('"status":"ok"')
    await testHost.must(`sed -i "s/status: 'ok', version/status: 'ok', changed: true, version/" /srv/src/app.ts
      timeout 60 sh -c 'until curl -s http://127.0.0.1:4011/health | grep -q changed; do sleep 0.5; done'`)
    await testHost.must(`cd /srv && ${environment} ${compose} down`)
  })
})
