import { describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { checkPlan, loadPlan } from '../../src/plan/load-plan.ts'
import { listPlans } from '../../src/plan/files/plan-folder.ts'
import { kinds } from '../../src/steps/index.ts'

const folders = [packageFolder('plans')]
const INPUTS = {
  blueprint: 'blueprint',
  cleanup: '/root/old',
}

describe('the shipped plans', () => {
  it.each(listPlans(folders).map(({ name }) => name))('%s has no problems', (plan) => {
    expect(checkPlan({ plan, folders, kinds }).problems).toEqual([])
  })

  it('vividwalls-restore covers each of the 17 rows of its source', async () => {
    const { phases } = await loadPlan({
      plan: 'vividwalls-restore',
      folders,
      kinds,
      inputs: INPUTS,
      runId: 'run',
    })
    const rows = new Set(phases.flatMap(({ steps }) => steps.flatMap(({ source }) => source ?? [])))
    const expected = ['0.1', '1.1', '1.2', '1.3', '1.4', '2.1', '2.2', '2.3', '3.1', '3.2', '3.3']
    expect([...rows].sort()).toEqual([...expected, '4.1', '4.2', '4.3', '4.4', '4.5', '4.6'])
  })

  it('vividwalls-restore has its gates before cutover and cleanup', async () => {
    const { phases } = await loadPlan({
      plan: 'vividwalls-restore',
      folders,
      kinds,
      inputs: INPUTS,
      runId: 'run',
    })
    expect(phases.filter(({ gate }) => gate).map(({ phase }) => phase)).toEqual(['cutover', 'cleanup'])
  })

  it('vividwalls-restore reads no file of the worker that the starter names', async () => {
    const load = async (inputs: Record<string, string>) =>
      await loadPlan({
        ...{ plan: 'vividwalls-restore', folders, kinds, runId: 'run', secretsFolder: '/secrets' },
        inputs: { ...INPUTS, ...inputs },
      })
    await expect(load({ credentials: '/root/other.env' })).rejects.toThrow('credentials')
    const steps = (await load({ live: '/srv/x', build: '/srv/y' })).phases.flatMap((phase) => phase.steps)
    const [audit, ...others] = steps.filter(({ host }) => host === 'local')
    expect(others).toEqual([])
    expect(audit?.fields).toMatchObject({
      path: '/secrets/master.env',
      sources: [{ file: '/secrets/master.env.list' }, { host: 'server' }, { host: 'server' }],
    })
  })

  it.each(Object.keys(INPUTS))('vividwalls-restore refuses to start without %s', async (missing) => {
    const inputs = Object.fromEntries(Object.entries(INPUTS).filter(([name]) => name !== missing))
    await expect(
      loadPlan({ plan: 'vividwalls-restore', folders, kinds, inputs, runId: 'run' }),
    ).rejects.toThrow(missing)
  })
})
