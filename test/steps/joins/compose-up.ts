import { composeUp } from '../../../src/steps/compose-up/index.ts'
import type { Joined } from '../contract.ts'
import { inContainer, WRITTEN } from '../written-after.ts'

/** A Compose file of a database with a health check on an external volume, and of a web server that depends on it. */
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

/** The same shape without a database, which starts faster. */
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
  // The contract is about what the commands leave; compose-up.test.ts has the wait of two seconds.
  settle: false,
}

export const joined: Joined = {
  kind: composeUp,
  cases: [
    { name: 'all services', fields, arrange: quickFile, served: ['proven'], inside: true },
    {
      name: 'a scratch project with volumes',
      fields: {
        file: '/srv/book/compose.yml',
        project: 'book',
        within: '60 seconds',
        settle: false,
        scratch: true,
      },
      arrange: `
docker volume create --label com.docker.compose.project=book book_older > /dev/null
mkdir -p /srv/book
cat > /srv/book/compose.yml <<'END'
services:
  web: { image: "testbed/nginx:1", stop_signal: SIGTERM, volumes: [ "data:/named" ] }
volumes: { data: {} }
END`,
    },
    {
      name: 'one that was stopped',
      fields,
      arrange: `${quickFile}
export PASSWORD='a$b'
cd /srv/book
docker compose -p book up -d 2> /dev/null
docker compose -p book stop web 2> /dev/null`,
    },
    {
      name: 'the successor of another project',
      fields: { ...fields, replaces: 'old' },
      arrange: `${quickFile}
mkdir -p /srv/old
echo 'services: { first: { image: "testbed/nginx:1", stop_signal: SIGTERM, volumes: [ "data:/data" ] } }
volumes: { data: {} }' > /srv/old/compose.yml
docker compose -p old -f /srv/old/compose.yml up -d 2> /dev/null
docker exec old-first-1 sh -c 'echo row > /data/row'
docker compose -p old -f /srv/old/compose.yml stop 2> /dev/null
echo row > "$(docker volume inspect -f '{{.Mountpoint}}' proven)/row"`,
      served: ['proven'],
    },
  ],
  written: {
    fields: { file: '/srv/book/compose.yml', project: 'book', within: '60 seconds', settle: false },
    arrange: `
mkdir -p /srv/book/bind
cat > /srv/book/compose.yml <<'END'
services:
  web: { image: "testbed/nginx:1", stop_signal: SIGTERM, volumes: [ "/anonymous", "data:/named", "/srv/book/bind:/bind" ] }
volumes: { data: {} }
END`,
    places: [
      { name: 'the layer of a container', write: inContainer('book-web-1', '/orders.txt') },
      {
        name: 'the layer of a container that has stopped since',
        write: `${inContainer('book-web-1', '/opt/shop/orders.db')}; docker stop book-web-1`,
      },
      {
        name: 'a container that others added to the project',
        write: `docker compose -p book -f /srv/book/compose.yml up -d --no-recreate --scale web=2 2> /dev/null; ${inContainer('book-web-2', '/orders.txt')}`,
      },
      {
        name: 'the log of a container',
        write: `docker exec book-web-1 sh -c 'echo ${WRITTEN} > /proc/1/fd/1'`,
      },
      { name: 'an anonymous volume', write: inContainer('book-web-1', '/anonymous/orders') },
      { name: 'a named volume', write: inContainer('book-web-1', '/named/orders') },
      { name: 'a bind mount', write: inContainer('book-web-1', '/bind/orders'), isWellAt: '/srv/book/bind' },
    ],
  },
}
