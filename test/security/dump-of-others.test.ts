import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dumpRestore } from '../../src/steps/dump-restore/index.ts'
import { fieldsOf, openStage, type Stage } from '../../testbed/step-stage.ts'
import { inDepth } from '../depth.ts'
import { inspected } from '../steps/stage.ts'
import { STRANGER } from './stranger.ts'

const SECRET = 'Sup3rS3cret-Of-Another-Stack'
const POSTGRES = 'testbed/postgres:17'
const MARIADB = 'testbed/mariadb:11'

/** A dump of another stack's in /srv/other/data, and one of the stranger's with the same name in /srv/app/dumps. */
const settled = `set -e
useradd -m -u ${STRANGER} app; useradd -m -u 1002 other
mkdir -p /srv/other/data /srv/app/dumps /tmp/out && chmod 777 /tmp/out
docker run -d --name source -e POSTGRES_PASSWORD=x -v /tmp/out:/out ${POSTGRES} > /dev/null
docker run -d --name maria -e MARIADB_DATABASE=shop -e MARIADB_USER=shop -e MARIADB_PASSWORD=x -v /tmp/out:/out ${MARIADB} > /dev/null
until docker exec source pg_isready -q -h 127.0.0.1 && docker exec maria mariadb shop -e 'select 1' > /dev/null 2>&1; do sleep 0.2; done
dump() { # TEXT DIRECTORY
  docker exec source psql -qX -U postgres -c "drop table if exists t" -c "create table t as select '$1' as it"
  docker exec source sh -c 'pg_dump -U postgres postgres > /out/shop.sql; pg_dump -U postgres -Fc postgres > /out/shop.dump; rm -rf /out/shop.dir; pg_dump -U postgres -Fd -f /out/shop.dir postgres'
  docker exec maria sh -c "mariadb shop -e \\"create or replace table t as select '$1' as it\\"; mariadb-dump shop > /out/maria.sql"
  cp -r /tmp/out/. "$2"
}
dump '${SECRET}' /srv/other/data
dump mine /srv/app/dumps
docker rm -fv source maria > /dev/null
chown -R 1002:1002 /srv/other; chmod -R go= /srv/other; chown -R ${STRANGER}:${STRANGER} /srv/app
# Late, as on a slow machine, so that a race is won each time.
printf '#!/bin/sh\\nsleep 0.1\\nexec /usr/bin/docker "$@"\\n' > /usr/local/bin/docker && chmod 755 /usr/local/bin/docker`

const postgres = { server: 'postgres', image: POSTGRES, database: 'postgres', volume: 'fresh' }
const dumps = {
  SQL: { ...postgres, dump: '/srv/app/dumps/shop.sql' },
  'a custom archive': { ...postgres, dump: '/srv/app/dumps/shop.dump' },
  'a directory': { ...postgres, dump: '/srv/app/dumps/shop.dir' },
  'SQL of MariaDB': {
    ...{ server: 'mariadb', image: MARIADB, database: 'shop', volume: 'fresh' },
    dump: '/srv/app/dumps/maria.sql',
  },
}
/** What the owner of /srv/app does once the server of the load starts. None of it changes a time of the dump. */
const attacks = {
  'a link to the directory of another stack': 'ln -s /srv/other/data dumps',
  'a link to the dump of another stack': 'mkdir dumps; ln -s "/srv/other/data/$NAME" "dumps/$NAME"',
  'a FIFO': 'mkdir dumps; mkfifo "dumps/$NAME"',
}

describe('C2 › dump-restore › of a dump in a directory of an unprivileged user', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    await stage.testHost.must(settled, { timeoutSeconds: 120 })
  }, 180_000)
  afterAll(() => stage?.close())

  const cases = Object.keys(dumps).flatMap((dump) =>
    Object.keys(attacks).map((attack) => [dump, attack] as const),
  )
  it.each(inDepth(cases, cases.slice(0, 1)))(
    'C2 › dump-restore › %s › loads no other than what was inspected, where %s is laid before it is read and taken away',
    async (dump, attack) => {
      const { must } = stage.testHost
      const fields = dumps[dump as keyof typeof dumps]
      const bound = stage.step()
      const step = fieldsOf(dumpRestore, fields)
      const { priorState } = await inspected(dumpRestore, step, bound.at())
      const laying = must(
        `cat > /tmp/lay <<'END'
cd /srv/app; NAME=${fields.dump.replace(/.*\//, '')}
running() { ps -eo args | grep -q -e "$1"; }
until running '[d]ocker run -d .*-load'; do :; done
mv dumps mine; ${attacks[attack as keyof typeof attacks]}
for n in $(seq 100); do ! running '[d]ocker exec -i .*\\(--binary-mode\\|-f -\\)\\|[p]g_restore' || break; sleep 0.05; done
sleep 0.5; rm -r dumps; mv mine dumps
END
setpriv --reuid ${STRANGER} --regid ${STRANGER} --clear-groups sh /tmp/lay`,
        { timeoutSeconds: 60 },
      )
      const ended = await Promise.race([
        dumpRestore.apply(step, priorState, bound.at()).then(
          () => 'loaded',
          () => 'failed',
        ),
        new Promise<string>((resolve) => setTimeout(resolve, 40_000, 'hangs')),
      ])
      await laying
      const found = await must(
        `grep -rlae '${SECRET}' "$(docker volume inspect -f '{{.Mountpoint}}' fresh)" | head -n 1`,
      )
      await must('docker ps -aq | xargs -r docker rm -fv > /dev/null; docker volume rm -f fresh > /dev/null')
      expect({ ended, found }).toEqual({ ended: expect.stringMatching('loaded|failed'), found: '' })
    },
    60_000,
  )
})
