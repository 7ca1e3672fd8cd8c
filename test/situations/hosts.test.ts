import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { decide, failureOf, openDecision, statusOf, until } from '../../testbed/watch-run.ts'
import { expectAgreement, openIn, paste } from './agreement.ts'
import { appears, comes } from './fixture.ts'
import { pageOf, readSituation } from './surfaces.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ quiet: true })
})
afterAll(() => stage.close())

async function gated(stack: string, id: string) {
  const run = await stage.start(await stage.plan(`${stack}-release`, GATED(stack)), { id })
  return { run, decision: await openDecision(run) }
}

describe('a second run on a stack', () => {
  it('5 › waits for the lock of the first, which waits at its gate', async () => {
    const first = 'catalog-release-20261129-0200'
    const { run, decision } = await gated('catalog', first)
    const id = 'catalog-release-20261129-0310'
    const second = await stage.start(await stage.plan('catalog-release', GATED('catalog')), { id })
    await until(second, 'waiting-for-lock')
    const surfaces = await readSituation(stage, {
      ...{ number: 5, name: 'waits-for-a-lock', run: id },
      truth:
        `This run has changed nothing. It waits for ${first}, which waits at its gate for an approval. Right: go to that run and ` +
        'decide there (or ask who started this second run). Dangerous: unlock, which would let both work at once.',
    })
    expectAgreement(surfaces, { state: 'waiting-for-lock' })
    for (const text of [pageOf(surfaces).details, surfaces.status.text, surfaces.show.text])
      expect(text).toContain(first)
    await decide(run, decision, 'approve')
    expect((await openDecision(second)).decision).toBe('gate/open')
    await second.terminate('the test has seen it')
  })
})

describe('a run without a worker', () => {
  it('6 › was approved by a signal, and nothing happens', async () => {
    const id = 'newsletter-release-20261129-0315'
    const { run, decision } = await gated('newsletter', id)
    await stage.worker.kill('SIGKILL')
    const { digest = '' } = decision
    await run.signal('decide', { decision: decision.decision, choice: 'approve', by: 'Mara', digest })
    const surfaces = await readSituation(stage, {
      ...{ number: 6, name: 'no-worker', run: id },
      truth:
        'No worker is up since about 03:15. Mara has approved the gate by a signal, which waits for a worker. Right: start a worker ' +
        '(reinstate worker); the run then continues by itself. Nothing to answer again.',
    })
    await stage.worker.start()
    const { list, status, show } = surfaces
    expect(list.text).toMatch(new RegExp(`^${id} +waiting-for-decision`, 'm'))
    expect(openIn(pageOf(surfaces).memo).map((one) => one.decision)).toEqual(['gate/open'])
    // The question is read from the memo.
    expect(surfaces.logs.text).toContain(`gate/open, to answer: reinstate decide ${id} gate/open approve`)
    for (const { text } of [status, show, surfaces.logs]) {
      expect(text).toContain(digest)
      expect(text).toContain('may "Open the new newsletter" begin?')
    }
    for (const { text, exitCode } of [status, show]) {
      expect(text).toContain(`reinstate decide ${id} gate/open approve`)
      expect(text).toMatch(/no worker/i)
      expect(exitCode).toBe(3)
    }
    expect(await run.result()).toMatchObject({ state: 'done' })
  })
})

describe('a host', () => {
  it('7 › has lost its sshd in the middle of a step', async () => {
    const id = 'report-build-20261129-0318'
    const run = await stage.start(await stage.plan('report-build', LONG), { id })
    await appears(stage, 'test -e /var/tmp/report-started')
    await stage.testHost.stopSshd()
    // The worker tries a minute to get a lost connection back; then the run learns it from its phase.
    await until(run, 'host-unreachable', 150)
    const surfaces = await readSituation(stage, {
      ...{ number: 7, name: 'host-unreachable', run: id },
      truth:
        'The host does not answer on its ssh port (sshd was stopped); the command runs on there. The worker reconnects by itself. ' +
        'Right: bring sshd (or the network) back; nothing to answer. Dangerous: to terminate the run.',
    })
    await stage.testHost.startSshd()
    expectAgreement(surfaces, { state: 'host-unreachable' })
    expect(await run.result()).toMatchObject({ state: 'done' })
  })

  it('21 › has a lock that another cluster left', async () => {
    const id = 'wiki-release-20261129-0322'
    await stage.testHost.must(
      'mkdir -p /var/lib/reinstate/locks && echo lold-cluster_2fdefault_2f7c1e_20wiki-release-20260930-1100 >/var/lib/reinstate/locks/lwiki',
    )
    const run = await stage.start(await stage.plan('wiki-release', GATED('wiki')), { id })
    expect((await failureOf(run)).type).toBe('Refused')
    const surfaces = await readSituation(stage, {
      ...{ number: 21, name: 'lock-of-another-cluster', run: id },
      truth:
        'The run was refused and changed nothing: the host has a lock on the stack wiki, taken by the run wiki-release-20260930-1100 of ' +
        'another Temporal cluster. Right: find out whether that run still works (it may be dead for two months); if it is dead: ' +
        'reinstate unlock server wiki --force --reason …, then start again.',
    })
    expectAgreement(surfaces, { state: 'refused' })
    expect(surfaces.status.text).toContain('reinstate unlock server')
    const words = ['unlock', 'server', 'wiki', '--force', '--reason', 'its cluster is gone', '--by', 'Mara']
    expect((await stage.cli(...words)).exitCode).toBe(0)
    const { run: next } = await gated('wiki', 'wiki-release-20261129-0330')
    await next.terminate('the test has seen it')
  })
})

describe('a step', () => {
  it('that fails and is attempted again › its run says so, without a question', async () => {
    const run = await stage.start(await stage.plan('feed-build', RETRIED), { id: 'feed-build-20261129-0340' })
    await comes('the retry', async () => (await statusOf(run)).retried?.length === 1)
    const status = await statusOf(run)
    expect(status.decisions).toEqual([])
    expect(status.retried?.[0]).toMatchObject({ attempt: 1, nextAttempt: { attempt: 2, last: 3 } })
    const { stdout } = await stage.cli('status', run.workflowId)
    expect(stdout).toMatch(/attempt 2 of at most 3 begins at/)
    await stage.testHost.must('touch /srv/feed-source')
    expect(await run.result()).toMatchObject({ state: 'done' })
    expect((await statusOf(run)).retried).toBeUndefined()
  })
})

describe('a run at its gate', () => {
  it('15 › got an empty signal of an internal name', async () => {
    const id = 'search-release-20261129-0328'
    const { run } = await gated('search', id)
    // Signals of version 0.1, which somebody may find in old notes.
    await run.signal('stepFailed')
    await run.signal('wordWanted')
    await comes('both in the status', async () => (await statusOf(run)).answers.length === 2)
    const surfaces = await readSituation(stage, {
      ...{ number: 15, name: 'empty-internal-signal', run: id },
      truth:
        'Somebody sent two signals without content, stepFailed and wordWanted. They were ignored; the run is well and waits at its ' +
        'gate. Right: approve the gate as if nothing had happened (anyone may).',
    })
    expectAgreement(surfaces, {
      ...{ state: 'waiting-for-decision', decision: 'gate/open' },
    })
    await paste(stage, pageOf(surfaces), 'approve')
    expect(await run.result()).toMatchObject({ state: 'done' })
  })
})

const GATED = (stack: string) => `
plan: ${stack}-release
title: Release the ${stack}
hosts: [server]
stack: ${stack}
phases:
  - phase: prepare
    title: Prepare the release
    steps:
      - { step: prepared, kind: command, script: touch /srv/${stack}-prepared, undo: rm -f /srv/${stack}-prepared, verify: test -e /srv/${stack}-prepared }
  - phase: open
    title: Open the new ${stack}
    gate: { approvers: anyone, within: 4 hours, note: From here on visitors get the new ${stack}. }
    steps:
      - { step: opened, kind: command, script: touch /srv/${stack}-opened, undo: rm -f /srv/${stack}-opened, verify: test -e /srv/${stack}-opened }
`

const RETRIED = `
plan: feed-build
title: Build the feed
hosts: [server]
phases:
  - phase: work
    title: Build it
    steps:
      - step: build
        title: Build the feed
        kind: command
        attempts: 3
        backoff: 40 seconds
        idempotent: true
        script: cp /srv/feed-source /srv/feed
        undo: rm -f /srv/feed
        verify: test -e /srv/feed
`

const LONG = `
plan: report-build
title: Build the yearly report
hosts: [server]
phases:
  - phase: work
    title: Build it
    steps:
      - step: build
        title: Build the report
        kind: command
        script: touch /var/tmp/report-started; sleep 20; touch /srv/report
        undo: rm -f /srv/report
        verify: test -e /srv/report
`
