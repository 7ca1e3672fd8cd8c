import { renameSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeLocal, shells } from '../../testbed/local.ts'
import type { Local } from '../../testbed/local.ts'
import { inits, startProcessNamespace } from '../../testbed/process-namespace.ts'
import type { Init, ProcessNamespace } from '../../testbed/process-namespace.ts'
import { inDepth } from '../depth.ts'
import { crashScene } from './crash-scene.ts'
import type { Scene } from './crash-scene.ts'
import { sleep } from '../../testbed/sshd.ts'

/** A crash, and the expected outcomes of the call that meets it, the next call, and the next attempt. */
interface CrashPoint {
  readonly dies: string
  readonly first: (scene: Scene, init?: Init) => Promise<string>
  readonly then?: (scene: Scene) => Promise<string>
  readonly outcomes: readonly [string, string, string]
}

const crashPoints: readonly CrashPoint[] = [
  {
    dies: 'the connection, in the middle of the request',
    first: (scene) => {
      scene.letItEnd()
      return Promise.resolve(scene.callHalf())
    },
    outcomes: ['short-input: ', 'done: be', 'done: bebe'],
  },
  {
    dies: 'the supervisor, after reading the request',
    first: supervisorDiesAt('input-read'),
    outcomes: ['HostUnreachable: ', 'done: be', 'done: bebe'],
  },
  {
    dies: 'the supervisor, before the claim',
    first: supervisorDiesAt('staged'),
    outcomes: ['HostUnreachable: ', 'done: be', 'done: bebe'],
  },
  {
    dies: 'the supervisor, after the claim',
    first: supervisorDiesAt('claimed'),
    outcomes: ['NotStarted: ', 'NotStarted: ', 'done: be'],
  },
  {
    dies: 'the supervisor, after recording the start',
    first: supervisorDiesAt('started'),
    outcomes: ['OutcomeUnknown interrupted: ', 'OutcomeUnknown interrupted: ', 'done: be'],
  },
  {
    dies: 'the connection, while the command runs',
    first: async (scene) => {
      const called = scene.call(scene.hosts())
      await scene.begun()
      expect(scene.cutConnections()).toBeGreaterThan(0)
      scene.letItEnd()
      return called
    },
    outcomes: ['done: be', 'done: be', 'done: bebe'],
  },
  {
    dies: 'the client, while the command runs',
    first: async (scene) => {
      const dying = new AbortController()
      const called = scene.call(scene.hosts(), { signal: dying.signal }).catch((error: unknown) => error)
      await scene.begun()
      dying.abort('gone')
      expect(await called).toMatchObject({ name: 'AbortError' })
      scene.letItEnd()
      return scene.call(scene.hosts(), { resume: scene.to.beats.at(-1) ?? {} })
    },
    outcomes: ['done: be', 'done: be', 'done: bebe'],
  },
  {
    dies: 'the supervisor, while the command runs',
    first: async (scene, init) => {
      const hosts = scene.hosts()
      const called = scene.call(hosts)
      await scene.begun()
      const supervisor = scene.supervisor()
      scene.namespace.kill(supervisor)
      const state = async () => (await hosts.receipts('here', scene.to.runToken))[0]?.state
      while ((await state()) !== 'orphaned') await sleep(50)
      scene.letItEnd()
      const outcome = await called
      // A zombie that nobody reaps must not count as alive.
      const remains = init === 'reaps' ? undefined : 'Z'
      while (scene.namespace.stateOf(supervisor) !== remains) await sleep(50)
      return outcome
    },
    outcomes: ['OutcomeUnknown interrupted: be', 'OutcomeUnknown interrupted: be', 'done: bebe'],
  },
  {
    dies: 'the supervisor, before recording the end',
    first: supervisorDiesAt('ended'),
    outcomes: ['OutcomeUnknown interrupted: be', 'OutcomeUnknown interrupted: be', 'done: bebe'],
  },
  {
    dies: 'the supervisor, after recording the end',
    first: supervisorDiesAt('recorded'),
    outcomes: ['done: be', 'done: be', 'done: bebe'],
  },
  {
    dies: 'the host, after the claim',
    first: async (scene) => {
      await supervisorDiesAt('claimed')(scene)
      scene.reboot()
      return scene.call(scene.hosts())
    },
    outcomes: ['NotStarted: ', 'NotStarted: ', 'done: be'],
  },
  {
    dies: 'the host, while the command runs',
    first: async (scene) => {
      const called = scene.call(scene.hosts())
      await scene.begun()
      scene.reboot()
      const outcome = await called
      scene.letItEnd()
      return outcome
    },
    outcomes: ['OutcomeUnknown interrupted-reboot: b', 'OutcomeUnknown interrupted-reboot: b', 'done: bbe'],
  },
  {
    dies: 'the receipt, by restoring the host from a snapshot',
    first: async (scene) => {
      scene.letItEnd()
      const outcome = await scene.call(scene.hosts())
      renameSync(scene.receipt(), `${scene.receipt()}-of-another-time`)
      return outcome
    },
    then: (scene) => scene.call(scene.hosts(), { resume: scene.to.beats.at(-1) ?? {} }),
    outcomes: ['done: be', 'OutcomeUnknown record-lost: be', 'done: bebe'],
  },
]

function supervisorDiesAt(place: string): CrashPoint['first'] {
  return (scene) => {
    scene.letItEnd()
    return scene.call(scene.hosts({ REINSTATE_FAILPOINT: place }))
  }
}

describe.each(inDepth(shells, ['dash']).flatMap((shell) => inits.map((init) => ({ shell, init }))))(
  'under $shell, with a first process that $init',
  ({ shell, init }) => {
    let local: Local
    let namespace: ProcessNamespace
    beforeAll(async () => {
      local = makeLocal(shell)
      namespace = await startProcessNamespace(init)
    })
    afterAll(() => {
      namespace.remove()
      local.remove()
    })

    it.concurrent.each(crashPoints.map((point) => [point.dies, point] as const))(
      '%s',
      async (dies, point) => {
        const { first, then, outcomes } = point
        const scene = crashScene(local, namespace, dies.replaceAll(/\W+/g, '-'))
        const again = then ?? ((after: Scene) => after.call(after.hosts()))
        expect([
          await first(scene, init),
          await again(scene),
          await scene.call(scene.hosts(), { attempt: 2 }),
        ]).toEqual(outcomes)
        await scene.close()
      },
    )
  },
)
