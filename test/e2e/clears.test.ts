import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { decide, failureOf, openDecision } from '../../testbed/watch-run.ts'
import { newMachine } from './guestbook-by-hand.ts'
import type { NewMachine } from './guestbook-by-hand.ts'

let stage: Stage
let machine: NewMachine
beforeAll(async () => {
  stage = await openStage()
  machine = await newMachine(stage)
})
afterAll(() => stage.close())

/** A step that makes a file. */
const MAKES = (file: string, undo = `rm -f /srv/${file}`) =>
  `- { step: ${file}, kind: command, script: echo of the run > /srv/${file}, undo: "${undo}", verify: test -s /srv/${file} }`

/** A rehearsal that is cleared, then a gate. */
const PLAN = (name: string, undo?: string) => `
plan: ${name}
title: A rehearsal, then a gate
hosts: [server]
phases:
  - phase: kept
    steps:
      ${MAKES(`${name}-kept`)}
  - phase: rehearsal
    title: Rehearse
    clears: [rehearsal]
    steps:
      - { step: folder, kind: directories, paths: [/srv/${name}] }
      ${MAKES(`${name}/data`, undo).replace(`step: ${name}/data`, 'step: data')}
      - { step: proof, kind: tree-check, path: /srv/${name}, files: [data] }
  - phase: live
    gate: { approvers: anyone, within: 1 hour }
    steps:
      ${MAKES(`${name}-live`)}
`

const start = async (name: string, undo?: string) =>
  await stage.start(await stage.plan(name, PLAN(name, undo)), { id: name })
const exists = async (path: string) => (await stage.testHost.exec(`test -e ${path}`)).exitCode === 0
const said = async (...words: readonly string[]) => (await stage.cli(...words)).stdout

describe('a phase that clears itself', () => {
  it('leaves the host as it was before, with its evidence, and no rollback meets its steps again', async () => {
    const run = await start('cleared')
    const gate = await openDecision(run)
    expect(gate.decision).toBe('gate/live')
    expect(await exists('/srv/cleared')).toBe(false)
    expect(await exists('/srv/cleared-kept')).toBe(true)

    const says = 'clear of Rehearse: 2 steps undone in'
    expect(await said('status', 'cleared')).toMatch(/cleared +rehearsal +3 of 3 steps/)
    for (const command of ['status', 'show', 'report']) expect(await said(command, 'cleared')).toContain(says)
    expect(await said('show', 'cleared')).toMatch(/data +\w+, cleared/)
    const log = await said('logs', 'cleared')
    expect(log.indexOf('rehearsal/data: undone')).toBeLessThan(log.indexOf('rehearsal/folder: undone'))
    expect(log).toContain('cleared/rehearsal/clear is done')

    await decide(run, gate, 'approve')
    await run.result()
    const byHand = await machine.reinstate(['rollback', 'cleared', '--from-host', 'server', '--yes'])
    expect(byHand.text).toContain('undone before: folder, data')
    expect(byHand.text).toContain('undone: cleared-live, cleared-kept')
    expect(byHand.exitCode).toBe(0)
  })

  it('is cleared once, though the worker is killed in the middle of an undo', async () => {
    const run = await start('killed', 'echo undone >> /srv/killed-undos; sleep 6; rm -f /srv/killed/data')
    for (let waited = 0; !(await exists('/srv/killed-undos')); waited += 1) {
      if (waited > 300) throw new Error('no undo has begun')
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    await stage.worker.kill('SIGKILL')
    await stage.worker.start()
    expect(await openDecision(run, 120)).toMatchObject({ decision: 'gate/live' })
    expect(await exists('/srv/killed')).toBe(false)
    expect(await stage.testHost.must('cat /srv/killed-undos')).toBe('undone')
    await run.cancel()
    expect((await failureOf(run)).type).toBe('RolledBack')
    expect(await exists('/srv/killed-kept')).toBe(false)
    expect(await stage.testHost.must('cat /srv/killed-undos')).toBe('undone')
  })
})

describe('an undo of a clear that fails', () => {
  it('asks on the page of the run; a terminated run is not rolled back beside it, and then only the rest', async () => {
    const run = await start('asks', 'test -e /srv/help && rm -f /srv/asks/data')
    const decision = await openDecision(run)
    expect(decision).toMatchObject({ decision: 'undo/data~1', phase: 'rehearsal' })
    expect(decision.happened).toContain('The clear could not undo')
    await run.terminate('looked stuck')

    const refused = await stage.cli('rollback', 'asks')
    expect(`${refused.stdout}${refused.stderr}`).toContain('asks/rehearsal/clear still undoes')
    expect(await exists('/srv/asks-kept')).toBe(true)
    await stage.testHost.must('touch /srv/help')
    expect(await said('status', 'asks')).toContain('undo/data~1')
    const retried = await stage.cli('decide', 'asks', 'undo/data~1', 'retry', '--by', 'dana')
    expect(retried.stderr).toContain('undo/data~1: retry')
    await stage.client.workflow.getHandle('asks/rehearsal/clear').result()
    expect(await exists('/srv/asks')).toBe(false)

    const undone = await stage.cli('rollback', 'asks')
    expect(undone.stdout).toContain('undone: asks-kept')
    expect(undone.exitCode).toBe(0)
    expect(await exists('/srv/asks-kept')).toBe(false)
  })
})
