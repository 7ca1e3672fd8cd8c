import { passwordCheck } from '../../../src/steps/password-check/index.ts'
import type { Joined } from '../contract.ts'
import { restoredMaria } from './mariadb-audit.ts'

/** A Compose file with what the application of a MariaDB backup logs in with. */
export const maria = `${restoredMaria}
cat > /srv/compose.yaml <<'END'
services:
  app:
    image: testbed/shop:1
    environment: { DATABASE_URL: "mysql://shop:x@db/shop", OTHER: "mysql://shop:y%24@db/shop", DB_PASSWORD: x }
END`

export const tried = {
  backup: '/backup/shop/db',
  image: 'testbed/mariadb:11',
  engine: 'mariadb',
  file: '/srv/compose.yaml',
  project: 'shop',
  service: 'app',
  variable: 'DATABASE_URL',
}

export const joined: Joined = {
  kind: passwordCheck,
  cases: [{ name: 'a URL, MariaDB', fields: tried, arrange: maria }],
}
