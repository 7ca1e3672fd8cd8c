import { composeUp } from '../../../src/steps/compose-up/index.ts'
import type { Joined } from '../contract.ts'

/** Writes a Compose file of a database with a health check, on an external volume, and a web server that waits for it. */
export const composeFile = `
docker volume create proven > /dev/null
mkdir -p /srv/book
cat > /srv/book/compose.yml <<'END'
services:
  db:
    image: testbed/postgres:17
    environment: { POSTGRES_PASSWORD: "\${PASSWORD:?}" }
    volumes: [ "data:/var/lib/postgresql/data" ]
    healthcheck: { test: [ CMD-SHELL, pg_isready -U postgres ], interval: 200ms, retries: 300 }
    stop_grace_period: 5s
  web:
    image: testbed/nginx:1
    ports: [ "18080:80" ]
    depends_on: { db: { condition: service_healthy } }
volumes:
  data: { external: true, name: proven }
END`

/** The same shape without a database: it starts at once. */
const quickFile = `
docker volume create proven > /dev/null
mkdir -p /srv/book
cat > /srv/book/compose.yml <<'END'
services:
  first:
    image: testbed/nginx:1
    environment: { PASSWORD: "\${PASSWORD:?}" }
    volumes: [ "data:/data" ]
    healthcheck: { test: [ CMD-SHELL, test -s /run/nginx.pid ], interval: 200ms, retries: 300 }
  web:
    image: testbed/nginx:1
    ports: [ "18080:80" ]
    depends_on: { first: { condition: service_healthy } }
volumes:
  data: { external: true, name: proven }
END`

const fields = {
  file: '/srv/book/compose.yml',
  project: 'book',
  environment: { PASSWORD: 'a$b' },
  within: '60 seconds',
}

export const joined: Joined = {
  kind: composeUp,
  cases: [
    { name: 'all services', fields, arrange: quickFile, served: ['proven'], inside: true },
    {
      name: 'one that was stopped',
      slow: true,
      fields,
      arrange: `${quickFile}
export PASSWORD='a$b'
cd /srv/book
docker compose -p book up -d 2> /dev/null
docker compose -p book stop web 2> /dev/null`,
    },
  ],
}
