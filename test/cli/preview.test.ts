import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readPreview, savePreview } from '../../src/cli/preview-file.ts'
import { previewLines } from '../../src/cli/rendering/preview-lines.ts'
import type { Preview, StepPreview } from '../../src/workflows/previews.ts'

const step: StepPreview = {
  phase: 'data',
  step: 'copy-db',
  title: 'Restore n8n_db',
  host: 'droplet',
  kind: 'volume-restore',
  changes: [],
  seconds: 2,
  sealed: [],
}

const preview: Preview = {
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
  hosts: [{ host: 'droplet', address: 'root@203.0.113.7:22', keys: [] }],
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
  seal: '9ef2d6d83f',
  seconds: 700,
  steps: [
    {
      ...step,
      changes: ['makes volume n8n_db', 'replaces /srv/a'],
      notes: ['-old', '+new'],
      cannotUndo: 'it is the last copy',
      copiesBytes: 40 * 1024 ** 3,
    },
    { ...step, step: 'up', title: 'Start it', later: 'the volume n8n_db', after: ['copy-db'] },
    { ...step, step: 'dir', title: 'Make room', nothingToDo: 'it is there' },
    {
      ...step,
      step: 'audit',
      title: 'Audit it',
      nothingToDo: 'an audit only looks',
      onlyLooks: true,
      backup: { path: '/backup', newestAt: '2026-11-18T08:00:00.000Z', gradeAtBest: 'manifested' },
    },
    { ...step, phase: 'live', step: 'env', title: 'Write .env', refused: 'it is a symlink' },
  ],
}

describe('a preview', () => {
  it('says for each step what would change, by phases, and ends with the sum', () => {
    expect(previewLines(preview)).toEqual([
      'data: Bring the data back; about 8 minutes',
      '  copy-db: Restore n8n_db (on droplet)',
      '    makes volume n8n_db',
      '    replaces /srv/a',
      '      -old',
      '      +new',
      '    cannot be undone: it is the last copy',
      '  up: Start it (on droplet)',
      '    known later after copy-db: the volume n8n_db',
      '  dir: Make room (on droplet)',
      '    nothing to do: it is there',
      '  audit: Audit it (on droplet)',
      '    an audit only looks',
      '    its newest file is 3 days old; grade of proof at best manifested (preview --audit reads it whole)',
      '',
      'live: Go live, behind a gate; about 3 minutes',
      '  env: Write .env (on droplet)',
      '    would be refused: it is a symlink',
      '',
      'visitors get nothing for about 8.2 s, from env to answers:',
      '  env: 2 s, as such steps usually take',
      '  answers: 6.2 s, as such steps usually take',
      '',
      '5 steps: 1 change something, 1 only look, 1 have nothing to do, 1 known later, 1 would be refused; 1 gate; ' +
        'about 12 minutes with 42.9 GB to copy; cannot be undone: copy-db',
      'Times are a guess from typical rates: without waits for people, pulls of images, and what is known later.',
      'seal 9ef2d6d83f; nothing was changed',
    ])
  })
})

describe('a saved preview', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reinstate-preview-'))
  const file = join(folder, 'saved.json')
  afterAll(() => rmSync(folder, { recursive: true }))

  it('is read again as it was written, and only its owner reads it', () => {
    savePreview(file, preview)
    const { request, previewed } = readPreview(file)
    expect(request).toEqual(preview.request)
    expect(previewed).toMatchObject({ seal: preview.seal, plan: preview.plan, hosts: preview.hosts })
    expect(previewed.steps).toHaveLength(5)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('takes the place of a saved preview, and of no other file', () => {
    savePreview(file, { ...preview, seal: 'another' })
    savePreview(file, preview)
    expect(readPreview(file).previewed.seal).toBe(preview.seal)
    writeFileSync(file, 'port=80\n')
    expect(() => savePreview(file, preview)).toThrow('is there and is no preview; it was left alone')
    expect(readFileSync(file, 'utf8')).toBe('port=80\n')
  })

  it.each([
    ['is not there', undefined, 'ENOENT'],
    ['is no JSON', '{', 'JSON'],
    ['is of another version', JSON.stringify({ ...preview, preview: 2 }), 'another version'],
    ['lacks something', JSON.stringify({ ...preview, seal: undefined }), 'seal'],
  ])('is refused where it %s', (_, text, said) => {
    rmSync(file, { force: true })
    if (text !== undefined) writeFileSync(file, text)
    expect(() => readPreview(file)).toThrow(said)
  })
})
