import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import type { TestHost } from '../../testbed/test-host.ts'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { layShop, pageOfShop, uploadsOf, type ShopFacts } from '../../testbed/shop.ts'
import { inDepth } from '../depth.ts'
import { openServerDesk, type ServerDesk } from '../cli/server-desk.ts'

/** The commands of the tutorial, in its order: what a new user types, and nothing else. */
async function tutorialCommands(): Promise<readonly string[]> {
  const text = await readFile(packageFolder('docs', 'tutorial.md'), 'utf8')
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) =>
    block.split('\n').filter(Boolean),
  )
}

// PostgreSQL is in most other runs, MariaDB in none.
describe.each(inDepth(['postgres', 'mariadb'] as const, ['mariadb']))(
  'a new user with a shop on %s, and only the tutorial',
  (engine) => {
    let desk: ServerDesk
    let folder: string
    let testHost: TestHost
    let facts: ShopFacts
    let before: string
    let commands: readonly string[]
    const said: string[] = []
    beforeAll(async () => {
      desk = await openServerDesk({ name: 'tutorial', inInventory: false })
      ;({ folder, testHost } = desk)
      facts = await layShop(testHost, engine)
      before = await fingerprint(testHost)
      commands = await tutorialCommands()
    })
    afterAll(() => desk.close())

    const type = async (line: string) => {
      expect(line).toMatch(/^reinstate /)
      const ended = await desk.type(line.replace(/^reinstate +/, ''))
      said.push(ended.output)
      return ended
    }
    /** Types the next command, which must begin so; what only this machine knows takes the place of what it shows. */
    let next = 0
    const follow = async (beginning: string, instead: Readonly<Record<string, string>> = {}) => {
      const line = commands[next++] ?? ''
      expect(line.startsWith(`reinstate ${beginning}`), `${line} is next in the tutorial`).toBe(true)
      const known = Object.entries(instead).reduce((text, [shown, own]) => {
        expect(text).toContain(shown)
        return text.replace(shown, own)
      }, line)
      return await type(known)
    }
    const done = expect.objectContaining({ code: 0 }) as unknown
    const live = (volume: string) => uploadsOf(testHost, `/var/lib/docker/volumes/${volume}/_data`)

    it('names the server, gets a plan, checks and previews it; nothing on the server has changed', async () => {
      const here = {
        'root@203.0.113.7:22': `root@127.0.0.1:${testHost.sshPort}`,
        '~/.ssh/id_ed25519': testHost.privateKeyPath,
      }
      // Nobody is there to compare the key: what the tutorial says of that is typed.
      const asked = await follow('init', here)
      expect(asked.code).toBe(4)
      const again = 'reinstate init server --project shop --backup /backup/shop'
      expect(asked.output).toContain(
        `next: reinstate trust server --yes, once it is compared; then: ${again}`,
      )
      expect(await type('reinstate trust server --yes')).toEqual(done)

      // A neighbour is there too: what the tutorial does not leave out has to be said.
      const unsaid = await type('reinstate init server')
      expect(unsaid.code).toBe(2)
      expect(unsaid.output).toMatch(/neighbour .*\n.*shop [\s\S]*next: reinstate init server --project/)

      const found = await type(again)
      expect(found).toEqual(done)
      expect(found.output).toContain(engine === 'postgres' ? 'PostgreSQL 17, at db:' : 'MariaDB 11.8')
      expect(found.output).toContain('note: /etc/cron.d/copy-shop, line 2, names this stack')
      const plan = join(folder, 'plans/shop-restore/plan.yaml')
      const text = await readFile(plan, 'utf8')
      expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(55)
      expect(await type('reinstate init server --project shop --backup /backup/shop')).toMatchObject({
        code: 2,
      })
      expect(await readFile(plan, 'utf8')).toBe(text)
      const json = await type('reinstate init server --project shop --out again --json')
      expect(await type('reinstate check ./again')).toEqual(done)
      expect(json.output).toContain(engine === 'postgres' ? 'POSTGRES_PASSWORD' : 'MARIADB_PASSWORD')

      expect(await follow('check')).toEqual(done)
      // What the tutorial asks to fill in.
      await writeFile(
        plan,
        text.replace(/^ +allow:.*$/m, () => `        bodyContains: '${facts.page.slice(1, -1)}'`),
      )
      expect(await type('reinstate check plans/shop-restore')).toEqual(done)
      const preview = await follow('preview')
      expect(preview).toEqual(done)
      expect(preview.output).toContain('nothing was changed')

      expect(diffFingerprints(before, await fingerprint(testHost))).toEqual([])
      const written = await Promise.all(
        ['plan.yaml', 'restored.compose.yaml', 'restored.compose.guard.yaml'].map((file) =>
          readFile(join(folder, 'plans/shop-restore', file), 'utf8'),
        ),
      )
      expect([...written, ...said].join('\n')).not.toContain(facts.password)
    })

    it('restores beside the live shop, which keeps serving, then cuts over to the orders and uploads of the backup', async () => {
      expect(await follow('run')).toEqual(done)
      let status = await follow('status')
      while (!status.output.includes('--digest')) {
        expect(status.output).not.toMatch(/failed/)
        await wait(1000)
        status = await type('reinstate status shop-1')
      }
      expect(await pageOfShop(testHost)).toBe(facts.brokenPage)
      const [, digest = ''] = /--digest (\S+)/.exec(status.output) ?? []
      expect(await follow('approve', { DIGEST: digest })).toEqual(done)
      expect(await follow('status')).toEqual(done)

      expect(await pageOfShop(testHost)).toBe(facts.page)
      expect(await live('shop-1_uploads')).toBe(facts.uploads)
      const changed = diffFingerprints(before, await fingerprint(testHost))
      // What was in use is at rest now.
      const inScope =
        /shop-1|^changed file \/srv\/shop\/.env: |container shop-|^changed volume shop_(db|uploads): contents in use → contents/
      expect(changed.filter((line) => !inScope.test(line))).toEqual([])
      expect(changed.filter((line) => line.startsWith('changed container shop-')).length).toBe(2)
    })

    it('rolls back: the old shop serves, and the data of the restored one is kept and named', async () => {
      const { code, output } = await follow('rollback')
      expect(code).toBe(0)
      expect(output).toMatch(/shop-1_db/)
      expect(await pageOfShop(testHost)).toBe(facts.brokenPage)
      const left = diffFingerprints(before, await fingerprint(testHost))
      expect(left.filter((line) => !/^new volume shop-1_|reinstate-kept\//.test(line))).toEqual([])
      expect(await follow('dev')).toEqual(done)
      expect(commands.length).toBe(next)
    })
  },
)
