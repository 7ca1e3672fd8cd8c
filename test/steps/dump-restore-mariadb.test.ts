import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { itInDepth } from '../depth.ts'
import { dumpRestore } from '../../src/steps/dump-restore/index.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { inspected, stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true, disk: { at: '/var/lib/docker/volumes', mebibytes: 1500 } })
const must = (script: string) => stage.testHost.must(script)

/** The database shop of a server that is gone, dumped in several ways; 2,000 rows. */
const source = `set -e
docker run -d --name source -e MARIADB_DATABASE=shop -e MARIADB_USER=shop -e MARIADB_PASSWORD=x testbed/mariadb:11 > /dev/null
until docker exec source mariadb shop -e 'select 1' > /dev/null 2>&1; do sleep 0.2; done
docker exec -i source mariadb shop <<'SQL'
create table orders (id integer auto_increment primary key, item varchar(100) not null, price decimal(10, 2), weight float, key (item));
insert into orders (item, price, weight) select concat('item ', seq), seq / 7, seq / 3 from seq_1_to_2000;
create table visits (at timestamp not null default current_timestamp, place point, note text, picture blob) engine = Aria;
insert into visits (place, note, picture) values (point(1, 2), 'it''s "quoted" \\\\ back
newline),(', x'00ff27'), (null, null, null);
create table \`odd \`\`name\` (\`a b\` int, c bit(3), d double, e json, f date generated always as ('2026-01-01'));
insert into \`odd \`\`name\` (\`a b\`, c, d, e) values (1, b'101', 1e-300, '{"a": [1]}');
create table empty (a int);
create table parts (id int primary key, of_order int, foreign key (of_order) references orders (id));
insert into parts values (1, 1);
create view cheap as select id from orders where price < 10;
create definer = shop@'%' view dear as select id from orders where price > 10;
create trigger noted before insert on visits for each row set new.at = now();
create sequence numbers start with 5;
select nextval(numbers);
delimiter //
create procedure tidy() begin select 'a;
\\\\! b'; -- comment
end//
create event sweep on schedule every 1 day do delete from orders where id < 0//
delimiter ;
create user reader@'%' identified by 'y';
grant select on shop.* to reader@'%';
SQL
mkdir -p /backup && cd /backup
dump() { docker exec source mariadb-dump "$@"; }
dump --routines --events shop > shop.sql
gzip -k shop.sql && zstd -q -k shop.sql && xz -k shop.sql && bzip2 -k shop.sql
dump --routines --events --hex-blob --skip-extended-insert --databases shop > databases.sql
dump --routines --events --all-databases > all.sql
dump --no-data shop > schema.sql
dump --no-create-info shop > rows.sql
dump --compact shop > compact.sql
docker rm -fv source > /dev/null
cp -a /backup /var/tmp/dumps`

beforeAll(async () => {
  await must(source)
})
beforeEach(async () => {
  await stage.clear()
  await must('cp -a /var/tmp/dumps/. /backup/')
})

const image = 'testbed/mariadb:11'
const ofShop = {
  ...{ server: 'mariadb', dump: '/backup/shop.sql', image, volume: 'fresh' },
  ...{ database: 'shop', user: 'shop', password: "${{ secrets.it's \\ x }}" },
}
const stepOf = (fields: object = {}) => fieldsOf(dumpRestore, { ...ofShop, ...fields })
async function restored(fields: object = {}) {
  const [step, host] = [stepOf(fields), stage.step().at()]
  const { priorState } = await inspected(dumpRestore, step, host)
  await dumpRestore.apply(step, priorState, host)
  return { step, host, priorState, verify: () => dumpRestore.verify(step, host) }
}
const refusal = async (fields: object = {}) => await inspected(dumpRestore, stepOf(fields), stage.step().at())
/** Serves the volume as a stack does, runs SQL as shop over the network, and stops the server. */
const served = (sql: string, login = '-ushop "-pit\'s \\\\ x" -h127.0.0.1 shop') =>
  must(`docker run -d --name live -v fresh:/var/lib/mysql testbed/mariadb:11 > /dev/null
    until docker exec live mariadb -e 'select 1' > /dev/null 2>&1; do sleep 0.2; done
    docker exec -i live mariadb -N ${login} <<'SQL'\n${sql}\nSQL
    docker stop -t 60 live > /dev/null; docker rm live > /dev/null`)

describe('dump-restore of MariaDB › inspect, apply, verify, undo', () => {
  it('restores a packed dump of one database, proves it, and leaves nothing else', async () => {
    const { step, host, priorState, verify } = await restored({ dump: '/backup/shop.sql.gz' })
    const { summary, strength, facts } = await verify()
    expect(strength).toBe('proven')
    expect(summary).toContain('account shop logs in')
    expect(facts).toMatchObject({ rows: 2004, tables: 5 })
    expect(await must('docker ps -a --format {{.Names}}; docker volume ls -q')).toBe('fresh')
    expect(await inspected(dumpRestore, step, host)).toMatchObject({ changes: [] })
    expect(
      await served('select count(*), max(id) from orders; select count(*) from dear; call tidy()'),
    ).toMatch(/^2000\t2000\n1930\na;/)
    expect(await dumpRestore.undo(step, priorState, host)).toMatchObject([{ what: 'volume fresh' }])
  })
  itInDepth('says how many rows the live server has that the dump lacks', async () => {
    const { verify } = await restored({ live: { project: 'shop', service: 'db' } })
    await must(`docker volume create live > /dev/null
      cp -a "$(docker volume inspect -f '{{.Mountpoint}}' fresh)/." "$(docker volume inspect -f '{{.Mountpoint}}' live)/"
      docker run -d --name live --label com.docker.compose.project=shop --label com.docker.compose.service=db --label com.docker.compose.oneoff=False -v live:/var/lib/mysql testbed/mariadb:11 > /dev/null
      until docker exec live mariadb -e 'select 1' > /dev/null 2>&1; do sleep 0.2; done
      docker exec live mariadb shop -e "insert into empty values (1), (2), (3); create database wiki; create table wiki.pages (a int); insert into wiki.pages values (1)"`)
    const { summary, facts } = await verify()
    expect(summary).toContain(
      '; the live service db of project shop has 2007 rows, and the backup lacks 3 rows of shop.empty; ',
    )
    expect(facts).toMatchObject({ rows: 2004, liveRows: 2007 })
  })
  itInDepth(
    'restores a dump in hexadecimal that names its database, and its undo removes the volume',
    async () => {
      const { step, host, priorState, verify } = await restored({ dump: '/backup/databases.sql' })
      const { summary } = await verify()
      expect(summary).toMatch(/\(of 1, sorted\)/)
      expect(await dumpRestore.undo(step, priorState, host)).toEqual([])
      expect(await must('docker ps -a --format {{.Names}}; docker volume ls -q')).toBe('')
    },
  )
  itInDepth('restores a dump of all databases with its accounts, also one of an older version', async () => {
    await must('cd /backup && sed -i "s/11.8.9-MariaDB/10.11.2-MariaDB/" all.sql && zstd -q all.sql')
    const none = { database: undefined, user: undefined, password: undefined }
    const { verify } = await restored({ dump: '/backup/all.sql.zst', ...none })
    expect((await verify()).summary).toMatch(/names of .*another version made the dump.*system tables/)
    expect(await served('select count(*) from shop.orders', '-ureader -py -h127.0.0.1')).toBe('2000')
  })
  itInDepth('restores dumps packed as xz and bzip2, and sets the password of root', async () => {
    for (const packing of ['xz', 'bz2']) {
      const fields = {
        dump: `/backup/shop.sql.${packing}`,
        rootPassword: '${{ secrets.top }}',
        volume: packing,
      }
      await (await restored(fields)).verify()
    }
    await must(
      'docker volume create fresh > /dev/null; cd "$(docker volume inspect --format {{.Mountpoint}} fresh)" && cp -a ../../xz/_data/. .',
    )
    expect(await served('select count(*) from shop.orders', '-uroot -ptop -h127.0.0.1')).toBe('2000')
  })
  it('fails to verify a volume of which one row differs, and one that lost a view', async () => {
    const { verify } = await restored()
    await served(
      "update orders set item = 'item 12' where id = 11; drop view cheap; alter table empty add b int",
    )
    const failed = verify()
    await expect(failed).rejects.toThrow('the rows of table shop.orders are not those of the dump')
    await expect(failed).rejects.toThrow('view shop.cheap: missing in the volume')
    await expect(failed).rejects.toThrow('table shop.empty: defined differently in the volume')
  })
})

describe('dump-restore of MariaDB › inspect', () => {
  const edit = (script: string) => `cd /backup && sed -i ${script} shop.sql`
  it.each([
    ['one that was cut off', 'cd /backup && head -n 900 shop.sql > x && mv x shop.sql', {}, 'was cut off'],
    [
      'a packed one that was cut off',
      'cd /backup && head -c 9000 shop.sql.gz > x.gz',
      { dump: '/backup/x.gz' },
      'cannot be unpacked: gzip: .*unexpected end',
    ],
    ['only a schema', '', { dump: '/backup/schema.sql' }, 'only a schema'],
    ['only rows', '', { dump: '/backup/rows.sql' }, 'defines no table'],
    ['one without comments', '', { dump: '/backup/compact.sql' }, '--compact'],
    [
      'one of PostgreSQL',
      `printf -- '--\\n-- PostgreSQL database dump\\n--\\n' > /backup/shop.sql`,
      {},
      'is of PostgreSQL',
    ],
    ['one of another database', '', { database: 'wiki' }, 'is of database shop, not of wiki'],
    [
      'one of another database, by name',
      '',
      { dump: '/backup/databases.sql', database: 'wiki' },
      'is of database shop, not of wiki',
    ],
    ['one without database:', '', { database: undefined }, 'database:, such as shop'],
    [
      'one of a newer server',
      edit(`'s/^-- Server version.*/-- Server version\\t12.1.2-MariaDB/'`),
      {},
      'serves 11.8',
    ],
    [
      'a collation of MySQL 8',
      edit(`-e 's/^-- MariaDB dump/-- MySQL dump/' -e 's/utf8mb4_uca1400_ai_ci/utf8mb4_ja_0900_as_cs/'`),
      {},
      'utf8mb4_ja_0900_as_cs, which MariaDB 11.8.* does not know: it needs a server of MySQL',
    ],
    ['an engine that the image lacks', edit(`'s/ENGINE=Aria/ENGINE=RocksDB/'`), {}, 'engine RocksDB'],
    ['a definer that nothing creates', '', { user: 'other' }, 'run as shop@%'],
    [
      'a command of the client',
      edit(`'3s|^|\\\\! touch /scratch/owned|'`),
      {},
      'a command of the client in line 3',
    ],
    ['GTID_PURGED', edit(`"9i SET @@GLOBAL.GTID_PURGED='a:1';"`), {}, '--set-gtid-purged=OFF'],
    ['line ends of docker exec -t', edit(String.raw`'s/$/\r/'`), {}, 'docker exec -t'],
    [
      'UTF-16 of PowerShell',
      'cd /backup && iconv -f UTF-8 -t UTF-16 shop.sql > x && mv x shop.sql',
      {},
      'UTF-16',
    ],
    ['an image without a server', '', { image: 'testbed/nginx:1' }, 'no server of MariaDB'],
  ] as const)('refuses %s', async (_, script, fields, reason) => {
    await must(script)
    await expect(refusal(fields)).rejects.toThrow(new RegExp(reason))
    expect(await must('docker ps -a --format {{.Names}}; docker volume ls -q')).toBe('')
  })
})

describe('dump-restore of MariaDB › apply', () => {
  it.each([
    [
      'an error in the middle',
      `cd /backup && sed -i 's/^(1000,/(999,/' shop.sql`,
      /INSERT INTO `orders`: ERROR 1180 .*a row has a key of another row/,
    ],
    [
      'a command that the inspection cannot see',
      `cd /backup && sed -i "s/^UNLOCK TABLES;/UNLOCK TABLES; \\\\\\\\! touch \\/scratch\\/owned/" shop.sql`,
      /ERROR/,
    ],
  ])('stops at %s, names it, and leaves an empty volume', async (_, script, named) => {
    await must(script)
    await expect(restored()).rejects.toThrow(named)
    expect(
      await must(
        'docker ps -a --format {{.Names}}; docker volume ls -q; ls -A "$(docker volume inspect --format {{.Mountpoint}} fresh)"',
      ),
    ).toBe('fresh')
  })
})

describe('dump-restore of MariaDB › apply, what goes wrong meanwhile', () => {
  const SLOW = 120_000
  const before = (statement: string) => `cd /backup && sed -i "/^-- Dump completed/i ${statement}" shop.sql`
  const nothingLeft = async () =>
    expect(
      await must(
        'docker ps -a --format {{.Names}}; docker volume ls -q; ls -A "$(docker volume inspect --format {{.Mountpoint}} fresh)"',
      ),
    ).toBe('fresh')
  const whileItSleeps = (script: string) =>
    must(`until client=$(pgrep -f '^[^ ]*mariadb .*--binary-mode.* shop$'); do sleep 0.1; done; sleep 1
{ ${script}; } > /dev/null`)

  it(
    'fails when the dump is replaced before the load, or written to during it',
    async () => {
      await must(before('do sleep(5);'))
      const [step, bound] = [stepOf(), stage.step()]
      const { priorState } = await inspected(dumpRestore, step, bound.at())
      await must('cd /backup && cp shop.sql new && mv new shop.sql')
      await expect(dumpRestore.apply(step, priorState, bound.at())).rejects.toThrow('since it was inspected')
      expect(await dumpRestore.undo(step, priorState, bound.at('undo-1'))).toEqual([])
      await expect(Promise.all([restored(), whileItSleeps('echo >> /backup/shop.sql')])).rejects.toThrow(
        'was replaced or written to while it was loaded',
      )
      await nothingLeft()
    },
    SLOW,
  )
  it(
    'fails when the disk fills up, names it, and gives the space back',
    async () => {
      await must(before("create table big as select seq, repeat('x', 250) from seq_1_to_3000000;"))
      const [step, host] = [stepOf(), stage.step().at()]
      const { priorState } = await inspected(dumpRestore, step, host)
      const volumes = '/var/lib/docker/volumes'
      const used = async () => Number(await must(`du -sm ${volumes} | cut -f 1`))
      const usedBefore = await used()
      await must(
        `fallocate -l "$(($(df -B1 --output=avail ${volumes} | tail -n 1) - 400000000))" ${volumes}/filler`,
      )
      try {
        await expect(dumpRestore.apply(step, priorState, host)).rejects.toThrow(
          /is full|No space left on device/,
        )
      } finally {
        await must(`rm ${volumes}/filler`)
      }
      expect(await used()).toBeLessThan(usedBefore + 5)
      await nothingLeft()
    },
    SLOW,
  )
  it.each([
    ['the client', 'kill -KILL $client'],
    ['docker exec', "kill -KILL $(pgrep -f '^[^ ]*docker exec -i .*--binary-mode')"],
    ['the server', 'docker kill "$(docker ps -q --filter name=-load)"'],
  ])(
    'fails when %s is killed, and the next attempt loads anew',
    async (_, kill) => {
      await must(before('do sleep(4);'))
      const [step, bound] = [stepOf(), stage.step()]
      const { priorState } = await inspected(dumpRestore, step, bound.at())
      await expect(
        Promise.all([dumpRestore.apply(step, priorState, bound.at(1)), whileItSleeps(kill)]),
      ).rejects.toThrow(/was not loaded, and the volume is empty again/)
      await nothingLeft()
      await dumpRestore.apply(step, priorState, bound.at(2))
      expect(await must('docker ps -aq')).toBe('')
    },
    SLOW,
  )
})
