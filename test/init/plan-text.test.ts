import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseInventory } from '../../src/host/inventory.ts'
import { inventoryText, readAddress } from '../../src/init/inventory-text.ts'
import { overrideText } from '../../src/init/override-text.ts'
import { planText } from '../../src/init/plan-text.ts'
import type { Data, Stack } from '../../src/init/stack.ts'
import { writeFresh } from '../../src/init/write-fresh.ts'
import { checkPlan } from '../../src/plan/load-plan.ts'
import { kinds } from '../../src/steps/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'reinstate-init-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const db: Data = {
  ...{ key: 'db', is: 'volume', live: 'shop_db', from: 'db' },
  mounts: [{ service: 'db', target: '/var/lib/postgresql/data', readOnly: false }],
  database: { engine: 'PostgreSQL', version: '17', image: 'postgres:17', below: '' },
}
const uploads: Data = {
  ...{ key: 'uploads', is: 'directory', live: '/srv/shop/up loads$', from: 'uploads' },
  mounts: [{ service: 'app', target: '/uploads', readOnly: false }],
}
const appService: Stack['services'][number] = {
  ...{
    service: 'app',
    image: 'shop:1',
    status: 'running',
    ports: ['8080 to 80/tcp'],
    variables: ['DATABASE_URL'],
  },
}
const shop: Stack = {
  ...{ host: 'droplet', project: 'shop', name: 'shop', directory: '/srv/shop', kept: [], networks: [] },
  files: ['/srv/shop/compose.yaml'],
  services: [
    appService,
    { service: 'db', image: 'postgres:17', status: 'running', ports: [], variables: ['POSTGRES_PASSWORD'] },
  ],
  data: [db, { ...uploads, live: '/srv/shop/uploads' }],
  backup: { directory: '/backup/shop', there: true },
  schedules: [],
  page: { url: 'http://127.0.0.1:8080/', status: 200 },
  notes: [],
}

const named = { plan: 'shop-restore', override: 'restored.compose.yaml' }
/** As `reinstate check` does. */
async function checked(stack: Stack) {
  const file = join(folder, 'plan.yaml')
  await writeFresh(file, planText(stack, named), '')
  writeFileSync(join(folder, named.override), overrideText(stack))
  const found = checkPlan({ plan: file, folders: [], kinds, inventory: ['droplet'] })
  expect(found.problems).toEqual([])
  return found.plan?.phases.flatMap(({ steps }) => steps) ?? []
}
const override = (stack: Partial<Stack>) =>
  parse(overrideText({ ...shop, ...stack }).replaceAll('!override', '')) as Record<
    string,
    Record<string, unknown>
  >

describe('the plan that init writes', () => {
  it('is well as it stands, has 40 lines at most, and audits, copies, compares and only then cuts over', async () => {
    const steps = await checked(shop)
    expect(steps.map(({ kind }) => kind)).toEqual([
      ...['backup-audit', 'volume-restore', 'postgres-audit'],
      ...['file-write', 'containers-stop', 'compose-up', 'http-probe'],
    ])
    expect(planText(shop, named).trimEnd().split('\n').length).toBeLessThanOrEqual(40)
  })
  it.each<[string, Partial<Stack>]>([
    [
      'MariaDB, below its volume',
      {
        data: [
          { ...db, database: { engine: 'MariaDB', version: '11.8', image: 'mariadb:11', below: 'data' } },
        ],
      },
    ],
    [
      'MySQL',
      { data: [{ ...db, database: { engine: 'MySQL', version: '8.4', image: 'mysql:8', below: '' } }] },
    ],
    [
      'another superuser',
      {
        data: [
          {
            ...db,
            database: {
              engine: 'PostgreSQL',
              version: '17',
              image: 'postgres:17',
              below: '17/docker',
              user: 'shop',
            },
          },
        ],
      },
    ],
    [
      'a manifest beside the backup',
      { backup: { directory: '/backup/shop', there: true, manifest: '/backup/shop/SHA256SUMS' } },
    ],
    ['no data and no page', { data: [], page: undefined as never }],
    ['notes with every odd character', { notes: ['service "a" keeps #1: `x` {y}, 100 % "quoted"'] }],
    ['a page behind a certificate', { page: { url: 'https://127.0.0.1:443/', status: 302 } }],
    ['several Compose files', { files: ['/srv/shop/compose.yaml', '/srv/shop/more.yaml'] }],
    ['folders with capitals and dots', { data: [{ ...db, key: 'DB_Data.1', from: 'DB_Data.1' }] }],
  ])('is well for %s', async (_, other) => {
    expect((await checked({ ...shop, ...other })).length).toBeGreaterThan(2)
  })
})

describe('the Compose file that goes over the stack’s own', () => {
  const NAME = '${{ run.id }}'

  it('names restored volumes as external, and puts fresh directories in place of the old ones', () => {
    expect(override({})).toEqual({
      services: { app: { volumes: [`/srv/shop/uploads-${NAME}:/uploads`] } },
      volumes: { db: { external: true, name: `${NAME}_db` } },
    })
  })
  it('keeps what is not restored, renames containers, and takes images and networks as they are', () => {
    expect(
      override({
        kept: [{ key: 'cache', volume: 'shop_cache' }],
        networks: [{ key: 'default', network: 'front' }],
        services: [{ ...appService, containerName: 'shop', built: true, image: 'shop-app' }],
      }),
    ).toMatchObject({
      services: { app: { container_name: `shop-${NAME}`, image: 'shop-app' } },
      volumes: { cache: { external: true, name: 'shop_cache' } },
      networks: { default: { external: true, name: 'front' } },
    })
  })
  it('writes a $ of a path twice, for Compose would fill it in', () => {
    expect(overrideText({ ...shop, data: [uploads] })).toContain(
      '/srv/shop/up loads$$-${{ run.id }}:/uploads',
    )
  })
})

describe('the inventory that init writes', () => {
  it('is read back as it was said', () => {
    const text = inventoryText({ name: 'droplet', ...readAddress('deploy@203.0.113.7:2222'), key: '/k/id' })
    expect(parseInventory(text, '/x/inventory.yaml').hosts.get('droplet')).toEqual({
      ...{ address: '203.0.113.7', port: 2222, user: 'deploy', become: true, key: '/k/id' },
    })
    expect(readAddress('root@[2001:db8::1]:22')).toEqual({ user: 'root', address: '2001:db8::1', port: 22 })
    expect(readAddress('-oProxyCommand=x')).toBeUndefined()
  })
  it('is never written over one that is there', async () => {
    const file = join(folder, 'inventory.yaml')
    await writeFresh(file, 'theirs', 'next')
    await expect(writeFresh(file, 'mine', 'next')).rejects.toThrow('never overwrites a file')
  })
})
