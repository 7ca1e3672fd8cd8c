import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { flipByteInBackup } from '../../testbed/vividwalls-backup.ts'
import { containersNamed } from '../../testbed/vividwalls-facts.ts'
import { accountFor } from '../../testbed/vividwalls-accounts.ts'
import { writingClient } from '../../testbed/vividwalls-client.ts'
import type { Acknowledged } from '../../testbed/vividwalls-client.ts'
import { visit } from '../../testbed/vividwalls-visit.ts'
import { layVividwalls, neighboursAreUntouched, VIVIDWALLS_PORTS } from '../../testbed/vividwalls.ts'
import type { VividwallsFacts } from '../../testbed/vividwalls.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Preview } from '../../src/workflows/previews.ts'
import { decide, failureOf, openDecision, statusOf } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { credentialsList, vividwallsInputs } from '../../testbed/vividwalls-inputs.ts'
import { itInDepth } from '../depth.ts'

const RUN = 'vividwalls'

let stage: Stage
let facts: VividwallsFacts
let before: string
const acknowledged: Acknowledged[] = []
beforeAll(async () => {
  stage = await openStage({ hosts: '  local: { local: true }', ports: VIVIDWALLS_PORTS })
  facts = await layVividwalls(stage.testHost)
  before = await fingerprint(stage.testHost)
})
afterAll(() => stage.close())

const get = async (host: string, path: string) =>
  (await visit(stage.testHost, `https://${host}.${facts.domain}${path}`)).text
/** Running ones. */
const idsOf = async (project: string) =>
  (
    await stage.testHost.must(
      `docker ps -q --no-trunc --filter label=com.docker.compose.project=${project} | sort`,
    )
  ).trim()
const places = () => ({
  old: { volume: facts.old.volumes.n8n, of: 'n8n' as const },
  new: { volume: `vividwalls_n8n_db_${RUN}`, of: 'n8n' as const },
})

describe(
  'VividWalls, broken, with its backups, two neighbours and a client that writes all the time',
  { timeout: 600_000 },
  () => {
    let oldIds: string

    itInDepth(
      'is previewed step by step, with steps that are blocked on earlier ones; nothing is changed',
      async () => {
        const inputs = Object.entries(await vividwallsInputs(stage.folder, facts))
        const words = inputs.flatMap(([name, value]) => ['--input', `${name}=${value}`])
        const { stdout, exitCode } = await stage.cli('preview', 'vividwalls-restore', ...words)
        expect(exitCode, stdout).toBe(0)
        const { steps } = JSON.parse(
          (await stage.cli('preview', 'vividwalls-restore', ...words, '--json')).stdout,
        ) as Preview
        expect(steps.filter(({ blocked, after }) => blocked !== undefined && after === undefined)).toEqual([])
        expect(stdout).toMatch(/its newest file is .* old; the audit compares each file with its checksum/)
        expect(stdout).toMatch(/copies \d+ files, [\d.]+ MB, from \/backup\/n8n_vol/)
        expect(stdout).toMatch(
          /inspected after directories: it needs the directory of \S+\/Caddyfile\n +new file \S+\/Caddyfile, \d+ bytes, mode 644/,
        )
        expect(stdout).toMatch(/moves \/root\/vivid_mas_old to .*\n +\/root\/never-was-there does not exist/)
        expect(stdout).toMatch(/downtime of about \d+ s, from old-stack-stopped to live-answers/)
        expect(stdout).toContain('In names, preview stands for the run id.')
        for (const secret of Object.values(facts.secrets)) expect(stdout).not.toContain(secret)
        expect(diffFingerprints(before, await fingerprint(stage.testHost))).toEqual([])
      },
    )

    it('stops before any change if one byte of the backup differs, and names the file', async () => {
      const flipped = await flipByteInBackup(stage.testHost, facts)
      const inputs = {
        ...(await vividwallsInputs(stage.folder, facts)),
        n8n_backup: `${flipped.folder}/n8n_vol`,
      }
      const untouched = await fingerprint(stage.testHost)
      const run = await stage.start('vividwalls-restore', { id: 'flipped', inputs })
      const decision = await openDecision(run, 120)
      expect(decision.step).toBe('n8n-backup')
      expect(decision.shows.join('\n')).toContain(facts.ordersFile)
      await decide(run, decision, 'rollback')
      expect((await failureOf(run)).type).toBe('RolledBack')
      expect(diffFingerprints(untouched, await fingerprint(stage.testHost))).toEqual([])
      await stage.testHost.must(`rm -r ${flipped.folder}`)
    })

    itInDepth('stops before the copy if the key does not decrypt the credentials in the backup', async () => {
      const inputs = await vividwallsInputs(stage.folder, facts)
      const list = credentialsList(stage.folder)
      const listed = await readFile(list, 'utf8')
      await writeFile(
        list,
        listed.replace(/^N8N_ENCRYPTION_KEY=.*$/m, 'N8N_ENCRYPTION_KEY=of-an-older-time'),
        {
          mode: 0o600,
        },
      )
      const untouched = await fingerprint(stage.testHost)
      const run = await stage.start('vividwalls-restore', {
        id: 'wrong-key',
        inputs,
      })
      const decision = await openDecision(run, 120)
      expect(decision.step).toBe('n8n-key')
      expect(decision.shows.join('\n')).toContain('0 of 6 encrypted texts')
      expect(decision.shows.join('\n')).not.toContain('of-an-older-time')
      await writeFile(list, listed)
      await decide(run, decision, 'rollback')
      expect((await failureOf(run)).type).toBe('RolledBack')
      expect(diffFingerprints(untouched, await fingerprint(stage.testHost))).toEqual([])
    })

    it('is restored, cut over and cleaned up; other stacks are unchanged, and no acknowledged row is lost', async () => {
      oldIds = await idsOf(facts.old.project)
      const client = writingClient(stage.testHost, `https://n8n.${facts.domain}/webhook/orders`)
      const run = await stage.start('vividwalls-restore', {
        id: RUN,
        inputs: await vividwallsInputs(stage.folder, facts),
      })
      const cutover = await openDecision(run, 300)
      expect(cutover.decision).toBe('gate/cutover')
      expect(await idsOf(facts.old.project)).toBe(oldIds)
      const gate = cutover.shows.join('\n')
      expect(gate).toMatch(/n8n-backup \(proven\): manifested: .* old; not proven: /)
      expect(gate).toMatch(/supabase-backup \(observed\): self-consistent: .* old; not proven: /)
      expect(gate).toMatch(/downtime: about \d/)
      // What the old stack's file would make says nothing about the new one's.
      expect(gate).toContain('inspected after promote: it needs ')
      expect(gate).not.toContain('empty volume')
      await decide(run, cutover, 'approve')
      await expect.poll(async () => (await openDecision(run, 300)).kind, { timeout: 300_000 }).toBe('attest')
      expect(await neighboursAreUntouched(stage.testHost, facts)).toBe(true)
      // A machine that starts anew starts the new stack, and not the old one.
      await stage.testHost.restart()
      facts = { ...facts, neighbours: await containersNamed(stage.testHost, 'neighbour') }
      await expect.poll(() => get('n8n', '/healthz').catch(() => ''), { timeout: 120_000 }).toContain('ok')
      expect(await idsOf(facts.old.project)).toBe('')
      const { downtime } = await statusOf(run)
      expect(downtime?.seconds).toBeGreaterThan(0)
      await decide(run, await openDecision(run), 'approve')
      const cleanup = await openDecision(run, 300)
      expect(cleanup.decision).toBe('gate/cleanup')
      await decide(run, cleanup, 'approve')
      expect(await run.result()).toMatchObject({ state: 'done' })
      const writes = await client.stop()
      acknowledged.push(...writes.acknowledged)

      expect(await get('supabase', '/rest/v1/summary')).toBe(facts.supabase.summary)
      expect(await get('n8n', '/rest/credentials')).toBe(facts.n8n.credentials)
      expect(JSON.parse(await get('n8n', '/rest/workflows'))).toMatchObject({
        workflows: facts.n8n.workflows,
      })
      expect(acknowledged.some(({ stack }) => stack === RUN)).toBe(true)
      expect(acknowledged.some(({ stack }) => stack !== RUN)).toBe(true)
      expect((await accountFor(stage.testHost, acknowledged, places())).lost).toEqual([])
      expect(await neighboursAreUntouched(stage.testHost, facts)).toBe(true)
      expect(await stage.testHost.must('stat -c %a / /root/vivid_mas/.env')).toBe('755\n600')
      expect(await stage.testHost.must(`ls -d ${facts.legacy.free} 2>&1 || true`)).toContain('No such file')
      expect(await stage.testHost.must(`ls -d /root/vivid_mas_DEPRECATED_${RUN}`)).not.toBe('')
    })

    it('is rolled back: the old stack serves its rows from the same containers, and every row is accounted for', async () => {
      const { exitCode, stdout, stderr } = await stage.cli('rollback', RUN, '--reason', 'a test')
      expect(exitCode).toBe(0)
      expect(await idsOf(facts.old.project)).toBe(oldIds)
      await expect
        .poll(() => get('n8n', '/rest/credentials').catch(() => ''), { timeout: 30_000 })
        .toBe(facts.broken.n8n.credentials)
      const { found, lost } = await accountFor(stage.testHost, acknowledged, places())
      expect(lost).toEqual([])
      expect(found['new']?.length).toBeGreaterThan(0)
      // Where the rows are that only the new stack has is said.
      expect(stdout + stderr).toContain(`vividwalls_n8n_db_${RUN}`)
      const differences = diffFingerprints(before, await fingerprint(stage.testHost))
      // Volumes that were served, and the saved original of a container's own layer, stay and are named. The reboot may have
      // given the test host another address, which its engine writes into /etc/hosts.
      expect(differences.filter((line) => !/volume|reinstate-kept\/|file \/etc\/hosts:/.test(line))).toEqual(
        [],
      )
      expect(await neighboursAreUntouched(stage.testHost, facts)).toBe(true)
    })
  },
)
