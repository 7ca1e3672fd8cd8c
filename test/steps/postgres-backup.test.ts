import { beforeEach, describe, expect, it } from 'vitest'
import { backupAudit } from '../../src/steps/backup-audit/index.ts'
import { postgresAudit } from '../../src/steps/postgres-audit/index.ts'
import { postgresBackup } from '../../src/steps/postgres-backup/index.ts'
import { volumeRestore } from '../../src/steps/volume-restore/index.ts'
import type { Bound } from '../../testbed/step-stage.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { itInDepth } from '../depth.ts'
import { served } from './joins/postgres-audit.ts'
import { backedUp } from './joins/postgres-backup.ts'
import { inspected, stageOfFile } from './stage.ts'

const stage = stageOfFile()
const must = (script: string) => stage.testHost.must(script)
const { to, image } = backedUp
const stepOf = (fields: object = {}) => fieldsOf(postgresBackup, { ...backedUp, ...fields })
const look = (fields: object = {}) => postgresBackup.inspect(stepOf(fields), stage.step().at())
const sql = (text: string) => must(`docker exec live psql -qAtX -U postgres -d guestbook -c "${text}"`)
const applyAt = (bound: Bound, fields: object = {}) => postgresBackup.apply(stepOf(fields), null, bound.at())

/** Ends a session in the server: one that restarted in recovery lost it. */
const OPEN = `docker exec -d live psql -qX -U postgres -d guestbook -c "select pg_sleep(3600)"`
const isUnharmed = async () => ({
  slots: await sql('select count(*) from pg_replication_slots'),
  senders: await sql("select count(*) from pg_stat_activity where backend_type = 'walsender'"),
  sessions: await sql("select count(*) from pg_stat_activity where query like 'select pg_sleep(3%'"),
  programs: await must("docker top live | grep -c '[p]g_basebackup\\|[B]ASE_BACKUP' || :"),
})
const UNHARMED = { slots: '0', senders: '0', sessions: '1', programs: '0' }

const WRITER = `docker exec -d live sh -c 'while :; do psql -qX -U postgres -d guestbook -c "insert into written default values"; done'`

beforeEach(() => must(`${served}\nmkdir -m 700 /backup/made\n${OPEN}`))

describe('postgres-backup', () => {
  it('copies a server that is written to; the copy is restored, equals its backup, and has every earlier row', async () => {
    await sql('create table written (n int generated always as identity)')
    await must(WRITER)
    await must(
      `until [ "$(docker exec live psql -AtX -U postgres -d guestbook -c 'select count(*) > 5 from written')" = t ]; do :; done`,
    )
    const before = Number(await sql('select count(*) from written'))
    const bound = stage.step()
    expect(await inspected(postgresBackup, stepOf(), bound.at())).toMatchObject({
      changes: [`backs up container live to ${to}`],
    })
    await applyAt(bound)
    const after = Number(await sql('select count(*) from written'))
    const verified = await postgresBackup.verify(stepOf(), bound.at())
    expect(verified).toMatchObject({ strength: 'proven', outputs: { path: to } })
    expect(await isUnharmed()).toEqual(UNHARMED)
    expect(await must(`stat -c '%a %u:%g' ${to}`)).toBe('700 999:999')
    expect(await inspected(postgresBackup, stepOf(), bound.at())).toMatchObject({ changes: [] })

    const restore = fieldsOf(volumeRestore, { from: to, volume: 'again' })
    const restoring = stage.step()
    const { priorState } = await inspected(volumeRestore, restore, restoring.at())
    await volumeRestore.apply(restore, priorState, restoring.at())
    const audit = fieldsOf(postgresAudit, { backup: to, image, volume: 'again' })
    expect(await postgresAudit.verify(audit, stage.step().at())).toMatchObject({ strength: 'proven' })
    await must(`docker run -d --name again -v again:/var/lib/postgresql/data ${image} > /dev/null
until docker exec again pg_isready -q; do sleep 0.1; done`)
    const rows = await must(
      `docker exec again psql -AtX -U postgres -d guestbook -c "select count(*), max(n) from written"`,
    )
    const [count = 0, last] = rows.split('|').map(Number)
    expect(count).toBe(last)
    expect(count).toBeGreaterThanOrEqual(before)
    expect(count).toBeLessThanOrEqual(after)

    const grade = () =>
      backupAudit.verify(
        fieldsOf(backupAudit, { from: to, manifest: `${to}/MANIFEST.sha256`, postgres: { image } }),
        stage.step().at(),
      )
    expect(await grade()).toMatchObject({ strength: 'proven', facts: { grade: 'manifested' } })
    const file = await must(`find ${to}/base -type f -size +100k | head -n 1`)
    await must(`printf x | dd of=${file} bs=1 seek=9000 conv=notrunc status=none`)
    await expect(grade()).rejects.toThrow(`${file.slice(to.length + 1)} has another sha256`)
    await expect(postgresBackup.verify(stepOf(), bound.at())).rejects.toThrow('is damaged')
  })

  itInDepth(
    'keeps a finished backup when it is undone, names it, and refuses its path to others',
    async () => {
      const bound = stage.step()
      await applyAt(bound)
      expect(await postgresBackup.undo(stepOf(), null, bound.at('undo-1'))).toMatchObject([
        { what: `path ${to}` },
      ])
      await expect(look()).rejects.toThrow(`${to} is there; a backup never replaces another`)
    },
  )

  itInDepth('refuses what a base backup cannot copy, and waits for what is not there yet', async () => {
    expect(await look({ container: 'none' })).toMatchObject({
      blockedOn: { what: 'container', name: 'none' },
    })
    expect(await look({ to: '/backup/none/db' })).toMatchObject({ blockedOn: { name: '/backup/none' } })
    expect(await look({ image: 'none:17' })).toMatchObject({ blockedOn: { what: 'image' } })
    await must('mkdir /backup/small; mount -t tmpfs -o size=20m none /backup/small')
    await expect(look({ to: '/backup/small/db' })).rejects.toThrow('are free at /backup/small/db')
    await must('umount /backup/small; ln -s /backup/made /backup/link')
    await expect(look({ to: '/backup/link/db' })).rejects.toThrow('/backup/link')
    await must(
      `printf 'FROM ${image}\nENV PATH=/usr/lib/postgresql/16/bin\n' | docker build -q -t other:16 - > /dev/null`,
    )
    await expect(look({ image: 'other:16' })).rejects.toThrow('PostgreSQL 17, and the image other:16 has 16')
    await sql('create role plain login')
    await expect(look({ user: 'plain' })).rejects.toThrow('plain')
    await must(`docker exec live mkdir -m 700 /tmp/elsewhere; docker exec live chown postgres /tmp/elsewhere`)
    await sql("create tablespace elsewhere location '/tmp/elsewhere'")
    await expect(look()).rejects.toThrow('tablespaces outside its data directory: /tmp/elsewhere')
    await sql('drop tablespace elsewhere')
    await must(`docker exec live sed -i '/^local *replication/d' /var/lib/postgresql/data/pg_hba.conf`)
    await sql('select pg_reload_conf()')
    await expect(look()).rejects.toThrow('refuses postgres a replication connection over its socket')
  })

  itInDepth('leaves nothing on the disk, and the server as it was, where the disk fills up', async () => {
    await sql("create table large as select n, repeat('x', 500) from generate_series(1, 100000) n")
    // The saved originals are on another disk: what is unfinished lies in a random directory beside the target.
    await must('mkdir /backup/small; mount -t tmpfs -o size=400m none /backup/small')
    const [bound, fields] = [stage.step(), { to: '/backup/small/db' }]
    await inspected(postgresBackup, stepOf(fields), bound.at())
    await must('fallocate -l 370M /backup/small/others')
    await expect(applyAt(bound, fields)).rejects.toThrow('No space left on device')
    expect(await must('find /backup/small -type f')).toBe('/backup/small/others')
    expect(await isUnharmed()).toEqual(UNHARMED)
    await must('rm /backup/small/others')
    await postgresBackup.apply(stepOf(fields), null, bound.at(2))
    await postgresBackup.verify(stepOf(fields), bound.at(2))
    await must('umount /backup/small')
  })

  itInDepth(
    'ends what runs in the container of the server, and restarts nothing, when it is killed',
    async () => {
      await sql("create table large as select n, repeat('x', 500) from generate_series(1, 400000) n")
      for (const killed of ['^docker exec .*BASE_BACKUP', '^tar -C .*/stage']) {
        const bound = stage.step()
        // A reader that stands still: the backup cannot end before the kill.
        const doing = applyAt(bound).catch((error: unknown) => error)
        await must(`until pid=$(pgrep -f '^tar -C .*/stage'); do :; done; kill -STOP $pid
until [ "$(docker exec live psql -AtX -U postgres -c 'select count(*) from pg_replication_slots')" = 1 ]; do :; done
pkill -KILL -f '${killed}'; kill -CONT $pid 2> /dev/null || :`)
        expect(await doing).toBeInstanceOf(Error)
        await must("until ! docker top live | grep -q '[p]g_basebackup\\|[B]ASE_BACKUP'; do :; done")
        expect(await isUnharmed()).toEqual(UNHARMED)
        expect(await postgresBackup.undo(stepOf(), null, bound.at('undo-1'))).toEqual([])
        expect(await must('ls -A /backup/made')).toBe('')
      }
    },
  )
})
