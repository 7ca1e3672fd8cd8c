import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseInventory } from '../../src/host/inventory.ts'
import { inventoryText, readAddress } from '../../src/init/inventory-text.ts'
import { dayAfterOf, guardText } from '../../src/init/day-after.ts'
import { validatePlan } from '../../src/init/validate-plan.ts'
import { overrideText } from '../../src/init/override-text.ts'
import { planText } from '../../src/init/plan-text.ts'
import type { Data, Stack } from '../../src/init/stack.ts'
import { stackOf, type Survey, type SurveyedContainer } from '../../src/init/survey.ts'
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
  ...{ key: '/srv/shop/up loads$', is: 'directory', live: '/srv/shop/up loads$', from: 'uploads' },
  mounts: [{ service: 'app', target: '/uploads', readOnly: false }],
}
const appService: Stack['services'][number] = {
  ...{
    service: 'app',
    image: 'shop:1',
    status: 'running',
    ports: ['8080 to 80/tcp'],
    variables: ['DATABASE_URL'],
    addresses: { aliases: {}, joins: {} },
  },
}
const shop: Stack = {
  ...{ host: 'server', project: 'shop', name: 'shop', directory: '/srv/shop', kept: [], networks: [] },
  ...{ missing: [], backups: [], configuration: [] },
  files: ['/srv/shop/compose.yaml'],
  services: [
    appService,
    {
      ...appService,
      ...{ service: 'db', image: 'postgres:17', ports: [], variables: ['POSTGRES_PASSWORD'] },
    },
  ],
  places: [],
  data: [db, { ...uploads, key: '/srv/shop/uploads', live: '/srv/shop/uploads' }],
  backup: { directory: '/backup/shop', there: true },
  start: { mayExit: [], failed: [] },
  schedules: [],
  page: { url: 'http://127.0.0.1:8080/', status: 200 },
  notes: [],
}

const named = {
  plan: 'shop-restore',
  override: 'restored.compose.yaml',
  guard: 'restored.compose.guard.yaml',
}
/** Checks the texts as `reinstate check` does; returns the steps. */
async function checked(stack: Stack, plan = named.plan) {
  const file = join(folder, 'plan.yaml')
  await writeFresh(file, planText(stack, { ...named, plan }), '')
  writeFileSync(join(folder, named.override), overrideText(stack))
  writeFileSync(join(folder, named.guard), guardText(stack))
  const found = checkPlan({ plan: file, folders: [], kinds, inventory: ['server'] })
  expect(found.problems).toEqual([])
  return found.plan?.phases.flatMap(({ steps }) => steps) ?? []
}
const override = (stack: Partial<Stack>) =>
  parse(overrideText({ ...shop, ...stack }).replaceAll('!override', '')) as Record<
    string,
    Record<string, unknown>
  >

describe('planText', () => {
  it('passes check, has at most 40 lines, and audits, copies and compares before the cutover', async () => {
    const steps = await checked(shop)
    expect(steps.map(({ kind }) => kind)).toEqual([
      ...['backup-audit', 'volume-restore', 'postgres-audit', 'file-write'],
      ...['containers-stop', 'compose-up', 'http-probe'],
    ])
    expect(planText(shop, named).trimEnd().split('\n').length).toBeLessThanOrEqual(40)
  })
  it.each<[string, Partial<Stack>]>([
    [
      'MariaDB in a subdirectory of its volume',
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
              options: { shared_preload_libraries: 'vectors.so, cron', lower_case_table_names: '1' },
            },
          },
        ],
      },
    ],
    [
      'a manifest beside the backup',
      { backup: { directory: '/backup/shop', there: true, manifest: '/backup/shop/SHA256SUMS' } },
    ],
    [
      'configuration that is missing, and some that differs',
      {
        dayAfter: { command: 'starts', envFile: '/srv/shop/.env', isNew: false },
        configuration: [
          {
            path: '/srv/shop/.env',
            from: 'conf/.env',
            state: 'differs',
            mode: '600',
            variables: [],
            isRestored: true,
          },
          {
            path: '/srv/shop/a/.env',
            from: 'a/.env',
            state: 'missing',
            mode: '644',
            variables: [],
            isRestored: true,
          },
        ],
      },
    ],
    [
      'an anonymous volume, restored or kept',
      {
        data: [{ ...db, key: 'db-data', live: 'a'.repeat(64) }],
        kept: [
          {
            key: 'db-more',
            volume: 'b'.repeat(64),
            mounts: [{ service: 'db', target: '/more', readOnly: false }],
          },
        ],
      },
    ],
    ['no page', { page: undefined as never }],
    ['notes with every odd character', { notes: ['service "a" keeps #1: `x` {y}, 100 % "quoted"'] }],
    ['a page on HTTPS', { page: { url: 'https://127.0.0.1:443/', status: 302 } }],
    ['several Compose files', { files: ['/srv/shop/compose.yaml', '/srv/shop/more.yaml'] }],
    ['folders with capitals and dots', { data: [{ ...db, key: 'DB_Data.1', from: 'DB_Data.1' }] }],
    [
      'folders whose ids are the same',
      {
        data: [
          { ...db, key: 'pg_1', from: 'pg_1' },
          { ...db, key: 'pg-1', from: 'pg-1' },
        ],
      },
    ],
    [
      'a database of which only files are compared',
      { data: [{ ...db, database: { ...db.database, engine: 'MongoDB' } as never }] },
    ],
  ])('passes check for %s', async (_, other) => {
    expect((await checked({ ...shop, ...other })).length).toBeGreaterThan(2)
  })
  it('does not pass check if it restores nothing', () => {
    const texts = new Map([
      ['plan.yaml', planText({ ...shop, data: [] }, named)],
      [named.override, overrideText({ ...shop, data: [] })],
    ])
    expect(() => validatePlan(texts, ['server'])).toThrow(/ R050 /)
  })
})

describe('the name of a plan', () => {
  it.each([
    ['my_shop', 'my-shop'],
    ['a__b', 'a-b'],
    ['7shops', '7shops'],
    ['shop_', 'shop'],
    ['x'.repeat(60), 'x'.repeat(35)],
    [`${'x'.repeat(34)}_shop`, 'x'.repeat(34)],
  ])('passes check and leaves room for a run id: project %s', async (project, name) => {
    const stack = { ...shop, project, name: stackOf({ stack: '', project }) }
    expect(stack.name).toBe(name)
    const plan = `${name}-restore`
    const steps = await checked(stack, plan)
    expect(steps.find(({ kind }) => kind === 'containers-stop')?.fields['projects']).toEqual([project])
    expect(`${plan}-20261121-0755-12`.length).toBeLessThanOrEqual(60)
  })
  it('is refused before anything is written if no plan can hold it', () => {
    const project = 'x'.repeat(70)
    const texts = new Map([
      ['plan.yaml', planText({ ...shop, project }, named)],
      [named.override, overrideText(shop)],
    ])
    expect(() => validatePlan(texts, ['server'])).toThrow(
      /nothing was written\n {2}plan\.yaml:\d+:\d+ bad-project/,
    )
  })
})

describe('planText › the day after', () => {
  const envFile = '/srv/shop/.env'
  it('names the restored project in the env file, before the start, with a guard against other names', async () => {
    const steps = await checked({ ...shop, dayAfter: { command: 'starts', envFile, isNew: true } })
    const [stop, settle, start] = steps.slice(-4)
    expect([stop?.step, settle?.step, start?.step]).toEqual(['stop-old', 'settle', 'start'])
    expect(settle?.fields).toMatchObject({
      ...{ path: envFile, others: 'keep', mode: '0644' },
      values: {
        COMPOSE_FILE: expect.stringMatching(
          /^\/srv\/shop\/compose\.yaml:\/srv\/shop\/restored-(.*)\.yaml:\/srv\/shop\/restored-\1\.guard\.yaml$/,
        ) as unknown,
      },
    })
  })

  it('lets a command with -f fail by an invalid name', async () => {
    const steps = await checked({ ...shop, dayAfter: { command: 'fails', envFile, isNew: false } })
    const { fields } = steps.find(({ step }) => step === 'settle') ?? {}
    expect(fields).toMatchObject({ others: 'keep' })
    expect(JSON.stringify(fields)).toMatch(/"COMPOSE_PROJECT_NAME":"replaced by /)
    expect(JSON.stringify(fields)).not.toContain('COMPOSE_FILE')
  })

  const container = {
    directory: '/srv/shop',
    environmentFile: '',
    project: 'shop',
    stack: '',
  } as SurveyedContainer
  const dayAfter = (files: readonly string[], more: object = {}, others: readonly object[] = []) =>
    dayAfterOf({
      ...{
        first: container,
        name: 'shop',
        directory: '/srv/shop',
        files,
        envFile: 'file',
        namesFiles: false,
        configuration: [],
      },
      found: { containers: [container, ...others] } as unknown as Survey,
      ...more,
    })
  it.each<[string, unknown, string]>([
    ['compose.yaml', dayAfter(['/srv/shop/compose.yaml']), 'starts'],
    [
      'its override',
      dayAfter(['/srv/shop/docker-compose.yml', '/srv/shop/docker-compose.override.yml']),
      'starts',
    ],
    ['another file', dayAfter(['/srv/shop/stack.yml']), 'fails'],
    ['another file that .env names', dayAfter(['/srv/shop/stack.yml'], { namesFiles: true }), 'starts'],
    ['a second file', dayAfter(['/srv/shop/compose.yaml', '/srv/shop/prod.yaml']), 'fails'],
    ['another project directory', dayAfter(['/srv/shop/deploy/compose.yaml']), 'fails'],
  ])('with %s', (_, found, command) => {
    expect(found).toMatchObject({ command })
  })

  it.each<[string, unknown]>([
    ['is a link', dayAfter(['/srv/shop/compose.yaml'], { envFile: 'other' })],
    [
      'is of another stack too',
      dayAfter(['/srv/shop/compose.yaml'], {}, [{ ...container, project: 'blog' }]),
    ],
  ])('is left where the env file %s', (_, found) => {
    expect(found).toEqual(expect.any(String))
  })
})

describe('overrideText', () => {
  const NAME = '${{ run.id }}'
  const labels = { 'reinstate.stack': 'shop' }

  it('declares restored volumes as external, and mounts fresh directories', () => {
    expect(override({})).toEqual({
      services: {
        app: { labels, volumes: [`/srv/shop/uploads-${NAME}:/uploads`] },
        db: { labels },
      },
      volumes: { db: { external: true, name: `${NAME}_db` } },
    })
  })
  it('keeps what is not restored, renames containers, and keeps images and networks', () => {
    expect(
      override({
        kept: [{ key: 'cache', volume: 'shop_cache' }],
        networks: [{ key: 'default', network: 'front' }],
        services: [{ ...appService, containerName: 'shop', runs: 'shop-app' }],
      }),
    ).toMatchObject({
      services: { app: { container_name: `shop-${NAME}`, image: 'shop-app' } },
      volumes: { cache: { external: true, name: 'shop_cache' } },
      networks: { default: { external: true, name: 'front' } },
    })
  })
  it('keeps the addresses, replicas and joined namespaces of services', () => {
    const app = {
      ...appService,
      replicas: { count: 3, field: 'scale' },
      addresses: {
        aliases: { default: ['shop-app-1'], proxy: ['shop-app-1'] },
        joins: { network_mode: 'service:vpn' },
        volumesFrom: ['db:ro'],
      },
    } as const
    expect(override({ services: [app] })['services']).toMatchObject({
      app: {
        scale: 3,
        networks: { default: { aliases: ['shop-app-1'] }, proxy: { aliases: ['shop-app-1'] } },
        network_mode: 'service:vpn',
        volumes_from: ['db:ro'],
      },
    })
    const scaled = { ...appService, replicas: { count: 2, field: 'replicas' } } as const
    expect(override({ services: [scaled] })['services']).toMatchObject({ app: { deploy: { replicas: 2 } } })
  })
  it('mounts a subdirectory of a restored directory from the fresh one', () => {
    const inner = { service: 'db', target: '/public', readOnly: true, below: 'public' }
    const [, directory = uploads] = shop.data
    expect(
      override({ data: [{ ...directory, mounts: [...directory.mounts, inner] }] })['services'],
    ).toMatchObject({ db: { volumes: [`/srv/shop/uploads-${NAME}/public:/public:ro`] } })
  })
  it('declares every key of a volume', () => {
    expect(override({ data: [{ ...db, also: ['copy'] }] })['volumes']).toEqual({
      db: { external: true, name: `${NAME}_db` },
      copy: { external: true, name: `${NAME}_db` },
    })
  })
  it('doubles $ in paths, which Compose would expand', () => {
    expect(overrideText({ ...shop, data: [uploads] })).toContain(
      '/srv/shop/up loads$$-${{ run.id }}:/uploads',
    )
  })
})

describe('inventoryText', () => {
  it('is parsed back to the same host', () => {
    const read = readAddress('deploy@198.51.100.7:2222')
    if ('problem' in read) throw new Error(read.problem)
    const text = inventoryText({ name: 'server', ...read, key: '/k/id' })
    expect(parseInventory(text, '/x/inventory.yaml').hosts.get('server')).toEqual({
      ...{ address: '198.51.100.7', port: 2222, user: 'deploy', become: true, key: '/k/id' },
    })
    expect(readAddress('root@[2001:db8::1]:22')).toEqual({ user: 'root', address: '2001:db8::1', port: 22 })
  })
  it.each([
    ['-oProxyCommand=x', 'is not user@address:port'],
    ['root@10.1.2.3:99999', 'has the port 99999'],
    ['root@10.1.2.3:0', 'has the port 0'],
    ['root@203.0.113.7:22', 'is an example address'],
  ])('refuses the address %s', (address, problem) => {
    expect(readAddress(address)).toEqual({ problem: expect.stringContaining(problem) as unknown })
  })
  it('is never written over an existing file', async () => {
    const file = join(folder, 'inventory.yaml')
    await writeFresh(file, 'theirs', 'next')
    await expect(writeFresh(file, 'mine', 'next')).rejects.toThrow('never overwrites a file')
    await expect(writeFresh(join(file, 'x', 'plan.yaml'), 'mine', 'next')).rejects.toThrow(
      /plan\.yaml cannot be written: ENOTDIR: not a directory; choose another path$/,
    )
    await expect(writeFresh(join(file, 'plan.yaml'), 'mine', 'next')).rejects.toThrow(
      /plan\.yaml cannot be written: EEXIST: file already exists; choose another path$/,
    )
  })
})
