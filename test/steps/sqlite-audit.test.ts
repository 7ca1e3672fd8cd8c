import { beforeEach, describe, expect, it } from 'vitest'
import { sqliteAudit } from '../../src/steps/sqlite-audit/index.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { checked, vault } from './joins/sqlite-audit.ts'
import { stageOfFile } from './stage.ts'

const stage = stageOfFile()
const must = (script: string) => stage.testHost.must(script)
const audit = (fields: object = {}) =>
  sqliteAudit.verify(fieldsOf(sqliteAudit, { ...checked, ...fields }), stage.step().at())

describe('sqlite-audit', () => {
  beforeEach(() => must(vault))

  it('verify › says how many rows the live file has that the backup lacks, and leaves nothing behind', async () => {
    const { summary, facts } = await audit()
    expect(summary).toContain('the live one has 302 rows, and the backup lacks 2 rows of entries')
    expect(facts).toEqual({ rows: 300, liveRows: 302 })
    expect(await must('docker ps -aq; docker volume ls -q; ls /backup/vault')).toBe('db.sqlite3')
  })
  it('verify › fails for a damaged page and for a file that was cut off', async () => {
    await must(
      'head -c 3000 /dev/urandom | dd of=/backup/vault/db.sqlite3 bs=1 seek=4096 conv=notrunc 2> /dev/null',
    )
    await expect(audit()).rejects.toThrow('the backup /backup/vault is damaged')
    await must('cp /srv/vault/db.sqlite3 /backup/vault/ && truncate -s 5000 /backup/vault/db.sqlite3')
    await expect(audit()).rejects.toThrow('is damaged')
  })
  it('verify › proves nothing where no program reads SQLite', async () => {
    const { summary, strength } = await audit({ images: ['testbed/postgres:17'] })
    expect(strength).toBe('stated')
    expect(summary).toMatch(/^not checked: db.sqlite3: .* install sqlite3/)
  })
  it('inspect › refuses a file that is no SQLite file, and is blocked on a missing backup', async () => {
    const inspect = (fields: object) =>
      sqliteAudit.inspect?.(fieldsOf(sqliteAudit, { ...checked, ...fields }), stage.step().at())
    await must('echo text > /backup/vault/notes')
    await expect(inspect({ files: ['notes'] })).rejects.toThrow('has no SQLite file notes')
    expect(await inspect({ backup: '/backup/none' })).toMatchObject({ blockedOn: { name: '/backup/none' } })
  })
})
