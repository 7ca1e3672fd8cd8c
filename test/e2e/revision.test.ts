import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { decide, openDecision } from '../../testbed/watch-run.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const PLAN = `
plan: shop
title: Two phases behind gates
hosts: [server]
stack: shop
phases:
${['first', 'second']
  .map(
    (phase) => `
  - phase: ${phase}
    gate: { approvers: anyone, within: 1 hour }
    steps:
      - { step: in-${phase}, kind: command, script: touch /srv/${phase}, undo: rm -f /srv/${phase}, verify: test -e /srv/${phase} }`,
  )
  .join('')}
`
const CHANGED = 'The files of the plan have changed'

/** Makes the folder a work tree with one commit. Returns the commit. */
function commitAll(folder: string): string {
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=Dana', '-c', 'user.email=dana@example.org', ...words], {
      cwd: folder,
      encoding: 'utf8',
    }).trim()
  git('init', '--quiet')
  git('add', '.')
  git('commit', '--quiet', '--message', 'A plan')
  return git('rev-parse', 'HEAD')
}

it('a run shows which revision it runs on each of its surfaces, and a later gate that another worker reads another one', async () => {
  const path = await stage.plan('shop', PLAN)
  const commit = commitAll(dirname(path))
  const run = await stage.start('shop', { id: 'shop-1' })
  const first = await openDecision(run)
  expect(first.shows.join('\n')).not.toContain(CHANGED)

  const { stdout } = await stage.cli('status', 'shop-1', '--json')
  const { revision } = (JSON.parse(stdout) as { status: { revision: Record<string, unknown> } }).status
  expect(revision).toEqual({
    ...{ of: 'shop', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown, commit },
    worker: expect.stringMatching(/^\d+@/) as unknown,
  })
  const text = `sum ${String(revision['sha256']).slice(0, 12)}, commit ${commit.slice(0, 12)}, read by worker ${String(revision['worker'])}`
  expect((await stage.cli('status', 'shop-1')).stdout).toContain(`revision ${text}`)
  expect((await stage.cli('show', 'shop-1')).stdout).toContain(`revision ${text}`)
  expect((await stage.cli('report', 'shop-1')).stdout).toContain(text)
  const details = await run.query<{ currentDetails?: string }>('__temporal_workflow_metadata')
  expect(details.currentDetails).toContain(`Plan: ${text}`)

  // The next gate is inspected by another worker, and somebody has edited the plan in its folder.
  await writeFile(path, `${PLAN}# edited\n`)
  await stage.worker.kill('SIGTERM')
  await stage.worker.start()
  await decide(run, first, 'approve')
  await expect.poll(async () => (await openDecision(run)).decision, { timeout: 30_000 }).toBe('gate/second')
  const second = await openDecision(run)
  const shown = second.shows.join('\n')
  expect(shown).toContain(CHANGED)
  expect(shown).toContain(text)
  expect(shown).toMatch(
    new RegExp(`sum [0-9a-f]{12}, commit ${commit.slice(0, 12)} with changes, read by worker \\d+@`),
  )
  expect(shown.match(/worker \d+@/g)?.[0]).not.toBe(shown.match(/worker \d+@/g)?.[1])

  // The approval covers what was shown, and the run goes on with its own plan.
  await decide(run, second, 'approve')
  expect(await run.result()).toMatchObject({ state: 'done' })
  expect((await stage.cli('show', 'shop-1')).stdout).toContain(`revision ${text}`)
}, 120_000)
