import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { checkPlan, loadPlan } from '../../src/plan/load-plan.ts'
import type { ResolvedPlan } from '../../src/plan/plan.ts'
import { kinds } from '../../src/steps/index.ts'

const SHIPPED = packageFolder('plans', 'vividwalls-master')
const text = readFileSync(join(SHIPPED, 'plan.yaml'), 'utf8')

let plan: ResolvedPlan
beforeAll(async () => {
  plan = await loadPlan({
    ...{ plan: 'vividwalls-master', folders: [packageFolder('plans')], kinds, runId: 'run' },
    inputs: {},
    secretsFolder: '/secrets',
  })
})

const steps = () => plan.phases.flatMap(({ steps: all, phase }) => all.map((step) => ({ ...step, phase })))
const phaseOf = (id: string) => plan.phases.find(({ phase }) => phase === id)

/** Whether a phase ends before another starts. */
function isBefore(first: string, then: string): boolean {
  const needs = phaseOf(then)?.needs ?? []
  return needs.some((need) => need === first || isBefore(first, need))
}

describe('the weeks of vividwalls-master', () => {
  it.each([
    // The source has the schema change before the backup, and the preparation of the rollback after production.
    ['backup', 'expand'],
    ['rehearsal-proof', 'expand'],
    ['recovery-points', 'canary'],
    // Its critical path.
    ['expand', 'consolidate-1'],
    ['finance', 'segments'],
    ['segments', 'kpi'],
    ['governance', 'canary'],
    ['staging', 'canary'],
    ['canary', 'half'],
    ['half', 'full'],
    ['full', 'soak'],
    ['soak', 'contract'],
  ])('%s ends before %s starts', (first, then) => {
    expect(isBefore(first, then)).toBe(true)
  })

  it('build the image while the copy is rehearsed on', () => {
    expect(isBefore('image', 'rehearsal')).toBe(false)
    expect(isBefore('rehearsal', 'image')).toBe(false)
  })

  it('have a gate of two people before each phase that changes what serves', () => {
    const gated = plan.phases.filter(({ gate }) => gate)
    expect(gated.map(({ phase }) => phase)).toEqual([
      'expand',
      'consolidate-1',
      'canary',
      'half',
      'full',
      'contract',
    ])
    for (const { gate } of gated) {
      expect(gate).toMatchObject({ approvers: ['architect', 'qa', 'analyst', 'dba'], quorum: 2 })
      expect(gate?.criteria?.length).toBeGreaterThan(0)
    }
  })

  it('rehearse every migration that production gets, in the order of production', () => {
    const migrations = (of: (phase: string) => boolean) =>
      steps()
        .filter(({ kind, phase }) => kind === 'sql-migrate' && of(phase))
        .map(({ fields }) => JSON.stringify(fields).match(/\d{3}-[a-z0-9-]+\.up/)?.[0])
    const live = migrations((phase) => phase !== 'rehearsal' && phase !== 'staging')
    expect(live).toHaveLength(16)
    expect(migrations((phase) => phase === 'rehearsal')).toEqual(live)
    expect(migrations((phase) => phase === 'staging')).toEqual(live.slice(-4, -1))
  })

  it('ask people for a dozen statements at most, each with its document or with a check beside it', () => {
    const attested = steps().filter(({ kind }) => kind === 'attest')
    expect(attested.length).toBeLessThanOrEqual(12)
    expect(attested.map(({ step }) => step)).toEqual([
      'consolidation-map',
      'risk-matrix',
      'test-strategy',
      'persona-definitions',
      'training',
      'uat',
      'knowledge',
      'impact',
    ])
  })

  it('cover each week of the source', () => {
    const rows = steps().flatMap(({ source }) => source ?? [])
    const covered = new Set(rows.flatMap((row) => /^Week (\d+)/.exec(row)?.[1] ?? []))
    expect([...covered].map(Number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 12 }, (_, index) => index + 1),
    )
  })
})

describe('traps of the source that check refuses', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vividwalls-master-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  cpSync(SHIPPED, folder, { recursive: true, filter: (path) => !/\/(node_modules|dist)$/.test(path) })
  const check = () =>
    checkPlan({ plan: join(folder, 'plan.yaml'), folders: [], kinds }).problems.map(({ code }) => code)

  it('SQL of the source: an outline, a table of two weeks, an id without a default, a view that cannot be refreshed', () => {
    const traps = {
      R030: 'create table finance.revenue (...);',
      R035: 'create table finance.tracking (id uuid primary key, amount numeric(10,2));',
      R036: 'create materialized view finance.totals as select 1 as n; refresh materialized view concurrently finance.totals;',
      R037: 'create table finance.budget (id bigint primary key);',
      R060: 'create index concurrently later on finance.budget (department);',
    }
    const file = join(folder, 'app', 'sql', '021-attribution.up.sql')
    const right = readFileSync(file, 'utf8')
    writeFileSync(file, [right, ...Object.values(traps)].join('\n'))
    const codes = check()
    writeFileSync(file, right)
    expect(codes).toEqual(expect.arrayContaining(Object.keys(traps)))
  })

  it('a rollout whose criterion is proven only after it', () => {
    const wrong = text.replace(
      'by: [bad-input-refused, audit-complete, reconciled]',
      'by: [stays-reconciled]',
    )
    expect(wrong).not.toBe(text)
    writeFileSync(join(folder, 'plan.yaml'), wrong)
    expect(check()).toContain('bad-criterion')
  })
})
