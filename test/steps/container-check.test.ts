import { beforeAll, describe, expect, it } from 'vitest'
import { StepNotVerified } from '../../src/errors.ts'
import { Secret } from '../../src/shell/secret.ts'
import { containerCheck } from '../../src/steps/container-check/index.ts'
import { AWKWARD, checkedContainer } from './joins/container-check.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true })
beforeAll(async () => {
  await must(checkedContainer)
  await must(`docker run -d --name ended --entrypoint sh testbed/nginx:1 -c 'exit 3' > /dev/null`)
})

const must = (script: string) => stage.testHost.must(script)
const check = (more: object) =>
  containerCheck.verify({ ...fieldsOf(containerCheck, { container: 'shop' }), ...more }, stage.step().at())

describe('container-check › verify › passes', () => {
  it('for every property, and names what it checked', async () => {
    const passed = await check({
      environment: { AWKWARD: new Secret(AWKWARD), EMPTY: '' },
      user: '999',
      mounts: { '/data': 'proven', '/si te': '/srv/site' },
      exec: { command: ['id', '-un'], contains: 'postgres' },
    })
    expect(passed).toMatchObject({ strength: 'observed', facts: { containers: 1 } })
    for (const part of ['user 999', '2 mounts', '2 variables', 'id -un'])
      expect(passed.summary).toContain(part)
    const ended = await check({ container: 'ended', status: 'exited', exitCode: 3 })
    expect(ended.summary).toContain('exit code 3')
  })
})

describe('container-check › verify › fails', () => {
  it.each([
    ['is not there', { container: 'other' }, 'does not exist'],
    ['has ended', { container: 'ended' }, 'ended: is exited, its last exit code 3, not running'],
    ['ended with another code', { container: 'ended', status: 'exited', exitCode: 0 }, 'ended with 3, not 0'],
    ['runs for a moment only', { upFor: 86_400 }, /\d+ s, not 86400/],
    [
      'has another value',
      { environment: { AWKWARD: AWKWARD.trimEnd() } },
      'its variable AWKWARD has another value',
    ],
    [
      'has a value where none is meant',
      { environment: { AWKWARD: '' } },
      'its variable AWKWARD has another value',
    ],
    ['lacks a variable', { environment: { EMPT: '' } }, 'has no variable EMPT'],
    ['runs as another user', { user: 'root' }, 'runs as user 999 (postgres), not root'],
    ['mounts another volume', { mounts: { '/data': 'other' } }, 'has proven at /data, not other'],
    ['mounts nothing', { mounts: { '/dat': 'proven' } }, 'has nothing at /dat, not proven'],
    ['says something else', { exec: { command: ['echo', 'a*b'], equals: 'a?b' } }, /a\*b, which differs/],
    ['does not say it', { exec: { command: ['echo', 'a*b'], contains: '*?' } }, 'does not contain'],
    ['cannot say it', { exec: { command: ['ls', '/none'] } }, /exited with 2 .*ls: cannot access/],
  ])('where it %s', async (_, more, named) => {
    const checked = check(more)
    await expect(checked).rejects.toThrow(StepNotVerified)
    await expect(checked).rejects.toThrow(named)
  })
  it('and shows neither the actual nor the expected value of a variable', async () => {
    const wrong = new Secret('what-nobody-may-see')
    const error: unknown = await check({ environment: { AWKWARD: wrong } }).catch((error: unknown) => error)
    expect(String(error) + JSON.stringify(error)).not.toMatch(/nobody-may-see|second line/)
    const kept = await must('grep -r -l nobody-may-see /var/lib/reinstate || :')
    expect(kept).toBe('')
  })
})

describe('container-check › validate', () => {
  it.each([
    [{}, 'container:'],
    [{ container: 'a1', project: 'a' }, 'service:'],
    [{ container: 'a1', exitCode: 0 }, 'exitCode:'],
    [{ container: 'a1', status: 'exited', user: 'root' }, 'user:'],
  ])('names the fields that do not go together: %j', (written, named) => {
    expect(containerCheck.validate?.(fieldsOf(containerCheck, written))).toContain(named)
  })
})
