import { expect, test } from 'vitest'
import { whatServes } from '../../src/cli/run/what-serves.ts'
import type { JsonObject } from '../../src/steps/step-kind.ts'
import { aPhase, aRun, aStep, at } from './a-run.ts'

test('a project that the run started twice serves once, with all its services', () => {
  expect(served([up('shop', ['db']), up('shop', ['db', 'web'], '/srv/live.yaml')])).toEqual([
    ['serves', expect.stringContaining('project shop on server: db, web;')],
    ['by hand', 'docker compose -p shop -f /srv/live.yaml ps'],
  ])
})

test('a project that the run took down, stopped or cleared does not serve', () => {
  expect(served([up('check', ['db']), { projects: ['check'], volumes: [] }])).toEqual([])
  expect(served([up('check', ['db']), { projects: ['check'], containers: 1 }])).toEqual([])
  expect(served([up('check', ['db'])], 'cleared')).toEqual([])
})

test('a project that was started again after it was taken down serves', () => {
  expect(
    served([up('shop', ['db', 'web']), { projects: ['shop'], volumes: [] }, up('shop', ['web'])])[0],
  ).toEqual(['serves', expect.stringContaining('project shop on server: web;')])
})

test('what a run keeps is named with its size, where the step that replaced it read that', () => {
  const stopped = { projects: ['old'], stopped: ['old-db-1'], mounts: ['old_db', '/srv/files'] }
  const started = {
    ...up('shop', ['db']),
    mounts: [],
    sizes: { old_db: '1.2 GB', '/srv/files': 'over 3 MB' },
  }
  const kept = 'container old-db-1; volume old_db (1.2 GB); directory /srv/files (over 3 MB). '
  expect(served([stopped, started])).toContainEqual(['kept', expect.stringContaining(kept)])
  expect(served([stopped])).toContainEqual(['kept', expect.stringContaining('volume old_db; ')])
})

function up(project: string, services: readonly string[], file = '/srv/build.yaml'): JsonObject {
  return { project, services, options: [], files: [file] }
}

/** What a run tells that has ended well after steps with these facts. */
function served(
  facts: readonly JsonObject[],
  state: 'done' | 'cleared' = 'done',
): ReturnType<typeof whatServes> {
  const steps = facts.map((one, index) =>
    aStep({
      ...{ step: `step-${index}`, state: 'done' },
      evidence: { summary: 'as it should be', strength: 'observed', facts: one },
    }),
  )
  return whatServes(
    aRun({ status: { state: 'done' }, endedAt: at('08:10:00'), phases: [aPhase({ state, steps })] }),
  )
}
