import { afterAll, beforeAll, expect, it } from 'vitest'
import { openField, type Field } from './field.ts'

let field: Field
beforeAll(async () => {
  field = await openField()
})
afterAll(() => field.close())

it('restores the plainest case, by the plan that init writes, unedited', async () => {
  await field.lay({ case: '19', project: 'shop' })
  await field.add(150)
  await field.backUp({ project: 'shop' })
  expect(await field.add(25)).toBe('{"rows": 175}')
  expect(await field.type('init server --project shop')).toMatchObject({ code: 0 })
  const run = await field.type('run plans/shop-restore --id shop-1 --yes')
  expect(run).toMatchObject({ code: 0 })
  expect(run.output).toContain(
    'the live service db of project shop has 175 rows, and the backup lacks 25 rows of public.entries',
  )
  expect(await field.page()).toBe('{"rows": 150}')
  expect(await field.type('rollback shop-1')).toMatchObject({ code: 0 })
  expect(await field.page()).toBe('{"rows": 175}')
})
