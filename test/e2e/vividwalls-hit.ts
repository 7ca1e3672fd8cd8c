import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { visit } from '../../testbed/vividwalls-visit.ts'
import {
  lastingPage,
  layMoreNeighbours,
  layVividwalls,
  neighboursAreUntouched,
  neighboursNow,
  VIVIDWALLS_PORTS,
} from '../../testbed/vividwalls.ts'
import type { VividwallsFacts } from '../../testbed/vividwalls.ts'
import { hitEachPhase } from '../../testbed/hit-each-phase.ts'
import type { Aim } from '../../testbed/hit-each-phase.ts'
import type { Fault } from '../../testbed/strike.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { doAsItSays, mayBeApproved } from '../../testbed/vividwalls-on-call.ts'
import { answerToTheEnd, vividwallsPhases } from '../../testbed/vividwalls-phases.ts'
import type { Answers } from '../../testbed/vividwalls-phases.ts'
import { vividwallsInputs } from '../../testbed/vividwalls-inputs.ts'

/** What is most harmed in each phase; a phase that is not here is hit wherever it is. */
const AIMS: Readonly<Record<string, Readonly<Partial<Record<Fault, Omit<Aim, 'phase' | 'fault'>>>>>> = {
  backups: {
    worker: { step: 'n8n-backup', during: 'verify' },
    sshd: { step: 'supabase-backup', during: 'verify' },
  },
  scaffold: {
    worker: { step: 'directories' },
    temporal: { step: 'compose-file' },
    sshd: { step: 'caddyfile' },
  },
  migrate: {
    worker: { step: 'n8n-database' },
    temporal: { step: 'start-beside' },
    sshd: { step: 'supabase-database' },
    dockerd: { step: 'start-beside' },
  },
  validate: {
    worker: { step: 'n8n-data', during: 'verify' },
    temporal: { step: 'containers', during: 'verify' },
    sshd: { step: 'supabase-data', during: 'verify' },
    dockerd: { step: 'containers', during: 'verify' },
  },
  cutover: {
    worker: { step: 'live' },
    temporal: { step: 'old-stack-stopped' },
    sshd: { step: 'promote' },
    dockerd: { step: 'live' },
  },
  cleanup: { worker: { step: 'legacy' }, sshd: { step: 'unused' }, dockerd: { step: 'unused' } },
}

/** Where a fault harms a phase most. */
export function aimAt(phase: string, fault: Fault): Aim {
  return { phase, fault, ...AIMS[phase]?.[fault] }
}

export interface HitRun {
  readonly stage: Stage
  readonly facts: VividwallsFacts
  readonly id: string
}

/** Tells of one run in which every phase is hit by the fault that is named for it; answers it, for what comes after. */
export function tellOfRunHitBy(named: (phase: string, index: number) => Fault): () => HitRun {
  const id = 'hit'
  let stage: Stage
  let facts: VividwallsFacts
  let others: VividwallsFacts['neighbours']
  beforeAll(async () => {
    stage = await openStage({ hosts: '  local: { local: true }', ports: VIVIDWALLS_PORTS })
    facts = await layVividwalls(stage.testHost)
    others = { ...facts.neighbours, ...(await layMoreNeighbours(stage.testHost)) }
  })
  afterAll(() => stage.close())

  const get = async (url: string) => (await visit(stage.testHost, url)).text

  describe('VividWalls, while something is killed in each phase', { timeout: 1_200_000 }, () => {
    it('comes to its end with the rows of the backup, asking only about what it cannot know', async () => {
      const aims = (await vividwallsPhases()).map((phase, index) => aimAt(phase, named(phase, index)))
      const run = await stage.start('vividwalls-restore', {
        id,
        inputs: await vividwallsInputs(stage.folder, facts),
      })
      const [hits] = await Promise.all([
        hitEachPhase(stage, run, aims),
        answerToTheEnd(run, onCall(stage), { seconds: 1140 }),
      ])
      for (const { phase, fault, step, activity, at } of hits) {
        console.log(`${fault} killed in ${phase}, while ${activity} of ${step} was under way`)
        const phaseRun = await stage.client.workflow.getHandle(`${id}/${phase}`).describe()
        expect(phaseRun.startTime.getTime()).toBeLessThanOrEqual(at.getTime())
        expect(phaseRun.closeTime?.getTime()).toBeGreaterThanOrEqual(at.getTime())
      }
      expect(await run.result()).toMatchObject({ state: 'done' })

      expect(await get(`${facts.urls.supabase}/rest/v1/summary`)).toBe(facts.supabase.summary)
      expect(await get(`${facts.urls.n8n}/rest/credentials`)).toBe(facts.n8n.credentials)
      expect(await get(`${facts.urls.n8n}/rest/workflows`)).toBe(facts.n8n.summary)
      // An engine that dies takes everybody's containers with it, by itself.
      if (aims.some(({ fault }) => fault === 'dockerd')) await othersAreAsTheEngineLeftThem(stage, others)
      else expect(await neighboursAreUntouched(stage.testHost, facts)).toBe(true)
    })
  })
  return () => ({ stage, facts, id })
}

/**
 * An engine that is killed starts again what has the policy always, and nothing else. So that is what there is: the one
 * runs, from the same container and with its data; the others are as they stopped, and nobody has started them.
 */
async function othersAreAsTheEngineLeftThem({ testHost }: Stage, before: VividwallsFacts['neighbours']) {
  await expect.poll(() => lastingPage(testHost).catch(String), { timeout: 60_000 }).toBe('theirs')
  const now = await neighboursNow(testHost)
  const left = Object.entries(before).map(([name, { id, startedAt }]) =>
    name.endsWith('always') ? [name, { id, state: 'running' }] : [name, { id, state: 'exited', startedAt }],
  )
  expect(now).toMatchObject(Object.fromEntries(left))
  expect(Object.keys(now).toSorted()).toEqual(Object.keys(before).toSorted())
}

const AT_MOST_ASKED = 12

/** Approves what is to be approved; has a step that failed tried again, once what it says to do is done. */
function onCall(stage: Stage): Answers {
  let asked = 0
  return async (decision) => {
    if (mayBeApproved(decision)) return 'approve'
    const { step = '', host = '', title, shows } = decision
    asked += 1
    const said = shows.join('\n')
    console.log(`${title}\n${said}`)
    expect(title).toContain(step)
    expect(title).toContain(host)
    if (asked > AT_MOST_ASKED) throw new Error(`asked again and again: ${title}\n${said}`)
    await doAsItSays(stage, decision)
    return 'retry'
  }
}
