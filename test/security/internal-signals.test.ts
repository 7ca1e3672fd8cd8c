import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client, WorkflowHandle } from '@temporalio/client'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { decide, openDecision, statusOf } from '../../testbed/watch-run.ts'
import { endOf, GATED, staying, strangerOf } from './temporal-stranger.ts'
import { itInDepth, everyNth } from '../depth.ts'

// What one workflow of a run takes from another, and what nobody else may give it.

let stage: Stage
let stranger: Client
beforeAll(async () => {
  stage = await openStage({ quiet: true })
  stranger = strangerOf(stage)
})
afterAll(() => stage.close())

const exists = async (path: string) => (await stage.testHost.exec(`test -e ${path}`)).exitCode === 0

describe('an attestation', () => {
  const ATTESTED = (name: string, artefact = '') => `
plan: ${name}
title: Somebody has to say so
hosts: [server]
stack: ${name}
phases:
  - phase: one
    steps:
      - { step: orders-placed, kind: attest, statement: orders can be placed, by: [lead]${artefact} }
`
  const asked = async (id: string, artefact?: string) => {
    const run = await stage.start(await stage.plan(id, ATTESTED(id, artefact)), { id })
    return { run, decision: await openDecision(run) }
  }
  const answersOf = async (run: WorkflowHandle) => {
    const { decisions, answers } = await statusOf(run)
    return { open: decisions.length, taken: answers.filter(({ taken }) => taken).length }
  }

  it.each(
    everyNth(2, [
      ['plain', undefined],
      ['artefact', ', host: server, artefact: /srv/list'],
    ] as const),
  )('H2 › sent to the phase by a signal › counts for nothing (%s)', async (name, artefact) => {
    await stage.testHost.must('echo one > /srv/list')
    const sum = (await stage.testHost.must('sha256sum < /srv/list')).slice(0, 64)
    const { run, decision } = await asked(`h2-${name}`, artefact)
    const attestation = {
      subject: artefact === undefined ? 'orders-placed~1' : `orders-placed~1 ${sum}`,
      ...{ isTrue: true, by: 'lead', at: '2026-11-28T09:00:00.000Z', reason: 'I watched it myself' },
    }
    await stranger.workflow.getHandle(`${run.workflowId}/one`).signal('attested', attestation)
    const isOpen = ({ open }: { readonly open: number }) => open === 1
    expect(await staying(() => answersOf(run), isOpen, 6)).toEqual({ open: 1, taken: 0 })
    expect(await endOf(run, 0)).toBe('RUNNING')
    // The one who may say it still can, and is whom the evidence names.
    await run.executeUpdate('decide', {
      args: [{ decision: decision.decision, choice: 'approve', by: 'lead', digest: decision.digest }],
    })
    expect(await run.result()).toMatchObject({ state: 'done' })
    const { answers } = await statusOf(run)
    expect(answers.filter(({ taken }) => taken)).toHaveLength(1)
  })

  const wanted = (run: string, more: object) => ({
    ...{ workflowId: `${run}/one`, phase: 'one', step: 'orders-placed', attempt: 1, title: 'orders' },
    ...{ statement: 'orders can be placed', mayBe: ['lead'], withinSeconds: 3600, ...more },
  })

  itInDepth('H2 › a question sent to the run by a signal › is not asked', async () => {
    const { run, decision } = await asked('h2-asked')
    const forged = wanted('h2-asked', { step: 'cfo', statement: 'the CFO has agreed to the cutover' })
    await stranger.workflow.getHandle(run.workflowId).signal('attestationRequested', forged)
    const titles = async () => (await statusOf(run)).decisions.map(({ title }) => title)
    expect(await staying(titles, (all) => all.length === 1, 4)).toEqual([decision.title])
    await run.terminate()
  })

  it('H2 › a question of the same id sent by a signal › does not take the place of the real one', async () => {
    const { run, decision } = await asked('h2-replaced', ', host: server, artefact: /srv/list')
    const artefact = { path: '/srv/list', host: 'server', sha256: 'f'.repeat(64) }
    await stranger.workflow
      .getHandle(run.workflowId)
      .signal('attestationRequested', wanted('h2-replaced', { artefact }))
    const shown = async () => (await statusOf(run)).decisions.map(({ digest, shows }) => ({ digest, shows }))
    const isSame = (all: Awaited<ReturnType<typeof shown>>) =>
      all.length === 1 && all[0]?.digest === decision.digest
    expect(await staying(shown, isSame, 4)).toEqual([{ digest: decision.digest, shows: decision.shows }])
    await run.terminate()
  })
})

describe('the lock of a run whose workflow somebody ended', () => {
  it('H5 › a second run on the stack › waits or is refused, and changes nothing while the first is open', async () => {
    const plan = await stage.plan('h5', GATED('h5'))
    const first = await stage.start(plan, { id: 'h5-a' })
    await openDecision(first)
    const holder = await stage.testHost.must('cat /var/lib/reinstate/locks/lh5')
    await stranger.workflow.getHandle('lock/server/h5').terminate('somebody pressed the wrong button')

    const second = await stage.start(plan, { id: 'h5-b' })
    await wait(1000)
    const isIn = async () => {
      const { phases } = await statusOf(second)
      return phases.some(({ state }) => state !== 'waiting')
    }
    expect.soft(await staying(isIn, (isInside) => !isInside, 15)).toBe(false)
    expect.soft(await stage.testHost.must('cat /var/lib/reinstate/locks/lh5')).toBe(holder)

    await decide(first, await openDecision(first), 'approve')
    expect(await first.result()).toMatchObject({ state: 'done' })
    expect(await exists('/srv/h5-opened')).toBe(true)
    // Refused, it is closed; else its turn has come.
    if ((await endOf(second, 0)) === 'RUNNING') await openDecision(second, 30)
    await second.terminate()
  })
})
