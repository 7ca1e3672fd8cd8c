import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { layShop, pageOfShop } from '../../testbed/shop.ts'
import { openServerDesk, type ServerDesk } from '../cli/server-desk.ts'

const WRITER = `docker exec -d shop-db-1 sh -c 'touch /tmp/go; while [ -e /tmp/go ]; do psql -qX -U postgres -d shop -c "insert into orders (item, price) values (now()::text, 1)"; done'`

describe('backup', () => {
  let desk: ServerDesk
  beforeAll(async () => {
    desk = await openServerDesk({ name: 'backup' })
    await layShop(desk.testHost, 'postgres')
  })
  afterAll(() => desk.close())

  let [run, before, after] = ['', 0, 0]
  const orders = async (container: string) =>
    Number(
      await desk.testHost.must(
        `docker exec ${container} psql -AtX -U postgres -d shop -c 'select count(*) from orders'`,
      ),
    )

  it('names first what it does not back up, and backs up a stack in use', async () => {
    const shown = await desk.type('backup server shop --print')
    expect(shown).toMatchObject({ code: 0 })
    expect(shown.stdout).toContain('#   volume shop_uploads (app at /uploads): files')
    expect(await desk.type('backup server shop --service app')).toMatchObject({
      code: 2,
      output: expect.stringContaining('volume shop_uploads (app at /uploads): files') as string,
    })

    await desk.testHost.must(WRITER)
    before = await orders('shop-db-1')
    const made = await desk.type('backup server shop --json')
    expect(made, made.output).toMatchObject({ code: 0 })
    run = (JSON.parse(made.stdout) as { readonly run: string }).run
    expect(
      made.output
        .split('\n')
        .filter((line) => !line.startsWith('{'))
        .join('\n'),
    ).toMatch(
      /backs up\n {2}PostgreSQL of service db \(volume shop_db\)\nnot in this backup:\n {2}volume shop_uploads/,
    )
    after = await orders('shop-db-1')
    await desk.testHost.must('docker exec shop-db-1 rm /tmp/go')
  })

  it('makes what init finds, grades manifested, and restores', async () => {
    const at = `/backup/shop/${run}`
    const written = await desk.type(`init server --project shop --backup ${at} --keep uploads`)
    expect(written, written.output).toMatchObject({ code: 0 })
    const plan = await readFile(join(desk.folder, 'plans/shop-restore/plan.yaml'), 'utf8')
    expect(plan).toContain('manifest: "${{ inputs.backup }}/db/MANIFEST.sha256"')
    const restored = await desk.type('run shop-restore --id restored --yes')
    expect(restored, restored.output).toMatchObject({ code: 0 })
    expect(restored.output).toContain('manifested')
    const count = await orders('restored-db-1')
    expect(count).toBeGreaterThanOrEqual(before)
    expect(count).toBeLessThanOrEqual(after)
    expect(await pageOfShop(desk.testHost)).toContain(String(count))
  })
})
