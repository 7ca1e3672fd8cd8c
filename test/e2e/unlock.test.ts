import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { execa } from 'execa'
import { packageFolder } from '../../src/config.ts'
import { freePorts } from '../../src/embedded/ports.ts'
import { startServer, stopServer } from '../../src/embedded/temporal-server.ts'
import { openStage } from '../../testbed/run-stage.ts'
import { temporalProgram } from '../../testbed/temporal-program.ts'
import { failureOf, openDecision } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const GATED = (name: string) => `
plan: ${name}
title: A run that holds its lock
hosts: [server]
phases:
  - phase: before
    steps:
      - { step: prepared, kind: command, script: touch /srv/${name}, undo: rm -f /srv/${name}, verify: test -e /srv/${name} }
  - phase: after
    gate: { approvers: anyone, within: 1 hour }
    steps:
      - { step: opened, kind: command, script: "true", cannotUndo: it does nothing, noProof: it does nothing }
`
const locked = async (stack: string) =>
  (await stage.testHost.must('ls /var/lib/reinstate/locks')).split('\n').includes(`l${stack}`)
async function holding(name: string) {
  const run = await stage.start(await stage.plan(name, GATED(name)), { id: name })
  await openDecision(run)
  expect(await locked(name)).toBe(true)
  return run
}

describe('the lock of a run', () => {
  it('that is open is shown, and removed only by force, with a reason that is logged', async () => {
    const run = await holding('open')
    const refused = await stage.cli('unlock', 'server', 'open', '--yes')
    expect(refused.exitCode).toBe(1)
    expect(refused.stdout).toMatch(
      /^open on server is held by run open\n {2}since \S+ \S+, .+ ago\n {2}Temporal: open: /,
    )
    expect(refused.stderr).toContain('not removed')
    expect(await locked('open')).toBe(true)

    expect((await stage.cli('unlock', 'server', 'open', '--force')).exitCode).toBe(2)
    const words = ['unlock', 'server', 'open', '--force', '--reason', 'its disk is gone', '--by', 'Ada']
    expect((await stage.cli(...words)).exitCode).toBe(0)
    expect(await locked('open')).toBe(false)
    expect(await stage.testHost.must('cat /var/lib/reinstate/unlocked.log')).toMatch(
      /Z Ada removed the lock on open of \S+ open, open: .*, because: its disk is gone\n?$/,
    )
    await run.terminate('enough')
  })

  it('that is closed is removed after a yes', async () => {
    const run = await holding('closed')
    // With no worker up, nobody gives the host's lock back.
    await stage.worker.kill('SIGKILL')
    await run.terminate('somebody pressed the wrong button')
    const asked = await stage.cli('unlock', 'server', 'closed')
    expect(asked.stdout).toContain('Temporal: closed: closed is closed at')
    expect(asked.stderr).toContain('no terminal to ask; --yes')
    expect(await locked('closed')).toBe(true)
    const listed = await stage.cli('unlock', 'server', '--json')
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { name: 'closed', temporal: { state: 'closed' }, removed: false },
    ])
    expect((await stage.cli('unlock', 'server', 'closed', '--yes')).exitCode).toBe(0)
    expect(await locked('closed')).toBe(false)
    await stage.worker.start()
  })

  it('of another Temporal blocks a run here, and is removed only by force, because its state is unknown', async () => {
    await holding('elsewhere')
    await stage.worker.kill('SIGKILL')
    const home = join(stage.folder, 'other-home')
    const other = await startServer(
      { home, ports: await freePorts(), temporalBinary: await temporalProgram() },
      () => undefined,
    )
    try {
      const there = async (...words: readonly string[]) =>
        await execa(process.execPath, [packageFolder('bin', 'reinstate'), ...words], {
          env: { ...stage.environment, REINSTATE_HOME: home, TEMPORAL_ADDRESS: other.address },
          reject: false,
          stdin: 'ignore',
        })
      const asked = await there('unlock', 'server', 'elsewhere', '--yes')
      expect(asked.exitCode).toBe(1)
      expect(asked.stdout).toMatch(/unknown: .*another Temporal/)
      expect(await locked('elsewhere')).toBe(true)
      // Its own Temporal may be gone altogether: then that is what is said.
      const gone = await execa(
        process.execPath,
        [packageFolder('bin', 'reinstate'), 'unlock', 'server', 'elsewhere'],
        {
          env: { ...stage.environment, TEMPORAL_ADDRESS: '127.0.0.1:9' },
          reject: false,
          stdin: 'ignore',
        },
      )
      expect(gone.stdout).toMatch(/unknown: Temporal .*127.0.0.1:9/)
      expect(
        (await there('unlock', 'server', 'elsewhere', '--force', '--reason', 'its Temporal is gone'))
          .exitCode,
      ).toBe(0)
      expect(await locked('elsewhere')).toBe(false)
    } finally {
      await stopServer(home)
    }
    await stage.worker.start()
  })

  it('of another Temporal is named in the refusal, with what to type', async () => {
    await stage.testHost.must('echo lother_2fdefault_2fabc_20stranger > /var/lib/reinstate/locks/lrefused')
    const run = await stage.start(await stage.plan('refused', GATED('refused')), { id: 'refused' })
    const { type, message } = await failureOf(run)
    expect(type).toBe('Refused')
    expect(message).toContain('stranger')
    expect(message).toContain('reinstate unlock')
    expect((await stage.cli('unlock', 'server')).stdout).toContain(
      'refused on server is held by run stranger',
    )
  })

  it('of a run that this Temporal does not know, as after its database was put back, is left to it', async () => {
    const known = await holding('known')
    const locks = '/var/lib/reinstate/locks'
    await stage.testHost.must(`sed 's/_20known$/_20forgotten/' ${locks}/lknown > ${locks}/lunknown`)
    const run = await stage.start(await stage.plan('unknown', GATED('unknown')), { id: 'unknown' })
    const { type, message } = await failureOf(run)
    expect(type).toBe('Refused')
    expect(message).toMatch(
      /forgotten, which this Temporal does not know; .* reinstate unlock server unknown/,
    )
    expect(await stage.testHost.must(`cat ${locks}/lunknown`)).toMatch(/_20forgotten$/)
    await known.terminate('enough')
  })
})
