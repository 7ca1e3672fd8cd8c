import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { StepNotVerified } from '../../src/errors.ts'
import { redisAudit } from '../../src/steps/redis-audit/index.ts'
import { audited, restoredRedis } from './joins/redis-audit.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true })
beforeAll(async () => {
  await stage.clear()
  await must(restoredRedis)
})

const must = (script: string) => stage.testHost.must(script)
const step = (fields: object = {}) => fieldsOf(redisAudit, { ...audited, ...fields })
const look = (fields: object = {}) => redisAudit.inspect?.(step(fields), stage.step().at())
const audit = (fields: object = {}) => redisAudit.verify(step(fields), stage.step().at())
const inVolume = (script: string) =>
  must(`cd "$(docker volume inspect --format '{{.Mountpoint}}' fresh-cache)"\n${script}`)
/** Serves the volume, writes to it, and stops the server. */
const changed = (commands: string, words = '--appendonly yes') =>
  must(`docker run -d --name live -v fresh-cache:/data testbed/redis:8 ${words} > /dev/null
    until [ "$(docker exec live redis-cli ping 2>&1)" = PONG ]; do sleep 0.1; done
    docker exec -i live redis-cli <<'END'\n${commands}\nEND
    docker stop -t 60 live > /dev/null; docker rm -f live > /dev/null`)
/** What the audit says is wrong, in lines. */
const wrong = async (fields: object = {}) => {
  const error: unknown = await audit(fields).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(StepNotVerified)
  return (error as StepNotVerified).data['differences']
}

describe('redis-audit › verify, inspect', () => {
  beforeEach(() =>
    inVolume('rsync -a --delete /var/tmp/redis/ ./; rsync -a --delete /var/tmp/redis/ /backup/shop/cache/'),
  )

  it('pass where the volume equals its backup, and leave nothing behind', async () => {
    const before = await inVolume('find . -printf "%p %C@\\n" | sort | sha256sum')
    expect(await look()).toEqual({})
    const { summary, strength, facts } = await audit()
    expect(strength).toBe('proven')
    expect(summary).toContain('loaded from the append-only file')
    // The key that has expired counts or not on both sides alike: the log says that it was deleted, if Redis came to it.
    expect(facts?.['databases']).toBe(2)
    expect(Number(facts?.['keys'])).toBeGreaterThanOrEqual(10)
    expect(await inVolume('find . -printf "%p %C@\\n" | sort | sha256sum')).toBe(before)
    expect(await must('docker ps -a --format {{.Names}}; docker volume ls -q')).toBe('fresh-cache')
  })
  it('name keys that differ, are missing, or are too many', async () => {
    await changed('rpush list four\ndel hash\nselect 3\nset more "a key"')
    expect(await wrong()).toEqual([
      'database 0, key hash: missing in the restored data',
      'database 0, key list: another value',
      'database 3, key more: only in the restored data',
    ])
  })
  it('find a lost expiry', async () => {
    await changed('persist session')
    expect(await wrong()).toEqual(['database 0, key session: another value'])
  })
  it('read the snapshot where there is no log of writes, and find that it lacks the last ones', async () => {
    await inVolume('rm -r appendonlydir')
    expect(await wrong()).toEqual(['database 0, key last: missing in the restored data'])
    await must('rm -r /backup/shop/cache/appendonlydir')
    expect((await audit()).summary).toContain('loaded from the snapshot')
  })
  it('fail for a backup that breaks off, whose server would start with less', async () => {
    await must('cd /backup/shop/cache/appendonlydir; truncate -s -5 *.incr.aof')
    await expect(audit()).rejects.toThrow(
      /backup \/backup\/shop\/cache cannot be read: .*[Uu]nexpected end of file/,
    )
    await must('rm -r /backup/shop/cache/appendonlydir; truncate -s -9 /backup/shop/cache/dump.rdb')
    await expect(audit()).rejects.toThrow('the backup /backup/shop/cache cannot be read')
  })
  it('refuse a volume in use, and are blocked on what an earlier step creates', async () => {
    await must(
      'docker run -d --name user -v fresh-cache:/x --entrypoint sleep testbed/nginx:1 1000 > /dev/null',
    )
    await expect(look()).rejects.toThrow('volume fresh-cache is used by container user')
    await expect(audit()).rejects.toThrow('is used by container user')
    await must('docker rm -f user > /dev/null')
    expect(await look({ volume: 'later' })).toMatchObject({ blockedOn: { what: 'volume', name: 'later' } })
    expect(await look({ backup: '/backup/none' })).toMatchObject({ blockedOn: { name: '/backup/none' } })
    expect(await look({ image: 'none:1' })).toMatchObject({ blockedOn: { what: 'image', name: 'none:1' } })
    await expect(look({ backup: '/etc/ssh' })).rejects.toThrow('holds no data of Redis')
  })
})
