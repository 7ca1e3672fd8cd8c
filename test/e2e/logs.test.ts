import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RunEvent } from '../../src/cli/run/events.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const PLAN = `
plan: away
title: A host that is away for some seconds
hosts: [server]
phases:
  - phase: work
    steps:
      - step: slow
        kind: command
        script: touch /var/tmp/ran; sleep 12
        cannotUndo: it only waits
        verify: test -e /var/tmp/ran
`

it('follows a run whose host is unreachable for some seconds: reports that once, and prints the rest as logs does', async () => {
  await stage.start(await stage.plan('away', PLAN), { id: 'away' })
  const following = stage.cli('logs', 'away', '--follow', '--json')
  await expect
    .poll(async () => (await stage.testHost.exec('test -e /var/tmp/ran')).exitCode, { timeout: 30_000 })
    .toBe(0)
  await stage.testHost.stopSshd()
  await wait(8000)
  await stage.testHost.startSshd()

  const { stdout, exitCode } = await following
  expect(exitCode).toBe(0)
  const followed = stdout.split('\n').map((line) => JSON.parse(line) as RunEvent)
  const ofSlow = followed.filter(({ step }) => step === 'slow').map(({ event }) => event)
  // That it answers again is seen only where the command has not ended by then.
  expect(ofSlow.filter((event) => event !== 'waiting')).toEqual([
    ...['started', 'inspected', 'unreachable', 'applied', 'verified'],
  ])

  // What is in no history is told while it happens only. No worker is needed for the rest.
  await stage.worker.kill('SIGKILL')
  const later = await stage.cli('logs', 'away', '--json')
  const meanwhile: readonly RunEvent['event'][] = ['unreachable', 'waiting']
  const inHistory = followed.filter(({ step, event }) => step === undefined || !meanwhile.includes(event))
  expect(JSON.parse(later.stdout)).toEqual(inHistory)
})
