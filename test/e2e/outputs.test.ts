import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStage } from '../../testbed/run-stage.ts'
import { until } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const COMPOSE = `
services:
  first: { image: testbed/nginx:1 }
  second: { image: testbed/nginx:1 }
`

const PLAN = `
plan: outputs
title: A later step reads what earlier steps give
hosts: [server]
phases:
  - phase: make
    steps:
      - { step: write, kind: file-write, path: /srv/app/compose.yml, from: app.yml }
      - { step: copy, kind: file-copy, from: /backup/tree, to: /srv/app/tree, into: existing }
      - { step: up, kind: compose-up, file: /srv/app/compose.yml, project: app, pull: never, needs: [write] }
  - phase: use
    steps:
      - step: note
        kind: command
        environment:
          SUM: \${{ steps.write.outputs.sha256 }}
          TREE: \${{ steps.copy.outputs.path }}
          CONTAINERS: \${{ steps.up.outputs.containers }}
        script: printf '%s\\n' "$SUM" "$TREE" "$CONTAINERS" > /srv/noted
        undo: rm -f /srv/noted
        verify: test -s /srv/noted
`

describe('a run whose steps find nothing to do', () => {
  it('gives later steps the same outputs as the run that made the changes', async () => {
    await stage.testHost.must('mkdir -p /srv/app /backup/tree; echo one > /backup/tree/file')
    const plan = await stage.plan('outputs', PLAN, { 'app.yml': COMPOSE })
    const noted = async (id: string) => {
      await stage.testHost.must('rm -f /srv/noted')
      const run = await stage.start(plan, { id })
      await until(run, 'done', 90)
      await run.result()
      return await stage.testHost.must('cat /srv/noted')
    }
    const first = await noted('first')
    const [sum = '', tree, containers = ''] = first.split('\n')
    expect(sum).toMatch(/^[0-9a-f]{64}$/)
    expect(tree).toBe('/srv/app/tree')
    expect(containers.split(' ').map((id) => id.length)).toEqual([64, 64])
    expect(await noted('second')).toBe(first)
  })
})
