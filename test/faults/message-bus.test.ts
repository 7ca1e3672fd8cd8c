import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountOfClient, askBus, layBus, messagesInDump } from '../../testbed/bus.ts'
import type { BusFacts } from '../../testbed/bus.ts'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { hitEachPhase } from '../../testbed/hit-each-phase.ts'
import { notNamed } from '../../testbed/not-named.ts'
import { answerToTheEnd, approveAll, failingAtTheEndOf, shippedPhases } from '../../testbed/plan-phases.ts'
import type { TestHost } from '../../testbed/test-host.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { failureOf, statusOf } from '../../testbed/watch-run.ts'

const phases = await shippedPhases('message-bus')
const CHANGES_LIVE = phases.slice(phases.indexOf('beside'))
const STOPS_DAEMON = phases.slice(phases.indexOf('cut'))

/** A finished backup stays. */
const stateOf = (testHost: TestHost) => fingerprint(testHost, { exclude: ['/backup/bus'] })

let stage: Stage
let facts: BusFacts
beforeAll(async () => {
  stage = await openStage({ images: 'apps', ports: [8765] })
  facts = await layBus(stage.testHost)
})
afterAll(() => stage.close())

const must = (script: string) => stage.testHost.must(script)
const inspect = (container: string, format: string) =>
  must(`docker inspect --format '${format}' ${container}`)
const daemon = () => inspect('bus-daemon-1', '{{.Id}} {{.State.Status}}')
const startedAt = (container: string) => inspect(container, '{{.State.StartedAt}}')
/** The definitions that a dump shows, and the rows of all tables but the store. */
const DUMP =
  'docker exec bus-db-1 pg_dump -U postgres -T public.deliveries bus | grep -vE "^.(un)?restrict " | sha256sum'

describe(
  'the message bus, failed at the end of a phase and rolled back while clients send',
  { timeout: 1_500_000 },
  () => {
    it.each(phases)(
      '%s: the old daemon serves from its container, and every message is accounted for',
      async (phase) => {
        const id = `after-${phase}`
        const [before, dump, old] = [await stateOf(stage.testHost), await must(DUMP), await daemon()]
        const started = await Promise.all([startedAt('bus-daemon-1'), startedAt('bus-db-1')])
        const run = await stage.start(await failingAtTheEndOf(stage, { plan: 'message-bus', phase }), {
          id,
          inputs: facts.inputs,
        })
        await answerToTheEnd(run, approveAll, { by: 'lead', seconds: 1440 })
        const { type, message } = await failureOf(run)
        expect(type).toBe('RolledBack')
        expect(message).toContain('step breaks failed')

        expect(await daemon()).toBe(old)
        expect(await startedAt('bus-db-1')).toBe(started[1])
        expect((await startedAt('bus-daemon-1')) === started[0]).toBe(!STOPS_DAEMON.includes(phase))
        expect(await must(DUMP)).toBe(dump)
        const { leftovers } = await statusOf(run)
        const named = leftovers.map(({ what, why }) => `${what}: ${why}`).join('\n')
        if (CHANGES_LIVE.includes(phase)) {
          const [file = ''] = /\/\S+\.dump/.exec(named) ?? []
          expect(file, named).not.toBe('')
          expect(await messagesInDump(stage.testHost, file)).toBeGreaterThan(0)
        }
        expect(await accountOfClient(stage.testHost)).toMatch(
          /: 0 lost, 0 damaged, 0 doubled, 0 unknown; 0 in the bus/,
        )
        expect(notNamed(diffFingerprints(before, await stateOf(stage.testHost)), named)).toEqual([])
      },
    )
  },
)

describe('the message bus, whose worker is killed', { timeout: 1_500_000 }, () => {
  it('during the backup, the migration and the cut: it goes on, each was done once, and nothing is lost', async () => {
    const run = await stage.start('message-bus', { id: 'killed', inputs: facts.inputs })
    const [hits] = await Promise.all([
      hitEachPhase(stage, run, [
        { phase: 'backup', fault: 'worker', step: 'backup' },
        { phase: 'beside', fault: 'worker', step: 'schema' },
        { phase: 'cut', fault: 'worker', step: 'old-stopped' },
      ]),
      answerToTheEnd(run, approveAll, { by: 'lead', seconds: 1440 }),
    ])
    expect(hits.map(({ phase }) => phase)).toEqual(['backup', 'beside', 'cut'])
    expect(await run.result()).toMatchObject({ state: 'done' })
    expect(await must('ls /backup/bus/killed | wc -l; ls -d /backup/bus/killed*')).toMatch(
      /^\d+\n\/backup\/bus\/killed$/,
    )
    expect(await askBus(stage.testHost, 'select count(*) from reinstate.applied')).toBe('1')
    expect(await accountOfClient(stage.testHost)).toMatch(/: 0 lost, 0 damaged, 0 doubled, 0 unknown; [1-9]/)
  })
})
