import { beforeAll, describe, expect, it } from 'vitest'
import { itInDepth } from '../depth.ts'
import { StepNotVerified } from '../../src/errors.ts'
import { Secret } from '../../src/shell/secret.ts'
import { httpLoad } from '../../src/steps/http-load/index.ts'
import { validationProblems } from '../../src/steps/step-kind.ts'
import { fieldsOf, type Bound } from '../../testbed/step-stage.ts'
import { loadedServer } from './joins/http-load.ts'
import { stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true })
beforeAll(() => must(loadedServer))

const must = (script: string) => stage.testHost.must(script)
const url = 'http://127.0.0.1:18080/'
const mode = (text: string) => must(`echo ${text} > /srv/mode`)
const during = (fields: object, at: Bound = stage.step()) =>
  httpLoad.verify(fieldsOf(httpLoad, { url, ...fields }), at.at())
const numberIn = (facts: object | undefined, name: string) => Number((facts as Record<string, unknown>)[name])
/** The sessions of clients. */
const clients = () => must('for pid in $(pgrep -f "[c]lient.sh"); do ps -o sid= -p $pid; done | sort -u')

async function begun(fields: object = {}) {
  const bound = stage.step()
  const step = fieldsOf(httpLoad, { url, perSecond: 5, atMost: '1 minute', ...fields })
  await httpLoad.apply(step, null, bound.at())
  const keep = bound.at().originals
  return { bound, step, keep }
}

async function judged(bound: Bound, limits: object = {}) {
  const step = fieldsOf(httpLoad, { judges: 'try/it', ...limits })
  const at = bound.later('judge')
  await httpLoad.apply(step, null, at.at())
  return await httpLoad.verify(step, at.at())
}

describe('http-load › for', () => {
  it('says how many requests failed, how long they took, and the longest gap', async () => {
    await mode('ok')
    const { summary, facts } = await during({ perSecond: 10, for: '3 seconds', p95Milliseconds: 2000 })
    expect(summary).toMatch(
      /30 requests .*, 0 failed; p50 \d+ ms, p95 \d+ ms, p99 \d+ ms; longest gap \d+ ms$/,
    )
    expect(facts).toMatchObject({ asked: 30, failed: 0 })
    expect(numberIn(facts, 'p50Milliseconds')).toBeGreaterThan(0)
  })

  it('fails above the limit of failures, with what was answered', async () => {
    await mode('fail')
    const failing = { perSecond: 10, for: '2 seconds', gapMilliseconds: 60_000 }
    await expect(during(failing)).rejects.toThrow(/20 of 20 requests failed, at most 0 may: 20 status 500/)
    expect((await during({ ...failing, failures: 20 })).facts).toMatchObject({ failed: 20 })
    expect((await during({ ...failing, status: 500 })).facts).toMatchObject({ failed: 0 })
    await expect(during({ ...failing, url: 'http://127.0.0.1:18099/' })).rejects.toThrow(
      /20 curl: \(7\) Failed to connect/,
    )
  })

  it('is open loop: each request begins at its time while earlier ones wait', async () => {
    await mode('slow 2')
    const { facts } = await during({ perSecond: 10, for: '3 seconds', gapMilliseconds: 10_000 })
    expect(facts).toMatchObject({ asked: 30, failed: 0 })
    expect(numberIn(facts, 'p50Milliseconds')).toBeGreaterThanOrEqual(2000)
    await expect(
      during({ perSecond: 10, for: '3 seconds', gapMilliseconds: 10_000, p95Milliseconds: 500 }),
    ).rejects.toThrow(/p95 is 2\d\d\d ms, at most 500 ms/)
    await expect(during({ perSecond: 5, for: '2 seconds', maxSeconds: 1 })).rejects.toThrow(
      /10 of 10 requests failed.*10 curl: \(28\)/,
    )
  })

  it('fails for a gap in which every answer was only late', async () => {
    await mode('ok')
    const paused = must('sleep 1; docker pause web > /dev/null; sleep 1.6; docker unpause web > /dev/null')
    const gap = during({ perSecond: 10, for: '4 seconds' })
    await expect(gap).rejects.toThrow(/for \d{4} ms there was no right answer, at most 1000 ms/)
    await expect(gap).rejects.not.toThrow('requests failed')
    await paused
  })

  it('sends a secret header that no argument list and no file shows', async () => {
    const canary = 'canary-t0ken"\\x'
    await must(`printf '%s' 'token ${canary}' > /srv/mode`)
    const listed = must(
      `for i in $(seq 40); do for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < $f 2> /dev/null; echo; done; sleep 0.05; done | grep 'curl.*18080' | sort -u`,
    )
    const bound = stage.step({ secrets: [new Secret(canary)] })
    const step = fieldsOf(httpLoad, {
      url,
      perSecond: 10,
      for: '3 seconds',
      send: { 'X-Token': `\${{ secrets.${canary} }}` },
    })
    expect((await httpLoad.verify(step, bound.at())).facts).toMatchObject({ failed: 0 })
    const seen = await listed
    expect(seen).toContain('--max-time')
    expect(seen).not.toContain('t0ken')
    expect(await must('grep -rlF t0ken /var/lib/reinstate /tmp 2> /dev/null || true')).toBe('')
  })
})

describe('http-load › atMost and judges', () => {
  it('goes on without a connection, and is stopped and judged by the later step', async () => {
    await mode('ok')
    const { bound, step } = await begun()
    expect((await httpLoad.verify(step, bound.at())).summary).toMatch(
      /gets 5 requests a second; the last \d+/,
    )
    await stage.testHost.killSshd()
    await must('sleep 2')
    const { summary, facts } = await judged(bound)
    expect(summary).toMatch(/ 0 failed; /)
    expect(numberIn(facts, 'asked')).toBeGreaterThan(15)
    expect(await clients()).toBe('')
    // Again, as after a lost answer.
    expect((await judged(bound)).facts).toEqual(facts)
  })

  itInDepth('begins once, also where the step is repeated', async () => {
    const { bound, step } = await begun()
    await httpLoad.apply(step, null, bound.at(2))
    expect((await clients()).split('\n')).toHaveLength(1)
    await httpLoad.undo(step, null, bound.at('undo-1'))
    expect(await clients()).toBe('')
    expect(await httpLoad.undo(step, null, bound.at('undo-2'))).toEqual([])
  })

  it('is red for the failures of a switch', async () => {
    const { bound } = await begun()
    await must(
      'sleep 1; docker stop -t 0 web > /dev/null; sleep 1.5; docker start web > /dev/null; sleep 1.5',
    )
    await expect(judged(bound)).rejects.toThrow(/requests failed.*curl: \((7|56|52)\).*no right answer/)
  })

  itInDepth('verify › fails for a URL that does not answer as expected', async () => {
    await mode('fail')
    const { bound, step } = await begun()
    const failed = httpLoad.verify(step, bound.at())
    await expect(failed).rejects.toThrow(/did not answer as expected for two seconds.* 500 /)
    await httpLoad.undo(step, null, bound.at('undo-1'))
    await mode('ok')
  })

  it('gives no verdict where the client was too slow', async () => {
    const { bound, keep } = await begun()
    await must(`pid=$(cut -d ' ' -f 1 ${keep}/client); kill -STOP $pid; sleep 3; kill -CONT $pid; sleep 0.5`)
    await expect(judged(bound, { gapMilliseconds: 60_000 })).rejects.toThrow(
      /no verdict: the client itself was too slow\. \d+ of \d+ requests began on time/,
    )
  })

  it.each([
    ['its client was killed', 'kill -KILL $(cut -d " " -f 1 KEEP/client)', /no verdict .* client was killed/],
    [
      'the host rebooted',
      'kill -KILL $(cut -d " " -f 1 KEEP/client); sed -i "s/[^ ]*$/another-boot/" KEEP/client',
      /no verdict .* host rebooted/,
    ],
  ])('gives no verdict where %s', async (_, script, verdict) => {
    const { bound, keep } = await begun()
    await must(`sleep 0.5; ${script.replaceAll('KEEP', keep)}`)
    await expect(judged(bound)).rejects.toThrow(verdict)
  })

  it('gives no verdict where its time was over before the judge, and leaves nothing running', async () => {
    const { bound } = await begun({ atMost: '1 second' })
    await must('sleep 2.5')
    expect(await clients()).toBe('')
    await expect(judged(bound)).rejects.toThrow(/no verdict .* ended at .*Z after atMost:, before this step/)
  })

  it('gives no verdict on what was never begun', async () => {
    await expect(judged(stage.step())).rejects.toThrow(StepNotVerified)
  })
})

describe('http-load › validate', () => {
  it.each([
    [{ url }, 'needs exactly one of'],
    [{ url, for: '1 minute', atMost: '1 minute' }, 'needs exactly one of'],
    [{ for: '1 minute' }, 'needs url:'],
    [{ judges: 'a/b', url }, 'has url:, which belongs to a/b'],
    [{ url, atMost: '1 minute', failures: 3 }, 'has failures:, which belongs to the step that judges it'],
    [{ url, for: '1 minute', perSecond: 100, maxSeconds: 10 }, 'may wait for 1000 answers at once'],
  ])('%j › %s', (fields, problem) => {
    expect(validationProblems(httpLoad, fieldsOf(httpLoad, fields)).join()).toContain(problem)
  })
})
