import { beforeEach, describe, expect, it } from 'vitest'
import { everyNth, itInDepth } from '../depth.ts'
import { composeCheck } from '../../src/steps/compose-check/index.ts'
import { wellStack } from './joins/compose-check.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true })
beforeEach(async () => {
  await stage.clear()
  await must(wellStack)
})

const must = (script: string) => stage.testHost.must(script)
const check = (more: object = {}) =>
  composeCheck.verify(
    fieldsOf(composeCheck, {
      project: 'shop',
      healthyTimes: 2,
      everySeconds: 1,
      within: '4 seconds',
      ...more,
    }),
    stage.step().at(),
  )
const images = { web: 'testbed/nginx:1', db: 'testbed/nginx:1' }

describe('compose-check › verify › passes', () => {
  it('with the containers, images and volumes that it checked', async () => {
    const evidence = await check({ images, volumes: { db: { '/var/lib/da ta': 'proven' } } })
    expect(evidence.facts).toMatchObject({ containers: 2, volumes: ['proven'] })
  })
  itInDepth('once a service of completed: has exited with 0, and fails for another exit code', async () => {
    const migrate = `docker run -d --name shop-migrate-1 --label com.docker.compose.project=shop --label com.docker.compose.service=migrate --label com.docker.compose.oneoff=False --entrypoint sh testbed/nginx:1 -c`
    await must(`${migrate} 'exit 0' > /dev/null`)
    await check({ completed: ['migrate'] })
    await must(`docker rm -f shop-migrate-1 > /dev/null; ${migrate} 'exit 3' > /dev/null`)
    await expect(check({ completed: ['migrate'] })).rejects.toThrow(
      'container shop-migrate-1 is exited with exit code 3',
    )
  })
})

describe('compose-check › verify › fails', () => {
  it.each(
    everyNth(6, [
      [
        'a container is stopped',
        'docker stop shop-web-1 > /dev/null',
        {},
        'container shop-web-1 is exited, its last exit code',
      ],
      [
        'a service is sick',
        'docker exec shop-db-1 touch /run/sick',
        {},
        'container shop-db-1 is running and unhealthy',
      ],
      [
        'a service has no container',
        'docker rm -f shop-web-1 > /dev/null',
        { services: ['web', 'db'] },
        'service web has no container',
      ],
      ['nothing is there', 'docker rm -f shop-web-1 shop-db-1 > /dev/null', {}, 'no container'],
      [
        'it runs another image',
        'true',
        { images: { ...images, web: 'testbed/postgres:17' } },
        'container shop-web-1 has image testbed/nginx:1 (',
      ],
      [
        'it runs a service without an entry in images',
        'true',
        { images: { db: 'testbed/nginx:1' } },
        'container shop-web-1 has image testbed/nginx:1',
      ],
      [
        'its data is another volume',
        'docker volume create other > /dev/null',
        { volumes: { db: { '/var/lib/da ta': 'other' } } },
        'container shop-db-1 has proven at /var/lib/da ta, not volume other',
      ],
      [
        'nothing is mounted',
        'true',
        { volumes: { web: { '/data': 'proven' } } },
        'container shop-web-1 has nothing at /data, not volume proven',
      ],
      ['the volume is not there', 'true', { volumes: { db: { '/var/lib/da ta': 'gone' } } }, 'volume gone'],
    ] as const),
  )('when %s', async (_, damage, more, named) => {
    await must(damage)
    await expect(check(more)).rejects.toThrow(named)
  })
  it('when the name of an image points to another image by now', async () => {
    await must('docker tag testbed/postgres:17 shop/web:1; docker tag testbed/nginx:1 kept:nginx')
    try {
      await must(
        'docker rm -f shop-web-1 > /dev/null; docker tag testbed/nginx:1 shop/web:1; docker run -d --name shop-web-1 --label com.docker.compose.project=shop --label com.docker.compose.service=web --label com.docker.compose.oneoff=False shop/web:1 > /dev/null; docker tag testbed/postgres:17 shop/web:1',
      )
      await expect(check({ images: { ...images, web: 'shop/web:1' } })).rejects.toThrow(
        /container shop-web-1 has image shop\/web:1 \([0-9a-f]{12}\), not shop\/web:1 \([0-9a-f]{12}\)/,
      )
    } finally {
      await must('docker rmi shop/web:1 kept:nginx > /dev/null')
    }
  })
  itInDepth('for a service in a restart loop, at any interval', async () => {
    await must(
      `docker run -d --name shop-loop-1 --restart always --label com.docker.compose.project=shop --label com.docker.compose.service=loop --label com.docker.compose.oneoff=False --entrypoint sh testbed/nginx:1 -c 'sleep 0.5' > /dev/null`,
    )
    await expect(check({ healthyTimes: 3, within: '8 seconds' })).rejects.toThrow(
      /shop-loop-1|times in a row/,
    )
  })
})
