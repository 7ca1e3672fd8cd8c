import { existsSync } from 'node:fs'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common'
import { execa } from 'execa'
import { packageFolder } from '../../src/config.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { decide, openDecision } from '../../testbed/watch-run.ts'
import { SEARCH_ATTRIBUTES, TASK_QUEUE_OF_0_1 } from '../../src/workflows/messages.ts'
import { endOf } from './temporal-stranger.ts'

// What lies on a host is data: broken, it stands in nobody's way; forged, it is obeyed on that host at most.

const ROOT = '/var/lib/reinstate'

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ quiet: true, hosts: '  here: { local: true }' })
})
afterAll(() => stage.close())

/** A run on both hosts that is stopped after its changes, with nothing of it open any more. */
async function stoppedOnBoth(id: string): Promise<{ readonly token: string; readonly atHere: string }> {
  const atHere = join(stage.folder, `${id}-at-here`)
  const made = (step: string, host: string, path: string) => `
      - { step: ${step}, kind: command, host: ${host}, script: touch ${path}, undo: rm -f ${path}, verify: test -e ${path} }`
  const path = await stage.plan(
    id,
    `
plan: ${id}
title: A run on two hosts
hosts: [server, here]
stack: ${id}
phases:
  - phase: one
    steps:${made('on-server', 'server', `/srv/${id}`)}${made('on-here', 'here', atHere)}
  - phase: two
    gate: { approvers: anyone, within: 1 hour }
    steps:
      - { step: last, kind: command, host: here, script: "true", cannotUndo: it changes nothing, noProof: nothing }
`,
  )
  const run = await stage.start(path, { id })
  const { runId } = (await run.describe()) as { readonly runId: string }
  await decide(run, await openDecision(run), 'stop')
  await run.result().catch(() => undefined)
  for (const host of ['server', 'here'])
    expect(await endOf(stage.client.workflow.getHandle(`lock/${host}/${id}`), 20)).toBe('COMPLETED')
  return { token: runId, atHere }
}
/** A command that hangs is as bad as one that fails: then its exit code is undefined. */
const cli = async (...words: readonly string[]) =>
  await execa(process.execPath, [packageFolder('bin', 'reinstate'), ...words], {
    env: stage.environment,
    ...{ reject: false, stdin: 'ignore', timeout: 30_000, forceKillAfterDelay: 1000 },
  })
const rollback = async (run: string) => await cli('rollback', run, '--from-host', 'server', '--yes')
const exists = async (path: string) => (await stage.testHost.exec(`test -e ${path}`)).exitCode === 0

describe('what lies broken on a host', () => {
  const broken = `${ROOT}/runs/99999999-1111-4222-8333-444444444444_run.noted_note_1_note-00000000`
  const layNote = async (json: string) =>
    await stage.testHost.must(`mkdir -p ${broken}; cat > ${broken}/journal.json`, { stdin: json })

  it.each([
    ['no JSON', '{ broken }'],
    ['JSON that nests 20,000 deep', `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    ['other JSON', '{"ref":5,"plan":[]}'],
  ])('M10 › a note that holds %s › other runs are listed and rolled back', async (what, json) => {
    const id = `m10-${what
      .replaceAll(/[^a-zJSON]/g, '')
      .toLowerCase()
      .slice(0, 12)}`
    await stoppedOnBoth(id)
    await layNote(json)
    const listed = await cli('rollback', '--from-host', 'server')
    expect.soft(listed.exitCode).toBe(0)
    expect.soft(listed.stdout).toContain(id)
    await rollback(id)
    expect.soft(await exists(`/srv/${id}`)).toBe(false)
    await stage.testHost.must(`rm -rf ${broken}`)
  })

  it('M10 › an entry of another run that is no JSON › the listing still shows both', async () => {
    const { token } = await stoppedOnBoth('m10-entry')
    await stoppedOnBoth('m10-beside')
    await stage.testHost.must(`echo '{ broken' > ${ROOT}/runs/${token}_one_on-server_1_script/journal.json`)
    const { exitCode, stdout } = await cli('rollback', '--from-host', 'server')
    expect.soft(exitCode).toBe(0)
    expect.soft(stdout).toContain('m10-beside')
    await rollback('m10-beside')
    expect(await exists('/srv/m10-beside')).toBe(false)
  })

  it.each([
    ['name', 'l_ff', 'lsomebody'],
    ['holder', 'lodd', 'l_ff'],
  ])('M10 › a lock whose %s cannot be read › others are shown and removed', async (_, name, holder) => {
    await stage.testHost.must(`
echo ${holder} > ${ROOT}/locks/${name}
echo lother_2fdefault_2fabc_20stranger > ${ROOT}/locks/lgood`)
    const removed = await cli('unlock', 'server', 'good', '--force', '--reason', 'its disk is gone')
    expect.soft(removed.exitCode).toBe(0)
    expect.soft(await exists(`${ROOT}/locks/lgood`)).toBe(false)
    expect.soft((await cli('rollback', '--from-host', 'server')).exitCode).toBe(0)
    await stage.testHost.must(`rm -f ${ROOT}/locks/*`)
  })
})

interface Entry {
  readonly step: { readonly fields: Readonly<Record<string, unknown>> }
}

describe('a journal that a host has forged', () => {
  const localRuns = () => join(stage.folder, 'local', 'runs')
  const entryOnHere = async (token: string) => {
    const name = (await readdir(localRuns())).find((one) => one.startsWith(`${token}_one_on-here_1`))
    return JSON.parse(await readFile(join(localRuns(), name ?? '', 'journal.json'), 'utf8')) as Entry
  }
  const withFields = (entry: Entry, fields: object) =>
    JSON.stringify({ ...entry, step: { ...entry.step, fields: { ...entry.step.fields, ...fields } } })

  it('C4 › an entry for another host › is not carried out there', async () => {
    const { token, atHere } = await stoppedOnBoth('c4-other')
    const pwned = join(stage.folder, 'pwned-by-server')
    const forged = withFields(await entryOnHere(token), { undo: `id > ${pwned}` })
    const receipt = `${ROOT}/runs/${token}_one_on-here_1_script`
    await stage.testHost.must(
      `
mkdir ${receipt}
cat > ${receipt}/journal.json
cp -a ${ROOT}/runs/${token}_one_on-server_1_script/owner.* ${receipt}/
touch ${receipt}/out ${receipt}/err ${receipt}/exit.0
touch -d 2020-01-01 ${receipt}/started`,
      { stdin: forged },
    )
    const { exitCode } = await rollback('c4-other')
    expect.soft(existsSync(pwned)).toBe(false)
    // Either what the other host itself knows was undone, or the rollback was refused as a whole.
    expect(exitCode === 0 ? existsSync(atHere) : false).toBe(false)
  })

  it('C4 › a note that names a file of the operator as secrets › gets none of its values', async () => {
    const { token } = await stoppedOnBoth('c4-secrets')
    const file = join(stage.folder, 'app.secrets')
    await writeFile(file, 'DB_PASSWORD=Sup3rS3cret-Production-Pw\n', { mode: 0o600 })
    const find = `ls -d ${ROOT}/runs/${token}_run.noted_*/journal.json`
    const note = JSON.parse(await stage.testHost.must(`cat $(${find})`)) as { readonly plan: object }
    const secrets = { file, require: ['DB_PASSWORD'] }
    await stage.testHost.must(`cat > $(${find})`, {
      stdin: JSON.stringify({ ...note, plan: { ...note.plan, secrets } }),
    })
    const entry = `${ROOT}/runs/${token}_one_on-server_1_script/journal.json`
    const honest = JSON.parse(await stage.testHost.must(`cat ${entry}`)) as Entry
    const steals = {
      environment: { P: '${{ secrets.DB_PASSWORD }}' },
      undo: 'printf %s "$P" > /root/exfil',
    }
    await stage.testHost.must(`cat > ${entry}`, { stdin: withFields(honest, steals) })
    await rollback('c4-secrets')
    expect(await stage.testHost.must('cat /root/exfil 2>/dev/null || true')).not.toContain('Sup3rS3cret')
  })
})

describe('what version 0.1 has left', () => {
  /** A workflow that waits, for ever here, for a worker of 0.1. */
  const ofVersion01 = async (type: string, workflowId: string, run: string) =>
    await stage.client.workflow.start(type, {
      ...{ workflowId, taskQueue: TASK_QUEUE_OF_0_1, args: [{}], memo: { run, token: TOKEN } },
      typedSearchAttributes: new TypedSearchAttributes([
        { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.run, 'KEYWORD'), value: run },
      ]),
    })
  const TOKEN = '01010101-1111-4222-8333-444444444444'
  const WITH_0_1 = /version 0\.1/

  it('0.1 › an open run › each command that would act on it names version 0.1, and sends it nothing', async () => {
    const old = await ofVersion01('runPlan', 'old-run', 'old-run')
    const before = (await old.describe()).historyLength
    for (const words of [['status'], ['show'], ['report'], ['approve'], ['cancel'], ['rollback', '--yes']]) {
      const [command = '', ...options] = words
      const { exitCode, stdout, stderr } = await cli(command, 'old-run', ...options)
      expect.soft(`${command}: ${stdout}${stderr}`).toMatch(WITH_0_1)
      expect.soft(exitCode).toBe(2)
    }
    expect((await old.describe()).historyLength).toBe(before)
    await old.terminate()
  })

  it('0.1 › a closed run › a rollback names version 0.1', async () => {
    const { exitCode, stdout, stderr } = await cli('rollback', 'old-run', '--yes')
    expect(stdout + stderr).toMatch(WITH_0_1)
    expect(exitCode).toBe(2)
  })

  it('0.1 › an open lock › a run waits for it, and says that version 0.1 ends it', async () => {
    const lock = await ofVersion01('holdLock', 'lock/server/of-old', 'old-holder')
    const plan = `
plan: of-old
title: A run whose stack version 0.1 has locked
hosts: [server]
stack: of-old
phases:
  - phase: one
    steps:
      - { step: it, kind: command, script: "true", cannotUndo: it changes nothing, noProof: nothing }
`
    const run = await stage.start(await stage.plan('of-old', plan), { id: 'of-old' })
    const waitsFor = async () => (await run.query<{ readonly detail?: string }>('status')).detail ?? ''
    await expect
      .poll(waitsFor, { timeout: 20_000 })
      .toMatch(/^for old-holder of version 0\.1, which holds of-old on server\. .* with version 0\.1$/)
    await lock.terminate()
    expect(await endOf(run, 20)).toBe('COMPLETED')
  })

  it('0.1 › a note and a journal on a host › a rollback names version 0.1, and undoes nothing', async () => {
    const receipt = async (name: string, json: object) =>
      await stage.testHost.must(
        `mkdir -p ${ROOT}/runs/${TOKEN}_${name}; cat > ${ROOT}/runs/${TOKEN}_${name}/journal.json`,
        { stdin: JSON.stringify(json) },
      )
    await receipt('run.noted_note_1_note-00000000', {
      ref: { run: 'old-noted', token: TOKEN },
      plan: { plan: 'old', title: 'Of version 0.1', stack: 'old', hosts: ['server'] },
      phases: [{ phase: 'one', title: 'One', needs: [], steps: [{ step: 'it', needs: [] }] }],
    })
    const step = {
      ...{ step: 'it', title: 'it', kind: 'command', host: 'server', needs: [] },
      fields: { script: 'true', undo: 'touch /srv/undone-of-0.1', verify: 'true' },
      ...{ timeoutSeconds: 60, tries: 1, backoffSeconds: 1, mayRepeat: false },
    }
    await receipt('one_it_1_script', { phase: 'one', step, seen: null, outputs: {} })
    await stage.testHost.must(`touch ${ROOT}/runs/${TOKEN}_one_it_1_script/exit.0`)
    const { exitCode, stdout, stderr } = await rollback('old-noted')
    expect.soft(stdout + stderr).toMatch(WITH_0_1)
    expect.soft(exitCode).not.toBe(0)
    expect(await exists('/srv/undone-of-0.1')).toBe(false)
    await stage.testHost.must(`rm -rf ${ROOT}/runs/${TOKEN}_*`)
  })
})
