import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Decision } from '../../src/workflows/messages.ts'
import { visit } from '../../testbed/vividwalls-visit.ts'
import { layVividwalls, neighboursAreUntouched, VIVIDWALLS_PORTS } from '../../testbed/vividwalls.ts'
import type { VividwallsFacts } from '../../testbed/vividwalls.ts'
import { hitEachPhase } from './hit-each-phase.ts'
import type { Aim, Fault } from './hit-each-phase.ts'
import { openStage } from './stage.ts'
import type { Stage } from './stage.ts'
import { answerToTheEnd, vividwallsPhases } from './vividwalls-phases.ts'
import type { Answers } from './vividwalls-phases.ts'
import { vividwallsInputs } from './vividwalls-plan.ts'

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

/** Tells of one run in which every phase is hit by the fault that is named for it. */
export function tellOfRunHitBy(named: (phase: string, index: number) => Fault): void {
  let stage: Stage
  let facts: VividwallsFacts
  beforeAll(async () => {
    stage = await openStage({ hosts: '  local: { local: true }', ports: VIVIDWALLS_PORTS })
    facts = await layVividwalls(stage.droplet)
  })
  afterAll(() => stage.close())

  const get = async (url: string) => (await visit(stage.droplet, url)).text

  describe('VividWalls, while something is killed in each phase', { timeout: 900_000 }, () => {
    it('comes to its end with the rows of the backup, asking only about what it cannot know', async () => {
      const aims = (await vividwallsPhases()).map((phase, index) => {
        const fault = named(phase, index)
        return { phase, fault, ...AIMS[phase]?.[fault] }
      })
      const run = await stage.start('vividwalls-restore', {
        id: 'hit',
        inputs: await vividwallsInputs(stage.folder, facts),
      })
      const asked: Decision[] = []
      const [hits] = await Promise.all([
        hitEachPhase(stage, run, aims),
        answerToTheEnd(run, onCall(stage, asked), 840),
      ])
      console.log(
        hits,
        asked.map(({ decision, title, shows }) => [decision, title, ...shows].join('\n')),
      )
      expect(hits.map(({ phase, fault }) => [phase, fault])).toEqual(
        aims.map(({ phase, fault }) => [phase, fault]),
      )
      for (const { phase, at } of hits) {
        const phaseRun = await stage.client.workflow.getHandle(`hit/${phase}`).describe()
        expect(phaseRun.startTime.getTime()).toBeLessThanOrEqual(at.getTime())
        expect(phaseRun.closeTime?.getTime()).toBeGreaterThanOrEqual(at.getTime())
      }
      expect(await run.result()).toMatchObject({ state: 'done' })

      expect(await get(`${facts.urls.supabase}/rest/v1/summary`)).toBe(facts.supabase.summary)
      expect(await get(`${facts.urls.n8n}/rest/credentials`)).toBe(facts.n8n.credentials)
      expect(JSON.parse(await get(`${facts.urls.n8n}/rest/workflows`))).toMatchObject({
        workflows: facts.n8n.workflows,
        rows: facts.n8n.rows,
        sum: facts.n8n.sum,
      })
      // An engine that dies takes everybody's containers with it, by itself.
      if (!aims.some(({ fault }) => fault === 'dockerd'))
        expect(await neighboursAreUntouched(stage.droplet, facts)).toBe(true)
    })
  })
}

/** Approves what is to be approved; has a step that failed tried again, once what it says to do is done. */
function onCall({ droplet }: Stage, asked: Decision[]): Answers {
  return async (decision) => {
    const { choices, step = '', host = '', title, shows } = decision
    if (choices.some(({ choice }) => choice === 'approve')) return 'approve'
    asked.push(decision)
    expect(title).toContain(step)
    expect(title).toContain(host)
    const said = shows.join('\n')
    if (asked.length > 12) throw new Error(`asked again and again: ${title}\n${said}`)
    const [, names] = /to start what is down: docker start ([\w. -]+)/.exec(said) ?? []
    if (names !== undefined) await droplet.must(`docker start ${names}`)
    return 'retry'
  }
}
