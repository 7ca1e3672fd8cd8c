import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { openField, type Field } from './field.ts'

// At a real terminal: without one, these questions are refusals.
vi.setConfig({ testTimeout: 300_000 })

let field: Field
beforeAll(async () => {
  field = await openField()
})
afterEach(() => field.clear())
afterAll(() => field.close())

const planFile = (project: string) => join(field.folder, 'plans', `${project}-restore`, 'plan.yaml')
const done = expect.objectContaining({ code: 0 }) as unknown
const refused = expect.objectContaining({ code: 2 }) as unknown

describe('init at a terminal', () => {
  it('asks which project, and which of several backups; another answer writes no plan', async () => {
    await field.lay({ case: '19', project: 'shop' })
    for (const day of ['2026-11-27', '2026-11-28'])
      await field.backUp({ project: 'shop', to: `/backup/shop/${day}` })
    await field.testHost.must(
      'cp -r /srv/shop /srv/other && cd /srv/other && docker compose --progress quiet create',
    )

    expect(await field.answer('init server', ['which one? ', 'nothing'])).toEqual(refused)
    expect(await field.answer('init server', ['which one? ', 'shop'], ['which one? ', 'none'])).toEqual(
      refused,
    )
    expect(existsSync(planFile('shop'))).toBe(false)

    expect(await field.answer('init server', ['which one? ', 'shop'], ['which one? ', '2026-11-27'])).toEqual(
      done,
    )
    expect(await readFile(planFile('shop'), 'utf8')).toContain('/backup/shop/2026-11-27')
  })

  it('asks whether a place that the backup lacks keeps its live data; any answer but keep writes no plan', async () => {
    await field.lay({ case: '19', project: 'shop' })
    await field.backUp({ project: 'shop' })
    await field.testHost.must(
      'rm -r /backup/shop/pg; mkdir /backup/shop/unrelated; touch /backup/shop/unrelated/file',
    )
    const question = 'keep the live '
    const stopped = await field.answer('init server --project shop', [question, 'stop'])
    expect(stopped).toEqual(refused)
    expect(stopped.output).toContain('no plan was written')
    expect(existsSync(planFile('shop'))).toBe(false)
  })
})

describe('a run at a terminal', () => {
  it('asks at its gate, approves what is typed, and rolls back after a yes', async () => {
    await field.lay({ case: '19', project: 'shop' })
    await field.add(60)
    await field.backUp({ project: 'shop' })
    await field.add(5)
    expect(await field.type('init server --project shop')).toEqual(done)
    const run = await field.answer(
      'run plans/shop-restore --id shop-1',
      ['? ', 'nonsense'],
      ['? ', 'approve'],
    )
    expect(run).toEqual(done)
    expect(await field.page()).toBe('{"rows": 60}')
    expect(await field.type('rollback shop-1')).toEqual(done)
    expect(await field.page()).toBe('{"rows": 65}')
  })
})
