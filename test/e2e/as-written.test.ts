import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { carryOutAsWritten, onceMoreAsWritten } from '../../testbed/as-written.ts'
import {
  changedSecrets,
  conditionOf,
  filesLeftOut,
  lightsOf,
  liveOrders,
} from '../../testbed/as-written-damage.ts'
import type { Condition } from '../../testbed/as-written-damage.ts'
import { ordersIn, ordersInBackup } from '../../testbed/vividwalls-orders.ts'
import type { Orders } from '../../testbed/vividwalls-orders.ts'
import { ownSsh } from '../../testbed/own-ssh.ts'
import { visit } from '../../testbed/vividwalls-visit.ts'
import { layVividwalls, VIVIDWALLS_PORTS } from '../../testbed/vividwalls.ts'
import type { VividwallsFacts } from '../../testbed/vividwalls.ts'
import { openStage } from '../../testbed/run-stage.ts'
import { decide, statusOf } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { vividwallsInputs } from '../../testbed/vividwalls-inputs.ts'
import { itInDepth } from '../depth.ts'

const RUN = 'after-the-damage'

let stage: Stage
let facts: VividwallsFacts
let before: Condition
let backup: Orders
beforeAll(async () => {
  stage = await openStage({ hosts: '  local: { local: true }', ports: VIVIDWALLS_PORTS })
  facts = await layVividwalls(stage.testHost)
  before = await conditionOf(stage.testHost)
  backup = await ordersInBackup(stage.testHost, facts.backup.n8nVolume)
})
afterAll(() => stage.close())

describe("the source's own commands, run verbatim", { timeout: 600_000 }, () => {
  it('run only in a container of the test bed', async () => {
    const { testHost } = stage
    // Some other machine's name and this one's port: what answers is not what is named.
    const somethingElse = { ...testHost, name: 'reinstate-that-never-was' }
    await expect(ownSsh(somethingElse)).rejects.toThrow(/no such object|is no container/i)
    const elsewhere = { ...testHost, must: () => Promise.resolve('') }
    const ssh = await ownSsh(elsewhere)
    await expect(ssh.type('touch /root/was-here')).rejects.toThrow('nothing more was run')
    ssh.close()
    expect((await testHost.exec('test -e /root/was-here')).exitCode).toBe(1)
  })

  it('destroy data of others, restore nothing, and report success', async () => {
    const done = await carryOutAsWritten(stage.testHost, facts, () => undefined)
    const after = await conditionOf(stage.testHost)
    // All but 2.3, where the ports of the old stack are taken.
    expect(done.filter(({ exitCode }) => exitCode !== 0).map(({ row }) => row)).toEqual(['2.3'])
    const probes = done.filter(({ row }) => row === '3.2').map(({ stdout }) => stdout.split(' ')[1])
    expect(probes).toContain('502')

    expect(before.rootDirectory).toBe('755 root')
    expect(after.rootDirectory).toMatch(/^700 /)
    expect(after.inRootDirectory).toEqual(expect.arrayContaining(['PG_VERSION', 'pg_wal']))
    expect([before.deployCanLogIn, after.deployCanLogIn]).toEqual([true, false])
    expect(after.paths).toContain('/root/vivid_mas/services/...')
    expect(after.paths).not.toContain('/root/twenty-crm/files/index.html')
    expect(after.containers.filter((name) => name.startsWith('neighbour'))).toEqual([])
    expect(before.images).toContain('testbed/nginx:1')
    expect(after.images).not.toContain('testbed/nginx:1')
    expect(await changedSecrets(stage.testHost, facts)).toContain('POSTGRES_PASSWORD')
    expect((await filesLeftOut(stage.testHost)).some((file) => file.startsWith('./.'))).toBe(true)
    expect(await stage.testHost.must('stat -c %a /root/vivid_mas/.env')).toBe('644')

    for (const light of await lightsOf(stage.testHost)) expect(light).toMatch(/: Up /)
    expect(await lightsOf(stage.testHost)).toHaveLength(5)
    expect((await liveOrders(stage.testHost)).ofBackup).toBe(0)
  })

  itInDepth(
    'with the variable corrected, produce a table that never existed, and report success',
    async () => {
      const done = await onceMoreAsWritten(stage.testHost, () => undefined)
      expect(done.map(({ exitCode }) => exitCode)).toEqual(done.map(() => 0))
      for (const light of await lightsOf(stage.testHost)) expect(light).toMatch(/: Up [^(]*($|\(healthy\))/)
      const { rows, ofBackup, taken } = await liveOrders(stage.testHost)
      expect(rows).toBe(ofBackup + taken)
      expect(taken).toBeGreaterThan(0)
      expect(ofBackup).toBeGreaterThan(0)
      expect(ofBackup).toBeLessThan(backup.rows)
      expect([backup.rows, taken]).not.toContain(rows)
    },
  )

  itInDepth('leave the backup intact: the plan restores its rows from it', async () => {
    const inputs = await vividwallsInputs(stage.folder, facts)
    const run = await stage.start('vividwalls-restore', { id: RUN, inputs })
    const ended = run.result()
    const over = ended.then(
      () => true,
      () => true,
    )
    // Gates, and whatever else a person is asked: yes to all that can be approved.
    for (let open = true; open;) {
      const { decisions } = await statusOf(run).catch(() => ({ decisions: [] }))
      for (const decision of decisions) {
        expect(decision.kind, decision.shows.join('\n')).not.toMatch(/failed|unknown/)
        await decide(run, decision, 'approve')
      }
      open = !(await Promise.race([over, new Promise<false>((resolve) => setTimeout(resolve, 500, false))]))
    }
    expect(await ended).toMatchObject({ state: 'done' })
    const now = await ordersIn(stage.testHost, `vividwalls_n8n_db_${RUN}`)
    expect({ rows: now.rows, sum: now.sum }).toEqual({ rows: backup.rows, sum: backup.sum })
    const products = await visit(stage.testHost, `${facts.urls.supabase}/rest/v1/summary`)
    expect(products.text).toBe(facts.supabase.summary)
  })
})
