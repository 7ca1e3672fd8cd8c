import { composeDown } from '../../../src/steps/compose-down/index.ts'
import type { Joined } from '../contract.ts'
import { inContainer } from '../written-after.ts'

/** A running project: a database with a named volume, two web servers that depend on it, and a neighbour. */
export const runningStack = `
mkdir -p /srv/shop
cat > /srv/shop/compose.yml <<'END'
services:
  db:
    image: testbed/postgres:17
    restart: unless-stopped
    environment: { POSTGRES_PASSWORD: "\${PASSWORD:?}" }
    volumes: [ "data:/var/lib/postgresql/data" ]
    healthcheck: { test: [ CMD-SHELL, pg_isready -U postgres ], interval: 200ms, retries: 300 }
  web:
    image: testbed/nginx:1
    stop_signal: SIGTERM
    scale: 2
    depends_on: { db: { condition: service_healthy } }
volumes:
  data: { external: true, name: proven }
END
printf 'PASSWORD=a$$b\\n' > /srv/shop/.env
docker volume create proven > /dev/null
docker compose -p shop -f /srv/shop/compose.yml up -d --wait 2> /dev/null
docker run -d --name neighbour testbed/nginx:1 > /dev/null`

const fields = { file: '/srv/shop/compose.yml', project: 'shop' }

const small = `
mkdir -p /srv/shop
cat > /srv/shop/compose.yml <<'END'
services:
  web: { image: "testbed/nginx:1", entrypoint: [ sleep, "1000" ], init: true }
END
docker compose -p shop -f /srv/shop/compose.yml up -d 2> /dev/null
docker exec shop-web-1 touch /opt/written`

export const joined: Joined = {
  kind: composeDown,
  cases: [
    { name: 'a small one', fields, arrange: small, newIds: true, inside: true },
    {
      name: 'a scratch project',
      fields: { ...fields, scratch: true },
      arrange: small,
      notRestored: ['shop-web-1', 'shop_default'],
    },
    {
      name: 'a running project',
      fields,
      arrange: runningStack,
      served: ['proven'],
      newIds: true,
    },
    {
      name: 'one of which a part is stopped',
      fields,
      arrange: `${runningStack}\ndocker stop shop-web-2 > /dev/null`,
      served: ['proven'],
      newIds: true,
    },
  ],
  written: {
    fields,
    arrange: small,
    places: [
      {
        name: 'the layer of the container that the undo created, and of the one before',
        write: `docker compose -p shop -f /srv/shop/compose.yml up -d 2> /dev/null; ${inContainer('shop-web-1', '/orders.txt')}`,
        isWellAt: 'container shop-web-1',
      },
    ],
  },
}
