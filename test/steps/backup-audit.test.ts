import { describe, expect, it } from 'vitest'
import { itInDepth } from '../depth.ts'
import { StepNotVerified } from '../../src/errors.ts'
import { backupAudit } from '../../src/steps/backup-audit/index.ts'
import { formatAge } from '../../src/steps/backup-audit/grade.ts'
import { databaseBackup } from './joins/backup-audit.ts'
import { restoredMaria } from './joins/mariadb-audit.ts'
import { awkwardTree } from './joins/volume-restore.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { stageOfFile } from './stage.ts'

const stage = stageOfFile()

const must = (script: string) => stage.testHost.must(script)
const audit = (written: object, bound = stage.step()) =>
  backupAudit.verify(fieldsOf(backupAudit, written), bound.at())
const database = { from: '/backup/guestbook/db', postgres: { image: 'testbed/postgres:17' } }
const tree = { from: '/backup/tree', manifest: '/backup/SUMS' }
/** A manifest with names from the tree itself; odd names are escaped in it. */
const listedTree = `${awkwardTree}; find . -type f -print0 | xargs -0 sha256sum > /backup/SUMS`
/** A block of the largest table. */
const flipInTable = `
big=$(find /backup/guestbook/db/base -type f -name '[1-9]*' -size +100k | grep -v _ | sort | tail -n 1)
printf x | dd of=$big bs=1 seek=$((2 * 8192 + 5000)) conv=notrunc status=none; echo "$big"`

describe('backup-audit › with a manifest', () => {
  it('grades manifested, with age and what is not proven', async () => {
    await must(`${listedTree}; find /backup/tree -exec touch -hd '73 hours ago' {} +`)
    const evidence = await audit(tree)
    expect(evidence.strength).toBe('proven')
    expect(evidence.summary).toMatch(
      /^manifested: 7 files, 3\.0 MB, .* 3 days old; not proven: owners, modes and 3 links/,
    )
  })
  it.each([
    ['names from where it lies', 'cd /backup; find tree -type f -print0 | xargs -0 sha256sum > SUMS'],
    ['whole names', 'find /backup/tree -type f -print0 | xargs -0 sha256sum -b > /backup/SUMS'],
    [
      'other directories too',
      'cd /backup; mkdir o; echo o > o/o; find . -name SUMS -o -type f -print0 | xargs -0 sha256sum > SUMS',
    ],
  ])('is manifested by a list with %s', async (_, list) => {
    await must(`${awkwardTree}; ${list}`)
    expect((await audit(tree)).summary).toMatch(/^manifested: 7 files/)
  })
  it('is manifested by a list inside of it', async () => {
    await must('mkdir -p /backup/tree/a; echo a > /backup/tree/a/b; cd /backup/tree; sha256sum a/b > SUMS')
    expect((await audit({ ...tree, manifest: '/backup/tree/SUMS' })).summary).toMatch(/^manifested: /)
  })
  it.each([
    [
      'one byte is flipped',
      'printf y | dd of=/backup/tree/big bs=1 seek=77 conv=notrunc status=none',
      'big has another sha256',
    ],
    ['a file is missing', 'rm /backup/tree/file', 'file is listed in the manifest'],
    ['a file is new', 'echo x > "/backup/tree/$(printf "a\\nb")"', 'a?b exists and is not listed'],
    ['the list is empty', ': > /backup/SUMS', 'the manifest lists none of its files'],
    ['the list is none', 'echo "what is this" >> /backup/SUMS', 'the first is line 8'],
  ])('is red when %s', async (_, damage, named) => {
    await must(`${listedTree}; ${damage}`)
    await expect(audit(tree)).rejects.toThrow(StepNotVerified)
    await expect(audit(tree)).rejects.toThrow(named)
  })
})

describe('backup-audit › PostgreSQL', () => {
  it('grades self-consistent if all page checksums are valid', async () => {
    await must(databaseBackup)
    const evidence = await audit(database)
    expect(evidence.strength).toBe('observed')
    expect(evidence.summary).toMatch(/^self-consistent: PostgreSQL 17, .*\d+ pages in \d+ files/)
    expect(await must('docker ps -aq; docker volume ls -q')).toBe('')
  })
  it('fails for a flipped byte and names file and block', async () => {
    await must(databaseBackup)
    const file = await must(flipInTable)
    await expect(audit(database)).rejects.toThrow(`checksum verification failed in file "${file}", block 2`)
    expect(await must('docker ps -aq')).toBe('')
  })
  it.each([
    ['it is not one', 'rm /backup/guestbook/db/PG_VERSION', 'has no PG_VERSION'],
    [
      'another version made it',
      'echo 15 > /backup/guestbook/db/PG_VERSION',
      'its PG_VERSION is 15, and the image testbed/postgres:17 has PostgreSQL 17',
    ],
    [
      'its control file is damaged',
      'printf x | dd of=/backup/guestbook/db/global/pg_control bs=1 seek=100 conv=notrunc status=none',
      /pg_control/,
    ],
    [
      'a tablespace lies elsewhere',
      'ln -s /srv /backup/guestbook/db/pg_tblspc/16999',
      'a part of it is elsewhere',
    ],
  ])('is red when %s', async (_, damage, named) => {
    await must(`${databaseBackup}; ${damage}`)
    await expect(audit(database)).rejects.toThrow(named)
  })
  it('is red when it was not shut down', async () => {
    await must(
      `${databaseBackup}; docker run -d --name live -v /backup/guestbook/db:/var/lib/postgresql/data testbed/postgres:17 > /dev/null
      until docker exec live pg_isready -q; do sleep 0.2; done; docker kill live > /dev/null; docker rm live > /dev/null; rm -f /backup/guestbook/db/postmaster.pid`,
    )
    await expect(audit(database)).rejects.toThrow('was not shut down cleanly: its state is in production')
  })
  itInDepth('is unproven when its page checksums are off', async () => {
    await must(
      `${databaseBackup}; docker run --rm --user 999 --entrypoint pg_checksums -v /backup/guestbook/db:/d testbed/postgres:17 --disable -D /d > /dev/null`,
    )
    expect(await audit(database)).toMatchObject({
      strength: 'stated',
      summary: expect.stringMatching(
        /^unproven: PostgreSQL 17, shut down cleanly, but its page checksums are off/,
      ) as string,
    })
  })
  itInDepth('removes the scratch container that a lost attempt left, and no other', async () => {
    await must(databaseBackup)
    const bound = stage.step()
    await must(
      `docker run -d --name mine --label reinstate.scratch=${bound.mark} --entrypoint sleep testbed/postgres:17 1000 > /dev/null
      docker run -d --name theirs --label reinstate.scratch=other/run/it --entrypoint sleep testbed/postgres:17 1000 > /dev/null`,
    )
    await audit(database, bound)
    expect(await must('docker ps -a --format {{.Names}}')).toBe('theirs')
  })
})

describe('backup-audit › MariaDB', () => {
  const shop = { from: '/backup/shop/db', mariadb: { image: 'testbed/mariadb:11' } }

  it('is self-consistent at rest, red for a damaged page, and red when it was not stopped cleanly', async () => {
    await must(restoredMaria)
    const { strength, summary } = await audit(shop)
    expect(strength).toBe('observed')
    expect(summary).toMatch(/^self-consistent: MariaDB 11\.8\.\d+-MariaDB, .*\d+ pages in \d+ files/)
    expect(await must('docker ps -a --format {{.Names}}')).toBe('')

    await must('printf x | dd of=/backup/shop/db/shop/orders.ibd bs=1 seek=70000 conv=notrunc status=none')
    await expect(audit(shop)).rejects.toThrow('the backup /backup/shop/db is damaged: shop/orders.ibd: ')
    await must('touch /backup/shop/db/ibtmp1')
    await expect(audit(shop)).rejects.toThrow('it holds ibtmp1: its server runs, or was not stopped cleanly')
    await expect(audit({ ...shop, from: '/backup/shop' })).rejects.toThrow('/backup/shop is damaged')
    await expect(audit({ ...shop, mariadb: { image: 'testbed/nginx:1' } })).rejects.toThrow(
      /damaged|no server/,
    )
  })
})

describe('backup-audit › without a manifest', () => {
  it('grades unproven', async () => {
    await must(awkwardTree)
    expect(await audit({ from: '/backup/tree' })).toMatchObject({
      strength: 'stated',
      summary: expect.stringMatching(/^unproven: 7 files, 3\.0 MB/) as string,
    })
  })
  it('is red when it is too old, or empty', async () => {
    await must(
      `${awkwardTree}; find /backup/tree -exec touch -hd '73 hours ago' {} +; mkdir -p /backup/none/a`,
    )
    await expect(audit({ from: '/backup/tree', maxAge: '2 days' })).rejects.toThrow(
      'is 3 days old, more than 2 days',
    )
    await expect(audit({ from: '/backup/none' })).rejects.toThrow('holds no file')
    expect([59, 3599, 7200, 86_400].map(formatAge)).toEqual(['59 seconds', '59 minutes', '2 hours', '1 day'])
  })
  it('inspect › is blocked while the backup, its manifest or the image is missing', async () => {
    const look = (written: object) => backupAudit.inspect?.(fieldsOf(backupAudit, written), stage.step().at())
    expect(await look(tree)).toMatchObject({ text: '/backup/tree' })
    await must('mkdir -p /backup/tree')
    expect(await look(tree)).toMatchObject({ text: '/backup/SUMS' })
    expect(await look({ from: '/backup/tree', postgres: { image: 'postgres:99' } })).toMatchObject({
      text: 'the image postgres:99',
    })
  })
})
