import type { Preview, StepPreview } from '../../src/workflows/previews.ts'

const step: StepPreview = {
  phase: 'data',
  step: 'copy-db',
  title: 'Restore n8n_db',
  host: 'server',
  kind: 'volume-restore',
  changes: [],
  seconds: 2,
  digestLines: [],
}

/** A preview with a step of each sort. */
export const preview: Preview = {
  preview: 1,
  madeAt: '2026-11-21T08:00:00.000Z',
  request: { plan: 'guestbook', inputs: {} },
  plan: {
    plan: 'guestbook',
    title: 'Guestbook',
    stack: 'guestbook',
    hash: 'ab',
    inputs: {},
    files: {},
    lines: {},
  },
  hosts: [{ host: 'server', address: 'root@203.0.113.7:22', keys: [] }],
  phases: [
    { phase: 'data', title: 'Bring the data back', gated: false, seconds: 500 },
    { phase: 'live', title: 'Go live', gated: true, seconds: 200 },
  ],
  downtime: {
    from: 'env',
    to: 'answers',
    seconds: 8.2,
    steps: [
      { step: 'env', seconds: 2, from: 'as such steps usually take' },
      { step: 'answers', seconds: 6.2, from: 'as such steps usually take' },
    ],
  },
  digest: '9ef2d6d83f',
  seconds: 700,
  steps: [
    {
      ...step,
      changes: ['makes volume n8n_db', 'replaces /srv/a'],
      notes: ['-old', '+new'],
      cannotUndo: 'it is the last copy',
      copiesBytes: 40 * 1024 ** 3,
    },
    { ...step, step: 'up', title: 'Start it', blocked: 'the volume n8n_db', after: ['copy-db'] },
    { ...step, step: 'dir', title: 'Make room', nothingToDo: 'it is there' },
    {
      ...step,
      step: 'audit',
      title: 'Audit it',
      nothingToDo: 'an audit only looks',
      readsOnly: true,
      backup: { path: '/backup', newestAt: '2026-11-18T08:00:00.000Z', gradeAtBest: 'manifested' },
    },
    { ...step, phase: 'live', step: 'env', title: 'Write .env', refused: 'it is a symlink' },
  ],
}
