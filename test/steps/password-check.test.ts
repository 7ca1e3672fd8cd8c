import { beforeAll, describe, expect, it } from 'vitest'
import { passwordCheck } from '../../src/steps/password-check/index.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { maria, tried } from './joins/password-check.ts'
import { stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true })
const must = (script: string) => stage.testHost.must(script)
const check = (fields: object = {}) =>
  passwordCheck.verify(fieldsOf(passwordCheck, { ...tried, ...fields }), stage.step().at())

describe('password-check › verify › MariaDB', () => {
  beforeAll(async () => {
    await stage.clear()
    await must(maria)
  })
  it('passes for the password of a URL, and leaves nothing behind', async () => {
    const { summary } = await check()
    expect(summary).toContain(
      'role shop of the backup /backup/shop/db accepts the password that DATABASE_URL',
    )
    expect(await must('docker ps -aq; docker volume ls -q')).toBe('fresh')
  })
  it('passes for a password that one role takes, where the role is unknown', async () => {
    expect((await check({ variable: 'DB_PASSWORD' })).summary).toContain('role shop')
  })
  it('fails for another password, without a word of it', async () => {
    const failed = check({ variable: 'OTHER' })
    await expect(failed).rejects.toThrow('does not accept the password in OTHER of service app')
    await expect(failed).rejects.not.toThrow('y$')
  })
  it('fails where the service or the variable does not exist', async () => {
    await expect(check({ variable: 'NONE' })).rejects.toThrow('service app has no variable NONE')
    await expect(check({ service: 'none' })).rejects.toThrow('service none has no variable DATABASE_URL')
  })
})
