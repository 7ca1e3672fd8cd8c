import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSigners } from '../../src/allowed-signers.ts'
import { planActivities } from '../../src/activities/plans.ts'
import { stepActivities } from '../../src/activities/steps.ts'
import { openHosts } from '../../src/host/hosts.ts'
import { parseInventory } from '../../src/host/inventory.ts'
import { openNotifier } from '../../src/notifications/notifier.ts'
import { allowedFolders, allowFolder } from '../../src/plan/files/allowed-folders.ts'
import { kinds } from '../../src/steps/index.ts'

const PLAN = `
plan: shop
title: A shop
hosts: [server]
phases:
  - phase: one
    steps:
      - { step: it, kind: command, script: "true", cannotUndo: it changes nothing, noProof: it changes nothing }
`
const HASH = '$6$Zq3kXkq$made.up.hash'

let folder: string
let home: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reinstate-paths-'))
  home = join(folder, 'home')
  for (const name of ['plans/shop', 'elsewhere/shop', 'allowed/shop']) {
    await mkdir(join(folder, name), { recursive: true })
    await writeFile(join(folder, name, 'plan.yaml'), PLAN)
  }
  await writeFile(join(folder, 'shadow'), `root:${HASH}:20228:0:99999:7::: \n`)
  await writeFile(join(folder, 'plans', 'shadow.yaml'), `root:${HASH}:20228:0:99999:7:::: 1\n`)
  await symlink(join(folder, 'shadow'), join(folder, 'plans', 'link.yaml'))
  await symlink(join(folder, 'elsewhere'), join(folder, 'plans', 'link'))
  allowFolder(home, join(folder, 'allowed', 'shop'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What a worker answers to a plan that is named through Temporal: its title, or the text of the refusal. */
async function resolved(plan: string): Promise<string> {
  const inventory = parseInventory('{ hosts: { server: { local: true } } }', 'inventory.yaml')
  const hosts = openHosts({ inventory, knownHosts: join(folder, 'known_hosts') })
  const { resolvePlan } = planActivities(
    {
      ...{ hosts, kinds, planFolders: [join(folder, 'plans')] },
      signers: openSigners(join(folder, 'allowed_signers')),
      notifier: openNotifier({ file: join(folder, 'notify.yaml'), pageOf: () => undefined }),
      allowedFolders: () => allowedFolders(home),
    },
    stepActivities({ hosts, kinds }),
  )
  const ref = { run: 'shop-1', token: 'token' }
  return await resolvePlan({ plan, ref }).then(
    ({ title }) => title,
    (error: unknown) => (error as Error).message,
  )
}

describe('a plan that is named through Temporal', () => {
  it.each(['shop', 'plans/shop', 'plans/shop/plan.yaml', 'allowed/shop'])('%s is read', async (plan) => {
    expect(await resolved(plan.includes('/') ? join(folder, plan) : plan)).toBe('A shop')
  })

  it.each([
    'shadow',
    'plans/link.yaml',
    'plans/link/shop',
    'elsewhere/shop',
    'plans/../elsewhere/shop',
    'none/there',
  ])('%s is not read, and nothing is said of it › H8', async (plan) => {
    const path = `${folder}/${plan}`
    const text = await resolved(path)
    expect(text).not.toContain(HASH)
    expect(text.replaceAll(path, 'PATH')).toBe(
      (await resolved('/no/such/plan')).replaceAll('/no/such/plan', 'PATH'),
    )
  })

  it.each(['/etc/passwd', '/dev/zero', '/root/.ssh/id_ed25519'])('%s is not read › H8', async (path) => {
    expect((await resolved(path)).replaceAll(path, 'PATH')).toBe(
      (await resolved('/no/such/plan')).replaceAll('/no/such/plan', 'PATH'),
    )
  })

  it('that is none, inside a plan folder › its content is not quoted › H8', async () => {
    expect(await resolved(join(folder, 'plans', 'shadow.yaml'))).not.toContain('made.up')
  })
})
