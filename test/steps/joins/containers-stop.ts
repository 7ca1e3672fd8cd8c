import { containersStop } from '../../../src/steps/containers-stop/index.ts'
import type { Joined } from '../contract.ts'
import { inContainer } from '../written-after.ts'

/** A project of two services, one of which depends on the other, a plain container with a restart policy, and a neighbour. */
export const oldStack = `
mkdir -p /srv/old
cat > /srv/old/compose.yml <<'END'
services:
  web: { image: "testbed/nginx:1", restart: unless-stopped, stop_signal: SIGTERM, depends_on: { db: { condition: service_healthy } } }
  db:
    image: testbed/nginx:1
    restart: always
    stop_signal: SIGTERM
    healthcheck: { test: [ CMD-SHELL, "test -e /run/nginx.pid" ], interval: 200ms, retries: 300 }
END
docker compose -p old -f /srv/old/compose.yml up -d 2> /dev/null
docker run -d --name plain --restart on-failure:3 --stop-signal TERM testbed/nginx:1 > /dev/null
docker run -d --name neighbour --restart always testbed/nginx:1 > /dev/null`

const small =
  'docker run -d --init --name old-web-1 --restart always --label com.docker.compose.project=old --entrypoint sleep testbed/nginx:1 1000 > /dev/null'

export const joined: Joined = {
  kind: containersStop,
  cases: [
    {
      name: 'a small project',
      fields: { projects: ['old'], killAfter: '5 seconds' },
      arrange: small,
      inside: true,
    },
    {
      name: 'a project and a plain container',
      fields: { projects: ['old'], containers: ['plain'], killAfter: '10 seconds' },
      arrange: oldStack,
    },
    {
      name: 'one that was stopped before',
      fields: { projects: ['old'], killAfter: '10 seconds' },
      arrange: `${oldStack}\ndocker stop old-web-1 > /dev/null`,
    },
    {
      name: 'disableRestartOnly',
      fields: { projects: ['old'], containers: ['plain'], disableRestartOnly: true },
      arrange: oldStack,
    },
    { name: 'nothing there', fields: { projects: ['old'] }, arrange: 'true' },
  ],
  written: {
    fields: { projects: ['old'], killAfter: '5 seconds' },
    arrange: small,
    places: [
      {
        name: 'the layer of a container that others started',
        write: `docker start old-web-1; ${inContainer('old-web-1', '/orders.txt')}`,
        isWellAt: 'container old-web-1',
      },
    ],
  },
}
