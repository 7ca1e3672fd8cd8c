import type { WorkflowHandle } from '@temporalio/client'
import { spawn } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { decide, failureOf, openDecision } from '../../testbed/watch-run.ts'
import { inDepth, itInDepth } from '../depth.ts'

const ROOT = '/var/lib/reinstate'
const PASSWORD = 'KeptPassword-4711'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
  await stage.testHost.must(`
mkdir -p /backup/tree; echo restored > /backup/tree/one`)
})
afterAll(() => stage.close())

/** Overwrites a file with a secret, quarantines a directory, and restores a volume. */
const PLAN = (name: string, more = '') => `
plan: ${name}
title: A run that puts things aside
hosts: [server]
stack: ${name}
defaults: { host: server }
phases:
  - phase: one
    steps:
      - { step: file, kind: file-write, path: /srv/${name}/.env, from: new.env, mode: '0600' }
${more === '' ? `      - { step: aside, kind: quarantine, paths: [/srv/${name}/old] }` : ''}
      - { step: tree, kind: volume-restore, from: /backup/tree, volume: ${name}-data }
${more}`
const GATE = `
  - phase: two
    gate: { approvers: anyone, within: 1 hour }
    steps:
      - { step: last, kind: command, script: "true", cannotUndo: it changes nothing, noProof: its exit code is all }
`
async function begun(name: string, more = '') {
  await stage.testHost.must(`
mkdir -p /srv/${name}/old; echo PASSWORD=${PASSWORD} > /srv/${name}/.env; echo ${PASSWORD} > /srv/${name}/old/secret`)
  const plan = await stage.plan(name, PLAN(name, more), { 'new.env': 'PASSWORD=new\n' })
  return await stage.start(plan, { id: name })
}
async function done(name: string) {
  const run = await begun(name)
  expect(await run.result()).toMatchObject({ state: 'done' })
  return run
}
/** Temporal's list of open workflows is about a second late. */
async function closed(run: WorkflowHandle) {
  expect(await failureOf(run)).toMatchObject({ type: 'RolledBack' })
  await wait(2000)
}
async function rolledBack(name: string, between = 'true') {
  const run = await begun(name, GATE)
  const gate = await openDecision(run)
  await stage.testHost.must(between)
  await decide(run, gate, 'reject')
  await closed(run)
  return run
}
/** Receipts of a run that are more than the record of its clean. */
const receipts = async (token: string) =>
  (await stage.testHost.must(`ls ${ROOT}/runs`))
    .split('\n')
    .filter((name) => name.startsWith(`${token}_`) && !name.startsWith(`${token}_run.cleaned_`))
const exists = async (path: string) => (await stage.testHost.exec(`test -e ${path}`)).exitCode === 0
const fileOf = async (name: string) => await stage.testHost.must(`cat /srv/${name}/.env`)
const tokenOf = async (name: string) =>
  (await stage.client.workflow.getHandle(name).describe()).raw.workflowExecutionInfo?.firstRunId ?? ''
const volumes = async () => (await stage.testHost.must('docker volume ls -q')).split('\n')

describe('M9 › clean RUN', () => {
  it('RUN › of a finished run › shows it, asks, and removes what the run put aside, and nothing that serves', async () => {
    await done('named')
    const token = await tokenOf('named')
    const unasked = await stage.cli('clean', 'named')
    expect(unasked.exitCode).toBe(2)
    expect(unasked.stdout).toMatch(/^ {2}server {2}receipts +\d+ commands +[\d.]+ kB$/m)
    expect(unasked.stdout).toMatch(
      /^ {2}server {2}directory +\/srv\/named\/\.reinstate-quarantine\/\S+ +\S+ kB$/m,
    )
    expect(unasked.stdout).toContain('this run can then no longer be rolled back')
    expect(await exists(`${ROOT}/originals/${token}`)).toBe(true)

    const cleaned = await stage.cli('clean', 'named', '--yes')
    expect(cleaned).toMatchObject({ exitCode: 0 })
    expect(await receipts(token)).toEqual([])
    expect(await exists('/srv/named/.reinstate-quarantine')).toBe(false)
    expect((await stage.testHost.exec(`grep -rl ${PASSWORD} ${ROOT} /srv`)).stdout).toBe('')
    expect(await volumes()).toContain('named-data')
    expect(await fileOf('named')).toBe('PASSWORD=new')
    expect((await stage.cli('clean', 'named', '--yes')).stderr).toContain('keeps anything of a run named')
    expect(await stage.testHost.must(`ls ${ROOT}/locks`)).toBe('')

    // Without originals, undos would find nothing to undo and report success.
    const rollback = await stage.cli('rollback', 'named', '--json')
    expect(rollback.exitCode).toBe(1)
    expect(JSON.stringify(rollback)).toContain('was cleaned on server')
    expect(JSON.stringify(rollback)).not.toContain('"state": "rolled-back"')
    expect(await fileOf('named')).toBe('PASSWORD=new')
  })

  itInDepth('RUN › of an open run › is refused', async () => {
    const run = await begun('open', GATE)
    await openDecision(run)
    const { exitCode, stdout } = await stage.cli('clean', 'open', '--yes')
    expect(exitCode).toBe(1)
    expect(stdout).toContain('stays: open is open at')
    expect((await receipts(await tokenOf('open'))).length).toBeGreaterThan(3)
    await run.cancel()
    await failureOf(run)
  })

  itInDepth('RUN › while another holds the lock of the stack › removes nothing', async () => {
    await done('locked')
    await stage.testHost.must(`echo lother_2fdefault_2fabc_20stranger > ${ROOT}/locks/llocked`)
    const { exitCode, stderr } = await stage.cli('clean', 'locked', '--yes')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('stranger')
    expect((await receipts(await tokenOf('locked'))).length).toBeGreaterThan(3)
    await stage.testHost.must(`rm ${ROOT}/locks/llocked`)
  })

  it.each(inDepth([0, 1, 3], []))(
    'RUN › killed %i s after its first change › a rollback is refused, and the next clean finishes',
    async (seconds) => {
      const name = `killed-${seconds}`
      await done(name)
      const token = await tokenOf(name)
      // Each call of docker takes two seconds, so that a kill meets the removal at work.
      await stage.testHost
        .must(`printf '#!/bin/sh\\nsleep 2\\nexec /usr/bin/docker "$@"\\n' > /usr/local/bin/docker
chmod 755 /usr/local/bin/docker`)
      const words = [packageFolder('bin', 'reinstate'), 'clean', name, '--yes']
      const child = spawn(process.execPath, words, { env: stage.environment, stdio: 'ignore' })
      const ended = new Promise((resolve) => child.once('exit', resolve))
      await stage.testHost.must(
        `timeout 60 sh -c 'until test -e ${ROOT}/runs/${token}_run.cleaned_clean_1_begin; do sleep 0.1; done'`,
      )
      await wait(seconds * 1000)
      child.kill('SIGKILL')
      await ended
      await stage.testHost.must('rm /usr/local/bin/docker')
      const rollback = await stage.cli('rollback', name, '--json')
      expect(rollback.exitCode).toBe(1)
      expect(JSON.stringify(rollback)).not.toContain('"state": "rolled-back"')
      expect(await fileOf(name)).toBe('PASSWORD=new')
      expect(await stage.cli('clean', name, '--yes')).toMatchObject({ exitCode: 0 })
      expect(await receipts(token)).toEqual([])
      expect(await exists(`${ROOT}/originals/${token}`)).toBe(false)
      expect(await exists(`/srv/${name}/.reinstate-quarantine`)).toBe(false)
    },
  )

  itInDepth(
    'HOST › by default takes rolled-back runs: the volume that nobody uses, not the one in use',
    async () => {
      const write = (name: string) =>
        `echo late > "$(docker volume inspect -f '{{.Mountpoint}}' ${name}-data)/late"`
      await rolledBack('unused', write('unused'))
      await rolledBack(
        'used',
        `${write('used')}; docker run -d --name uses -v used-data:/x --entrypoint sleep testbed/nginx:1 1000`,
      )
      await done('undoable')
      expect(await volumes()).toEqual(expect.arrayContaining(['unused-data', 'used-data', 'undoable-data']))
      const listed = await stage.cli('clean', 'server', '--json')
      expect(listed.exitCode).toBe(0)
      const runs = JSON.parse(listed.stdout) as { run: string; kept: { what: string; name: string }[] }[]
      expect(runs.find(({ run }) => run === 'unused')?.kept).toContainEqual(
        expect.objectContaining({ what: 'volume', name: 'unused-data' }),
      )
      expect(runs.map(({ run }) => run)).not.toContain('undoable')
      expect(await stage.cli('clean', 'server', '--yes')).toMatchObject({ exitCode: 0 })
      expect(await volumes()).not.toContain('unused-data')
      expect(await volumes()).toEqual(expect.arrayContaining(['used-data', 'undoable-data']))
      expect((await receipts(await tokenOf('undoable'))).length).toBeGreaterThan(3)
      await stage.testHost.must('docker rm -f uses')
    },
  )

  itInDepth('HOST › --older-than › takes a run that could be rolled back only at its age', async () => {
    await done('aged')
    const token = await tokenOf('aged')
    expect((await stage.cli('clean', 'server', '--older-than', '30d', '--yes')).exitCode).toBe(0)
    expect((await receipts(token)).length).toBeGreaterThan(3)
    await stage.testHost.must(`find ${ROOT}/runs/${token}_* -exec touch -d '31 days ago' {} +`)
    const cleaned = await stage.cli('clean', 'server', '--older-than', '30d', '--yes')
    expect(cleaned.stderr).toContain('cleaned aged')
    expect(await receipts(token)).toEqual([])
    expect((await stage.cli('clean', 'server', '--older-than', 'soon')).exitCode).toBe(2)
  })

  itInDepth('RUN › of a rolled-back run › removes kept images and what an undo set aside', async () => {
    const compose = `
  - phase: up
    steps:
      - { step: up, kind: compose-up, project: layers, file: /srv/layers.yml, within: 1 minute }`
    await stage.testHost.must(`cat > /srv/layers.yml <<'END'
services: { web: { image: 'testbed/nginx:1', entrypoint: [sleep, '1000'] } }
END`)
    const run = await begun('layers', compose + GATE)
    const gate = await openDecision(run)
    await stage.testHost.must(`docker exec layers-web-1 sh -c 'echo ${PASSWORD} > /order'
echo LATE=${PASSWORD} > /srv/layers/.env`)
    await decide(run, gate, 'reject')
    await closed(run)
    const images = async () => await stage.testHost.must('docker image ls --format "{{.Repository}}"')
    expect(await images()).toContain('reinstate-kept/')
    expect(await stage.cli('clean', 'layers', '--yes')).toMatchObject({
      exitCode: 0,
      stderr: 'cleaned layers',
    })
    expect(await images()).not.toContain('reinstate-kept/')
    expect((await stage.testHost.exec(`grep -rl LATE=${PASSWORD} ${ROOT} /srv`)).stdout).toBe('')
  })
})
