import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { layDeployPlan, releaseVersion } from '../../testbed/deploy.ts'
import { hitEachPhase } from '../../testbed/hit-each-phase.ts'
import { openStage, type Stage } from '../../testbed/run-stage.ts'
import { decide, failureOf, openDecision } from '../../testbed/watch-run.ts'

let stage: Stage
let folder: string
let plan: string
beforeAll(async () => {
  stage = await openStage()
  folder = await layDeployPlan(stage)
  plan = join(folder, 'plan.yaml')
  await releaseVersion(stage, folder, { version: 'one', live: 'none' })
})
afterAll(() => stage.close())

const must = (script: string) => stage.testHost.must(script)
const served = () => must('curl -fsS http://127.0.0.1:8080/')
const containers = () => must(`docker ps --format '{{.Names}}' | LC_ALL=C sort | tr '\\n' ' '`)
const WITH_ONE = 'registry shop-base-proxy-1 shop-one-app-1 '

describe('a release that fails at the end of a phase', () => {
  it.each(['build', 'try', 'publish', 'release', 'watch'])(
    '%s: a rollback returns to the one before',
    async (phase) => {
      const text = await readFile(plan, 'utf8')
      const at = text.indexOf('\n  - phase: ', text.indexOf(`\n  - phase: ${phase}\n`) + 1)
      const broken = '\n      - { step: broken, kind: command, verify: "false" }'
      await writeFile(
        plan,
        at === -1 ? `${text.trimEnd()}${broken}\n` : text.slice(0, at) + broken + text.slice(at),
      )
      try {
        const id = `fails-${phase}`
        await writeFile(join(folder, 'app', 'site', 'index.html'), id)
        const run = await stage.start(folder, { id, inputs: { version: id, live: 'shop-one' } })
        for (;;) {
          const decision = await openDecision(run, 120)
          if (decision.kind === 'gate') await decide(run, decision, 'approve')
          else {
            expect(decision.step).toBe('broken')
            await decide(run, decision, 'rollback')
            break
          }
        }
        expect((await failureOf(run)).type).toBe('RolledBack')
        expect(await served()).toBe('version one')
        expect(await containers()).toBe(WITH_ONE)
        expect(await must(`ls -d /srv/*${id}* /srv/shop/${id} 2> /dev/null || true`)).toBe('')
      } finally {
        await writeFile(plan, text)
      }
    },
  )
})

describe('a release whose worker is killed', () => {
  it('while it builds, pushes and switches: it goes on, and each was done once', async () => {
    await writeFile(join(folder, 'app', 'site', 'index.html'), 'version two')
    const run = await stage.start(folder, { id: 'two', inputs: { version: 'two', live: 'shop-one' } })
    const hits = [
      ...(await hitEachPhase(stage, run, [
        { phase: 'build', fault: 'worker', step: 'image' },
        { phase: 'publish', fault: 'worker', step: 'pushed' },
      ])),
    ]
    const gate = await openDecision(run, 120)
    await decide(run, gate, 'approve')
    hits.push(...(await hitEachPhase(stage, run, [{ phase: 'release', fault: 'worker', step: 'switch' }])))
    expect(hits.map(({ step }) => step)).toEqual(['image', 'pushed', 'switch'])
    expect(await run.result()).toMatchObject({ state: 'done' })
    expect(await served()).toBe('version two')
    expect(await containers()).toBe('registry shop-base-proxy-1 shop-two-app-1 ')
    expect(await must('docker images -q 127.0.0.1:5000/shop | sort -u | wc -l')).toBe('2')
  })
})
