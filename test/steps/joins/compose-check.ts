import { composeCheck } from '../../../src/steps/compose-check/index.ts'
import type { Joined } from '../contract.ts'

/** A project of two services, one of them with a volume, that runs. */
export const wellStack = `
mkdir -p /srv/shop
cat > /srv/shop/compose.yml <<'END'
services:
  web: { image: "testbed/nginx:1", stop_signal: SIGTERM }
  db:
    image: testbed/nginx:1
    stop_signal: SIGTERM
    volumes: [ "data:/var/lib/da ta" ]
    healthcheck: { test: [ CMD-SHELL, "test ! -e /run/sick" ], interval: 1s, retries: 1 }
volumes:
  data: { external: true, name: proven }
END
docker volume create proven > /dev/null
docker compose -p shop -f /srv/shop/compose.yml up -d --wait 2> /dev/null`

export const joined: Joined = {
  kind: composeCheck,
  cases: [
    {
      name: 'images and volumes',
      fields: {
        project: 'shop',
        services: ['web', 'db'],
        healthyTimes: 2,
        everySeconds: 1,
        within: '20 seconds',
        images: { web: 'testbed/nginx:1', db: 'testbed/nginx:1' },
        volumes: { db: { '/var/lib/da ta': 'proven' } },
      },
      arrange: wellStack,
    },
  ],
}
