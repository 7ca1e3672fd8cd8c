import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { everyNth, itInDepth } from '../depth.ts'
import { mariadbAudit } from '../../src/steps/mariadb-audit/index.ts'
import { audited, restoredMaria } from './joins/mariadb-audit.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true })
beforeAll(async () => {
  await stage.clear()
  await must(`${restoredMaria}; cp -a /backup/shop/db /var/tmp/whole`)
})

const must = (script: string) => stage.testHost.must(script)
const look = (fields: object = {}) =>
  mariadbAudit.inspect?.(fieldsOf(mariadbAudit, { ...audited, ...fields }), stage.step().at())
const audit = () => mariadbAudit.verify(fieldsOf(mariadbAudit, audited), stage.step().at())
const inVolume = (script: string) =>
  must(`cd "$(docker volume inspect --format '{{.Mountpoint}}' fresh)"\n${script}`)
/** Serves the volume, runs SQL and stops the server. Default: cleanly. */
const changed = (sql: string, stop = 'stop -t 60') =>
  must(`docker run -d --name live -v fresh:/var/lib/mysql testbed/mariadb:11 > /dev/null
    until docker exec live mariadb shop -e 'select 1' > /dev/null 2>&1; do sleep 0.2; done
    docker exec -i live mariadb shop <<'SQL'\n${sql}\nSQL
    docker ${stop} live > /dev/null; docker rm -f live > /dev/null`)

describe('mariadb-audit › verify, inspect', () => {
  beforeEach(() => inVolume('rsync -a --delete /var/tmp/whole/ ./'))

  it('pass where the volume equals its backup, and leave nothing behind', async () => {
    const before = await inVolume('find . -printf "%p %C@\\n" | sort | sha256sum')
    const { summary, strength, facts } = await audit()
    expect(strength).toBe('proven')
    expect(summary).toMatch(/CHECK TABLE.*; not compared: /)
    expect(Number(facts?.['rows'])).toBeGreaterThan(2002)
    expect(await inVolume('find . -printf "%p %C@\\n" | sort | sha256sum')).toBe(before)
    expect(await must('docker ps -a --format {{.Names}}; docker volume ls -q')).toBe('fresh')
  })
  itInDepth(
    'says how many rows the live server has that the backup lacks; a directory is compared too',
    async () => {
      await must(`rm -rf /srv/maria; cp -a /var/tmp/whole /srv/maria; cp -a /var/tmp/whole /srv/live
      docker run -d --name live --label com.docker.compose.project=shop --label com.docker.compose.service=db --label com.docker.compose.oneoff=False -v /srv/live:/var/lib/mysql testbed/mariadb:11 > /dev/null
      until docker exec live mariadb shop -e 'select 1' > /dev/null 2>&1; do sleep 0.2; done
      docker exec live mariadb shop -e "insert into orders (item) values ('a'), ('b'); create table more (a int); insert into more values (1)"`)
      const live = { project: 'shop', service: 'db' }
      const fields = { backup: audited.backup, image: audited.image, path: '/srv/maria', live }
      const { summary, strength, facts } = await mariadbAudit.verify(
        fieldsOf(mariadbAudit, fields),
        stage.step().at(),
      )
      await must('docker rm -f live > /dev/null; rm -r /srv/maria /srv/live')
      expect(strength).toBe('proven')
      expect(summary).toMatch(/^directory \/srv\/maria equals the backup/)
      expect(summary).toContain(
        'the live service db of project shop has 2005 rows, and the backup lacks 2 rows of shop.orders, 1 row of shop.more; ',
      )
      expect(facts).toMatchObject({ liveRows: 2005 })
    },
  )
  it.each(
    everyNth(4, [
      [
        'one changed row among as many',
        "update orders set item = 'item 12' where id = 11",
        ['shop.orders: 2000 rows on both sides'],
      ],
      [
        'the last bit of a FLOAT',
        'update orders set weight = weight + 0.0000001 where id = 2',
        ['shop.orders: 2000 rows on both sides'],
      ],
      [
        'lost rows, a table too many, a lost trigger and another user',
        "delete from orders where id > 300; create table more (a int); drop trigger noted; create user 'thief'@'%'",
        [
          'shop.orders: 2000 rows in the backup, 300 in the restored data',
          'table shop.more: only in the restored data',
          'trigger shop.noted: missing in the restored data',
          'mysql.global_priv: ',
        ],
      ],
      ['another character set of a schema', 'alter database shop character set latin1', ['schema shop']],
      [
        'a lost table and another definition',
        'drop table orders; alter table visits add key (at)',
        [
          'table shop.orders: missing in the restored data',
          'shop.visits: defined differently in the restored data',
        ],
      ],
    ] as const),
  )('fail for %s', async (_, sql, named) => {
    await changed(sql)
    const failed = audit()
    for (const one of named) await expect(failed).rejects.toThrow(one)
  })
  itInDepth('fail for a damaged table, with what cannot be read', async () => {
    await inVolume(
      'head -c 16000 /dev/urandom | dd of=shop/orders.ibd bs=1 seek=66000 conv=notrunc 2> /dev/null',
    )
    await expect(audit()).rejects.toThrow(/volume fresh/)
  })
  itInDepth('refuse and fail for a volume whose server was killed', async () => {
    await changed("insert into orders (item) values ('lost?')", 'kill')
    await expect(look()).rejects.toThrow(/volume fresh holds (ibtmp1|tc\.log)/)
    await expect(audit()).rejects.toThrow('was not stopped cleanly')
    // Without these files, only the server detects it.
    await inVolume('rm ibtmp1 tc.log')
    await expect(audit()).rejects.toThrow('recover')
  })
  it('refuse a volume in use, and are blocked on what an earlier step creates', async () => {
    await must('docker run -d --name user -v fresh:/x --entrypoint sleep testbed/nginx:1 1000 > /dev/null')
    await expect(look()).rejects.toThrow('volume fresh is used by container user')
    await expect(audit()).rejects.toThrow('is used by container user')
    await must('docker rm -f user > /dev/null')
    expect(await look({ volume: 'later' })).toMatchObject({ blockedOn: { what: 'volume', name: 'later' } })
    expect(await look({ backup: '/backup/none' })).toMatchObject({ blockedOn: { name: '/backup/none' } })
    expect(await look({ image: 'none:1' })).toMatchObject({ blockedOn: { what: 'image', name: 'none:1' } })
    await expect(look({ backup: '/etc/ssh' })).rejects.toThrow('holds no data directory of MariaDB')
  })
})
