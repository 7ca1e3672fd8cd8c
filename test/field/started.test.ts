import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { openField, type Field } from './field.ts'

let field: Field
beforeAll(async () => {
  field = await openField()
})
afterEach(() => field.clear())
afterAll(() => field.close())

const UP = 'docker compose --progress quiet'
const rows = (count: number) => `{"rows": ${count}}`
const done = expect.objectContaining({ code: 0 }) as unknown

/** Writes the plan of a project, unedited, and returns what init printed. */
async function init(project: string): Promise<string> {
  const found = await field.type(`init server --project ${project}`)
  expect(found).toEqual(done)
  const checked = await field.type(`check plans/${project}-restore`)
  expect(checked).toEqual(done)
  return `${found.output}\n${checked.output}`
}

/** The step that starts the restored stack. */
async function startStep(project: string): Promise<unknown> {
  const text = await readFile(join(field.folder, 'plans', `${project}-restore`, 'plan.yaml'), 'utf8')
  const plan = parse(text) as { phases: { steps: { step: string }[] }[] }
  return plan.phases.flatMap(({ steps }) => steps).find(({ step }) => step === 'start')
}

const run = (project: string, id: string) => field.type(`run plans/${project}-restore --id ${id} --yes`)

describe('a stack of which init knows how it was started', () => {
  it('case 02: uses a network that can exist once again, and gives it back', async () => {
    await field.lay({ case: '02', project: 'two' })
    await field.add(100)
    await field.backUp({ project: 'two' })
    await field.add(20)
    await init('two')
    expect(await run('two', 'two-1')).toEqual(done)
    expect(await field.page()).toBe(rows(100))
    expect(await field.type('rollback two-1')).toEqual(done)
    expect(await field.page()).toBe(rows(120))
  })

  it('case 03: the names of the old containers lead to the restored ones, also for the proxy of another project', async () => {
    const proxy = 'http://127.0.0.1:8090/'
    await field.lay({
      ...{ case: '03', project: 'shop' },
      up: `${UP} -f proxy/compose.yaml up -d --wait && ${UP} up -d --wait`,
    })
    await field.add(300)
    await field.backUp({ project: 'shop' })
    await field.add(7)
    expect(await field.page(proxy)).toBe(rows(307))
    expect(await init('shop')).not.toContain('R043')
    expect(await run('shop', 'shop-1')).toEqual(done)
    expect([await field.page(), await field.page(proxy)]).toEqual([rows(300), rows(300)])
    expect(await field.type('rollback shop-1')).toEqual(done)
    expect([await field.page(), await field.page(proxy)]).toEqual([rows(307), rows(307)])
  })

  it('case 05: starts the services of profiles whose containers exist', async () => {
    await field.lay({ case: '05', project: 'kit', up: `${UP} --profile local-db up -d --wait` })
    await field.add(50)
    await field.testHost.must("touch $(docker volume inspect -f '{{.Mountpoint}}' kit_files)/one")
    await field.backUp({ project: 'kit' })
    await field.add(5)
    expect(await init('kit')).not.toMatch(/which the Compose file does not have|not restored from the backup/)
    expect(await startStep('kit')).toMatchObject({ services: ['db', 'web'] })
    expect(await run('kit', 'kit-1')).toEqual(done)
    expect(await field.page()).toBe(rows(50))
    expect(await field.type('rollback kit-1')).toEqual(done)
    expect(await field.page()).toBe(rows(55))
  })

  it('case 07: lets a one-shot job end', async () => {
    await field.lay({ case: '07', project: 'seven', up: `${UP} up -d` })
    await field.add(70)
    await field.backUp({ project: 'seven' })
    await field.add(7)
    expect(await init('seven')).not.toContain('migrate (exited)')
    expect(await startStep('seven')).toMatchObject({ mayExit: ['createbuckets'] })
    expect(await run('seven', 'seven-1')).toEqual(done)
    expect(await field.page()).toBe(rows(70))
    expect(await field.type('rollback seven-1')).toEqual(done)
    expect(await field.page()).toBe(rows(77))
  })

  it('case 09: keeps the project directory', async () => {
    await field.lay({
      ...{ case: '09', project: 'nine' },
      up: `printf 'PW=pw-nine\\n' > .env && ${UP} --project-directory . -f deploy/compose.yaml -p nine up -d --wait`,
    })
    await field.add(90)
    const data = '/srv/nine/data'
    await field.testHost.must(`touch ${data}/static/one ${data}/uploads/one`)
    await field.backUp({
      project: 'nine',
      directories: { pg: `${data}/pg`, static: `${data}/static`, uploads: `${data}/uploads` },
    })
    await field.add(9)
    expect(await init('nine')).not.toContain('was started from')
    expect(await startStep('nine')).toMatchObject({ projectDirectory: '/srv/nine' })
    expect(await run('nine', 'nine-1')).toEqual(done)
    expect(await field.page()).toBe(rows(90))
    expect(await field.type('rollback nine-1')).toEqual(done)
    expect(await field.page()).toBe(rows(99))
  })
})
