import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { checkPlan, loadPlan } from '../../src/plan/load-plan.ts'
import type { ResolvedPlan } from '../../src/plan/plan.ts'
import { kinds } from '../../src/steps/index.ts'

const SHIPPED = packageFolder('plans', 'miyabi-reconstruction')
const text = readFileSync(join(SHIPPED, 'plan.yaml'), 'utf8')

let plan: ResolvedPlan
beforeAll(async () => {
  plan = await loadPlan({
    ...{ plan: 'miyabi-reconstruction', folders: [packageFolder('plans')], kinds, runId: 'run' },
    inputs: {},
    secretsFolder: '/secrets',
  })
})

const stepOf = (id: string) => plan.phases.flatMap(({ steps }) => steps).find(({ step }) => step === id)
const phaseOf = (id: string) => plan.phases.find(({ phase }) => phase === id)

/** Whether a phase ends before another starts. */
function isBefore(first: string, then: string): boolean {
  const needs = phaseOf(then)?.needs ?? []
  return needs.some((need) => need === first || isBefore(first, need))
}

describe('the graph of miyabi-reconstruction', () => {
  it('covers every issue of the source', () => {
    const sources = plan.phases.flatMap(({ steps }) => steps.flatMap(({ source }) => source ?? []))
    const issues = [970, 972, 973, 974, 975, 976, ...Array.from({ length: 15 }, (_, index) => 978 + index)]
    expect(issues.filter((issue) => !sources.some((row) => row.startsWith(`#${issue}`)))).toEqual([])
  })

  it.each([
    ['connection', []],
    ['base', ['connection']],
    ['organizations', ['base']],
    ['rbac', ['base']],
    ['jwt', ['rbac']],
    ['auth-api', ['organization-api']],
    ['permission-api', ['organization-api']],
    ['agent-api', ['organization-api']],
    ['backend-tests', ['organization-api', 'auth-api', 'permission-api', 'agent-api']],
    ['organization-ui', ['auth-ui']],
    ['admin-ui', ['auth-ui']],
    ['frontend-e2e', ['organization-ui', 'admin-ui']],
    ['e2e', ['green']],
    ['load', ['green']],
  ])('%s waits for exactly %j', (step, needs) => {
    expect(stepOf(step)?.needs).toEqual(needs)
  })

  it.each([
    ['backup', 'database'],
    ['database', 'backend'],
    ['image', 'backend'],
    ['rehearsal-proof', 'production-database'],
    ['monitoring', 'switch'],
    ['rehearse-switch', 'switch'],
    ['switch', 'contract'],
  ])('%s ends before %s starts', (first, then) => {
    expect(isBefore(first, then)).toBe(true)
  })

  it('builds the image while the copy is tried', () => {
    expect(isBefore('image', 'database')).toBe(false)
    expect(isBefore('database', 'image')).toBe(false)
  })

  it('has no downtime, and no limits of requests but those of the source', () => {
    expect(plan).toMatchObject({ noDowntime: true, inputs: { per_second: '20', p95: '200' } })
    expect(plan.downtime).toBeUndefined()
    expect(stepOf('client')?.fields).toMatchObject({ perSecond: '20' })
    expect(stepOf('judged')?.fields).toMatchObject({ failures: 0, p95Milliseconds: '200' })
  })

  it('has a gate of two people before every phase that changes what serves, and before the backup', () => {
    const gated = plan.phases.filter(({ gate }) => gate)
    expect(gated.map(({ phase }) => phase)).toEqual([
      ...['backup', 'backend', 'frontend', 'production-database', 'switch', 'contract'],
    ])
    for (const { gate } of gated) {
      expect(gate).toMatchObject({ approvers: ['orchestrator', 'lead', 'on-call'], quorum: 2 })
      expect(gate?.criteria?.length).toBeGreaterThan(0)
    }
  })
})

describe('changes of miyabi-reconstruction that check refuses', () => {
  const folder = mkdtempSync(join(tmpdir(), 'miyabi-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  cpSync(SHIPPED, folder, { recursive: true, filter: (path) => !/\/(node_modules|dist)$/.test(path) })

  it.each<[string, string, string, string, string?]>([
    [
      'a cycle of steps',
      "source: '#974'\n        needs: [base]",
      "source: '#974'\n        needs: [schema-valid]",
      'needs-cycle',
      'needs: [schema-valid]',
    ],
    ['a cycle of phases', 'needs: [database, image]', 'needs: [database, image, frontend]', 'needs-cycle'],
    [
      'a need that no step has',
      'needs: [organization-api, auth-api',
      'needs: [organisation-api, auth-api',
      'unknown-need',
      'organisation-api',
    ],
    [
      'a phase that does not exist',
      'needs: [database, image]',
      'needs: [database, images]',
      'unknown-need',
      'images]',
    ],
    [
      'a step that waits for one behind a later gate',
      'needs: [organization-ui, admin-ui]',
      'needs: [organization-ui, admin-ui, judged]',
      'unknown-need',
      'judged]',
    ],
    [
      'a criterion that a step behind the gate should show',
      'by: [connection] }',
      'by: [connection, judged] }',
      'bad-criterion',
      'judged]',
    ],
    [
      'a criterion that names no step',
      'by: [connection] }',
      'by: [conection] }',
      'unknown-step',
      'conection',
    ],
    [
      'fewer approvers than the quorum',
      'names: [orchestrator, lead, on-call], quorum: 2',
      'names: [orchestrator], quorum: 2',
      'bad-value',
      '2',
    ],
  ])('%s, with line and column', (...[, right, wrong, code, at = wrong]) => {
    expect(text).toContain(right)
    const changed = text.replace(right, wrong)
    writeFileSync(join(folder, 'plan.yaml'), changed)
    const { problems } = checkPlan({ plan: join(folder, 'plan.yaml'), folders: [], kinds })
    const found = problems.find((problem) => problem.code === code)
    const before = changed.slice(0, changed.indexOf(at, text.indexOf(right))).split('\n')
    expect(`${found?.line}:${found?.column}`, JSON.stringify(problems, null, 1)).toBe(
      `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`,
    )
  })
})
