import { chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { everyNth } from '../depth.ts'
import { fillDisk } from '../../testbed/faults.ts'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { layVividwalls, VIVIDWALLS_PORTS } from '../../testbed/vividwalls.ts'
import type { VividwallsFacts } from '../../testbed/vividwalls.ts'
import { readSecrets } from '../../src/plan/files/read-secrets.ts'
import { openStage } from '../../testbed/run-stage.ts'
import { failureOf, statusOf } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { credentialsList, vividwallsInputs } from '../../testbed/vividwalls-inputs.ts'

let stage: Stage
let facts: VividwallsFacts
let good: Record<string, string>
beforeAll(async () => {
  stage = await openStage({
    hosts: '  local: { local: true }',
    ports: VIVIDWALLS_PORTS,
    disk: { at: '/var/lib/docker/volumes', mebibytes: 1200 },
  })
  facts = await layVividwalls(stage.testHost)
})
afterAll(() => stage.close())

interface Case {
  readonly what: string
  /** Inputs that are not as they should be; or what makes the world so, and what puts it right again. */
  readonly inputs?: () => Record<string, string> | Promise<Record<string, string>>
  readonly on?: string
  readonly after?: string
  /** What is wrong, and what to do. */
  readonly says: readonly (RegExp | string)[]
}

/** Changes the list of credentials. Each test begins with a good one. */
const credentials = async (change: (text: string) => string) => {
  const list = credentialsList(stage.folder)
  await writeFile(list, change(facts.masterEnv.replaceAll('$', '\\$')))
  return {}
}
beforeEach(async () => {
  await rm(credentialsList(stage.folder), { force: true })
  good = await vividwallsInputs(stage.folder, facts)
})

const CASES: readonly Case[] = [
  {
    what: 'the blueprint is missing',
    inputs: () => ({ blueprint: 'blueprint-of-next-year' }),
    says: ['blueprint-of-next-year/docker-compose.yml', 'README.md'],
  },
  {
    what: 'the list of credentials is missing',
    inputs: async () => {
      await rm(credentialsList(stage.folder))
      return {}
    },
    says: ['master.env.list'],
  },
  {
    what: 'the list of credentials lacks a key',
    // JWT_SECRET would be found in the old stack; this one is nowhere else.
    inputs: () => credentials((text) => text.replace(/^SMTP_PASSWORD=.*\n/m, '')),
    says: ['SMTP_PASSWORD'],
  },
  {
    what: 'the list of credentials lacks a key, and the old stack has two values for it',
    inputs: () => credentials((text) => text.replace(/^POSTGRES_PASSWORD=.*\n/m, '')),
    says: [/POSTGRES_PASSWORD \(server:\S+\.env, [^)]*server: container vivid_mas-supabase-db-1/],
  },
  {
    what: 'the list of credentials has an empty key',
    inputs: () => credentials((text) => text.replace(/^JWT_SECRET=.*\n/m, 'JWT_SECRET=\n')),
    says: ['JWT_SECRET'],
  },
  {
    what: 'the clean-up manifest is empty',
    inputs: () => ({ cleanup: '' }),
    says: [/cleanup|paths/, /at least 1/],
  },
  { what: 'the clean-up manifest names /', inputs: () => ({ cleanup: '/' }), says: [/cleanup|\//] },
  {
    what: 'the clean-up manifest names a system directory',
    inputs: () => ({ cleanup: '/etc' }),
    says: ['/etc'],
  },
  {
    what: 'the clean-up manifest names a relative path',
    inputs: () => ({ cleanup: 'root/old' }),
    says: ['root/old'],
  },
  {
    what: 'the clean-up manifest names the live directory',
    inputs: () => ({ cleanup: '/root/vivid_mas' }),
    says: ['/root/vivid_mas'],
  },
  {
    what: 'the clean-up manifest names a directory with a backup',
    inputs: () => ({ cleanup: '/backup' }),
    says: ['/backup'],
  },
  {
    what: 'the clean-up manifest names a path that a container of another stack mounts',
    inputs: () => ({ cleanup: facts.legacy.bindMounted }),
    says: ['/root/twenty-crm', 'neighbour_files'],
  },
  {
    what: 'the clean-up manifest names a path that a crontab runs',
    inputs: () => ({ cleanup: facts.legacy.inCrontab }),
    says: ['/home/vivid/vivid_mas', /cron/],
  },
  { what: 'a backup is missing', inputs: () => ({ n8n_backup: '/backup/none' }), says: ['/backup/none'] },
  {
    what: 'a backup is empty',
    on: 'mkdir /backup/empty',
    after: 'rmdir /backup/empty',
    inputs: () => ({ n8n_backup: '/backup/empty' }),
    says: ['/backup/empty'],
  },
  {
    what: 'a backup is of another major version',
    on: 'cp -a /backup/n8n_vol /backup/of_16 && echo 16 > /backup/of_16/PG_VERSION',
    after: 'rm -r /backup/of_16',
    inputs: () => ({ n8n_backup: '/backup/of_16' }),
    says: ['/backup/of_16', 'PostgreSQL 16'],
  },
  {
    what: 'an image is missing',
    inputs: () => ({ postgres_image: 'testbed/postgres:never' }),
    says: ['testbed/postgres:never'],
  },
  {
    what: 'another program uses the port of the check',
    inputs: () => ({ check_https_port: '18081' }),
    says: [/18081 .*neighbour-web-1/],
  },
  {
    what: 'the old project is misspelt',
    inputs: () => ({ old_project: 'vivid_maas' }),
    says: ['vivid_maas', /vivid_mas\b/],
  },
  {
    what: 'others can read the list of credentials',
    inputs: async () => {
      await chmod(credentialsList(stage.folder), 0o644)
      return {}
    },
    says: [/master\.env\.list/, '644', 'chmod'],
  },
  {
    what: 'the live directory is missing',
    inputs: () => ({ live: '/root/vivid_maas' }),
    says: ['/root/vivid_maas'],
  },
  {
    what: 'the build directory is a symbolic link',
    on: 'ln -s /srv /root/vivid_mas_build',
    after: 'rm /root/vivid_mas_build',
    says: ['/root/vivid_mas_build', /link/],
  },
]

/** How the run was refused; one that begins is rolled back, so that the next test finds the test host as it was. */
async function refusalOf(run: WorkflowHandle) {
  for (;;) {
    const { status } = await run.describe()
    if (status.name !== 'RUNNING') return await failureOf(run)
    const { state } = await statusOf(run)
    if (state === 'running' || state === 'waiting-for-decision') {
      await run.cancel()
      const { message } = await failureOf(run)
      return { type: 'it began', message }
    }
    await wait(100)
  }
}

describe('before any change, the restoration of VividWalls is refused if', () => {
  let before: string
  const refused = async ({ inputs, says }: Pick<Case, 'inputs' | 'says'>) => {
    before = await fingerprint(stage.testHost)
    const run = await stage.start('vividwalls-restore', { inputs: { ...good, ...(await inputs?.()) } })
    const { type, message } = await refusalOf(run)
    expect(type).toBe('Refused')
    expect(message).toContain('Nothing was changed.')
    for (const text of says) expect(message).toMatch(text)
    for (const secret of Object.values(facts.secrets)) expect(message).not.toContain(secret)
    expect(diffFingerprints(before, await fingerprint(stage.testHost))).toEqual([])
  }

  // Each takes five seconds; npm test has every fourth.
  it.each(everyNth(4, CASES))('$what', async ({ on, after, ...one }) => {
    if (on !== undefined) await stage.testHost.must(on)
    try {
      await refused(one)
    } finally {
      if (after !== undefined) await stage.testHost.must(after)
    }
  })

  it('the disk is too small for both databases', async () => {
    const filling = await fillDisk(stage.testHost, '/var/lib/docker/volumes', 5)
    try {
      await refused({ says: [/are free at \S+/, /make room/] })
    } finally {
      await stage.testHost.must(`rm ${filling}`)
    }
  })

  it('but is not refused if only the old stack has a missing key: the value is read from its containers', async () => {
    await credentials((text) => text.replace(/^(JWT_SECRET|N8N_ENCRYPTION_KEY)=.*\n/gm, ''))
    const run = await stage.start('vividwalls-restore', { inputs: good })
    const names = Object.keys(facts.secrets).filter((name) => name !== 'LINEAR_API_KEY')
    const read = () => readSecrets(join(stage.folder, 'master.env'), names).catch(() => undefined)
    let secrets = await read()
    for (; secrets === undefined; secrets = await read()) {
      expect((await run.describe()).status.name).toBe('RUNNING')
      await wait(50)
    }
    await run.cancel()
    await failureOf(run)
    for (const name of names) expect(secrets.get(name)?.reveal(), name).toBe(facts.secrets[name])
  })

  it('an input is missing: names and describes it', async () => {
    const { cleanup: _, ...others } = good
    const run = await stage.start('vividwalls-restore', { inputs: others })
    const { type, message } = await failureOf(run)
    expect(type).toBe('Refused')
    expect(message).toMatch(/cleanup[\s\S]*clean-up manifest/)
  })
})
