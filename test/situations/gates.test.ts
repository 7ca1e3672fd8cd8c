import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clock } from '../../src/workflows/impact.ts'
import type { DecisionAnswer, RecordedAnswer } from '../../src/workflows/status.ts'
import { layGuestbook } from '../../testbed/guestbook.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { decide, openDecision, statusOf } from '../../testbed/watch-run.ts'
import { guestbookInputs } from '../e2e/guestbook-plan.ts'
import { describeInDepth, itInDepth } from '../depth.ts'
import { expectAgreement, paste } from './agreement.ts'
import { closed, comes, layStack, served, stackFile } from './fixture.ts'
import { pageOf, readSituation } from './surfaces.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ quiet: true })
})
afterAll(() => stage.close())

const WAITS = { state: 'waiting-for-decision' } as const

describe('a gate before a cutover', () => {
  const id = 'guestbook-restore-20261129-0312'

  it('1 › is open, and everything before it is proven', async () => {
    const inputs = await guestbookInputs(stage, await layGuestbook(stage.testHost))
    const run = await stage.start('guestbook-restore', { id, inputs })
    expect((await openDecision(run, 120)).decision).toBe('gate/cutover')
    const surfaces = await readSituation(stage, {
      ...{ number: 1, name: 'gate-before-a-cutover', run: id },
      truth:
        'All is proven; visitors still get the old guestbook. Right: approve (anyone may). Reject rolls back, stop leaves the ' +
        'restored copy beside the old one. Nothing is urgent.',
    })
    expectAgreement(surfaces, { ...WAITS, decision: 'gate/cutover', isDown: false })
  })

  itInDepth(
    '11 › opens again, because a container that held the port was stopped after the approval',
    async () => {
      const run = stage.client.workflow.getHandle(id)
      const first = await openDecision(run)
      await stage.testHost.must('docker stop guestbook-web-1')
      await decide(run, first, 'approve')
      await comes('the gate, again', async () => {
        const [decision] = (await statusOf(run)).decisions
        return decision !== undefined && decision.digest !== first.digest
      })
      const surfaces = await readSituation(stage, {
        ...{ number: 11, name: 'gate-reopened', run: id },
        truth:
          'The gate was approved by "tester". Between what was shown and the approval, somebody stopped guestbook-web-1, the old ' +
          'web server: the old site is DOWN since then. The gate opened again with another digest. Right: approve with the new ' +
          'digest (the cutover brings the site back), once it is known why it was stopped.',
      })
      expectAgreement(surfaces, { ...WAITS, decision: 'gate/cutover' })
      // The first sentences name who approved, when, and what has changed since.
      const [{ at }] = (await statusOf(run)).answers.filter(({ taken }) => taken) as [RecordedAnswer]
      const [again] = (await statusOf(run)).decisions
      for (const fact of ['tester', clock(at), 'guestbook-web-1', '8080/tcp'])
        expect(again?.happened).toContain(fact)
      expect(again?.advice.choice).toBeUndefined()
      const check = 'check whether the site answers'
      for (const text of [pageOf(surfaces).details.slice(0, 600), surfaces.status.text, surfaces.show.text])
        expect(text).toMatch(
          new RegExp(`${check}(\\*\\*)?: container guestbook-web-1 no longer holds port 8080/tcp`),
        )
      expect(pageOf(surfaces).details.split('\n').slice(0, 6).join('\n')).toContain(clock(at))
      await paste(stage, pageOf(surfaces), 'approve')
      expect(await run.result()).toMatchObject({ state: 'done' })
      expect(await served(stage, 8080)).toContain('Guestbook')
    },
  )
})

describeInDepth('a gate with named approvers', () => {
  it('10 › has refused four approvals: a wrong name, another case, a wrong digest, too late', async () => {
    const id = 'invoices-20261129-0320'
    const run = await stage.start(await stage.plan('invoices', TWO_GATES), { id })
    const first = await openDecision(run)
    const signal = async (answer: Partial<DecisionAnswer>) =>
      await run.signal('decide', { choice: 'approve', ...answer })
    await signal({ decision: first.decision, by: 'Mara', digest: first.digest ?? '' })
    await comes('the second gate', async () => (await statusOf(run)).decisions[0]?.phase === 'close')
    const second = await openDecision(run)
    const asked = { decision: second.decision, digest: second.digest ?? '' }
    await signal({ ...asked, by: 'Tom' })
    await run.signal('decide', { ...asked, choice: 'Approve', by: 'Mara' })
    await signal({ ...asked, by: 'Mara', digest: '0123456789abcdef' })
    await signal({ decision: first.decision, by: 'Jonas', digest: first.digest ?? '' })
    await comes('four refusals', async () => (await statusOf(run)).answers.length === 5)
    const surfaces = await readSituation(stage, {
      ...{ number: 10, name: 'four-approvals-refused', run: id },
      truth:
        'The gate before "close" is open; Mara or Jonas may approve. Refused: Tom (no approver), "Approve" with a capital A, a ' +
        'digest that is not the one shown, and an approval of the gate before "send", which Mara had approved already. Nothing is ' +
        'wrong with the run. Right: Mara or Jonas approves with the digest that is shown now.',
    })
    expectAgreement(surfaces, { ...WAITS, decision: 'gate/close' })
    await paste(stage, pageOf(surfaces), 'approve', 'Mara')
    expect(await run.result()).toMatchObject({ state: 'done' })
  })
})

describeInDepth('a maintenance page', () => {
  it('18 › is up while an attestation by a named person is open', async () => {
    const id = 'shop-move-20261129-0325'
    await layStack(stage, 'shop', 8090)
    const run = await stage.start(await stage.plan('shop-move', ATTESTED, pageFiles('shop', 8090)), { id })
    expect((await openDecision(run)).kind).toBe('attest')
    const surfaces = await readSituation(stage, {
      ...{ number: 18, name: 'attestation-in-maintenance', run: id },
      truth:
        'The shop is DOWN for visitors: they get a maintenance page. Only Mara may say that an order can be placed in the new ' +
        'shop; nobody has said so yet. Right: call Mara; she tries it, then approves (or rejects, if it is not true). Nobody ' +
        'else should approve in her name.',
    })
    expectAgreement(surfaces, { ...WAITS, decision: 'attest/orders-work~1', isDown: true })
    const { details } = pageOf(surfaces)
    for (const text of [
      details.slice(0, details.indexOf('```json')),
      surfaces.status.text,
      surfaces.show.text,
    ]) {
      expect(text).toMatch(
        /If Mara cannot answer: nobody else may\. The site stays down meanwhile; .* asks again/,
      )
      expect(text).toContain(`Anyone may end the run (reinstate cancel ${id}): what it did is rolled back.`)
    }
    await paste(stage, pageOf(surfaces), 'approve', 'Mara')
    expect(await run.result()).toMatchObject({ state: 'done' })
  })

  it('19 › is still up after a gate expired with `otherwise: stop`', async () => {
    const id = 'blog-move-20261129-0330'
    await layStack(stage, 'blog', 8091)
    const run = await stage.start(await stage.plan('blog-move', EXPIRES, pageFiles('blog', 8091)), { id })
    const gate = await openDecision(run)
    expect(gate.shows.join('\n')).toContain('from stop-old until opened of "Open the new blog"')
    await decide(run, gate, 'approve')
    await closed(run)
    const surfaces = await readSituation(stage, {
      ...{ number: 19, name: 'gate-expired', run: id },
      truth:
        'Nobody answered the gate before "open" within 5 seconds; the run stopped by its plan. The maintenance page is STILL UP: ' +
        'visitors do not get the blog. Right: reinstate rollback (takes the page down, starts the old blog), or start the plan ' +
        'anew after that.',
    })
    expectAgreement(surfaces, { state: 'expired', isDown: true })
    expect(await served(stage, 8091)).toContain('is being moved')
    expect((await stage.cli('rollback', id, '--by', 'Mara')).stdout).toContain(`${id} rolled-back`)
    expect(await served(stage, 8091)).toContain('<h1>blog</h1>')
  })
})

const TWO_GATES = `
plan: invoices
title: Send the invoices of November
hosts: [server]
phases:
  - phase: send
    title: Send the invoices
    gate: { approvers: [Mara, Jonas], within: 4 hours }
    steps:
      - { step: sent, kind: command, script: touch /srv/invoices-sent, undo: rm -f /srv/invoices-sent, verify: test -e /srv/invoices-sent }
  - phase: close
    title: Close the month
    gate: { approvers: [Mara, Jonas], within: 4 hours, note: After this no invoice of November can be changed. }
    steps:
      - { step: closed, kind: command, script: touch /srv/month-closed, undo: rm -f /srv/month-closed, verify: test -e /srv/month-closed }
`

/** Stops a stack and serves a page in its place. */
const maintenance = (name: string) => `
      - { step: stop-old, title: Stop the old ${name}, kind: containers-stop, projects: [${name}] }
      - { step: page-up, title: Serve the maintenance page, kind: compose-up, file: /srv/${name}-page/compose.yaml, project: ${name}-page }
`

const prepared = (name: string) => `
  - phase: prepare
    title: Write the maintenance page
    steps:
      - { step: folder, kind: directories, paths: ['/srv/${name}-page/site'] }
      - { step: page, kind: file-write, path: /srv/${name}-page/site/index.html, from: index.html }
      - { step: compose-file, kind: file-write, path: /srv/${name}-page/compose.yaml, from: compose.yaml }
`

const pageFiles = (name: string, port: number) => ({
  'index.html': `<h1>${name} is being moved</h1>\n`,
  'compose.yaml': stackFile(port),
})

const ATTESTED = `
plan: shop-move
title: Move the shop behind a maintenance page
hosts: [server]
stack: shop
downtime: { from: stop-old, to: orders-work }
phases:${prepared('shop')}
  - phase: move
    title: Move the shop while visitors get the maintenance page
    steps:${maintenance('shop')}
      - { step: orders-work, title: An order can be placed in the new shop, kind: attest, by: [Mara], statement: An order can be placed and paid in the new shop }
`

const EXPIRES = `
plan: blog-move
title: Move the blog behind a maintenance page
hosts: [server]
stack: blog
downtime: { from: stop-old, to: opened }
phases:${prepared('blog')}
  - phase: maintenance
    title: Serve the maintenance page in place of the blog
    gate: { approvers: anyone, within: 1 hour }
    steps:${maintenance('blog')}
  - phase: open
    title: Open the new blog
    gate: { approvers: anyone, within: 5 seconds, otherwise: stop }
    steps:
      - { step: opened, kind: command, script: touch /srv/blog-opened, undo: rm -f /srv/blog-opened, verify: test -e /srv/blog-opened }
`
