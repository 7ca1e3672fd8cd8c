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

describe('a container that is as it should be', () => {
  it('is green, with what was looked at', async () => {
    const { summary } = await check({
      environment: { AWKWARD: new Secret(AWKWARD), EMPTY: '' },
      user: '999',
      mounts: { '/data': 'proven', '/si te': '/srv/site' },
      exec: { command: ['id', '-un'], contains: 'postgres' },
    })
    expect(summary).toBe(
      'container shop: running, as user 999, 2 mounts as meant, 2 variables equal byte for byte, id -un said what it should',
    )
    expect((await check({ container: 'ended', status: 'exited', exitCode: 3 })).summary).toBe(
      'container ended: exited with exit code 3',
    )
  })
})

describe('a container that is not', () => {
  it.each([
    ['is not there', { container: 'other' }, 'there is no such container'],
    ['has ended', { container: 'ended' }, 'ended: is exited, its last exit code 3, not running'],
    ['ended with another code', { container: 'ended', status: 'exited', exitCode: 0 }, 'ended with 3, not 0'],
    ['runs for a moment only', { upFor: 86_400 }, /runs for \d+ s, not for 86400/],
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
    [
      'says something else',
      { exec: { command: ['echo', 'a*b'], equals: 'a?b' } },
      'the command inside said: a*b, and not',
    ],
    [
      'does not say it',
      { exec: { command: ['echo', 'a*b'], contains: '*?' } },
      'which does not contain what it should',
    ],
    ['cannot say it', { exec: { command: ['ls', '/none'] } }, /ended with 2 and said: ls: cannot access/],
  ])('is red when it %s', async (_, more, named) => {
    const checked = check(more)
    await expect(checked).rejects.toThrow(StepNotVerified)
    await expect(checked).rejects.toThrow(named)
  })
  it('shows no value, neither the one that it has nor the one that it should have', async () => {
    const wrong = new Secret('what-nobody-may-see')
    const error: unknown = await check({ environment: { AWKWARD: wrong } }).catch((error: unknown) => error)
    expect(String(error) + JSON.stringify(error)).not.toMatch(/nobody-may-see|second line/)
    const kept = await must('grep -r -l nobody-may-see /var/lib/reinstate || :')
    expect(kept).toBe('')
  })
})

describe('fields that do not go together', () => {
  it.each([
    [{}, 'needs either container:, or project: and service:'],
    [{ container: 'a1', project: 'a' }, 'needs project: and service: together'],
    [{ container: 'a1', exitCode: 0 }, 'has exitCode: but not status: exited'],
    [{ container: 'a1', status: 'exited', user: 'root' }, 'asks of a container that is to have ended'],
  ])('are named: %j', (written, named) => {
    expect(containerCheck.validate?.(fieldsOf(containerCheck, written))).toContain(named)
  })
})
