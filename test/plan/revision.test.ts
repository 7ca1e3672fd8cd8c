import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadRevision, revisionNow } from '../../src/plan/load-plan.ts'
import { folderWith, kinds, planOf } from './arrange.ts'

const PLAN = planOf(
  '- { step: a, kind: copy, path: /srv/a, template: a.conf }\n- { step: b, kind: copy, path: /srv/b, from: b.bin }',
  'title: x\ninputs: { domain: { default: a.org } }',
)
const FILES = { 'plan.yaml': PLAN, 'a.conf': '${{ inputs.domain }}\n', 'b.bin': 'b' }

async function revisionIn(folder: string, inputs: Readonly<Record<string, string>> = {}) {
  const { revision } = await loadRevision({ plan: folder, folders: [], inputs, runId: 'r', kinds })
  return revision
}
const sumOf = async (files: Readonly<Record<string, string>>) =>
  (await revisionIn(folderWith({ ...FILES, ...files }))).sha256

/** Runs git in a folder as a person who commits there would. */
function git(folder: string, ...words: readonly string[]): string {
  const author = ['-c', 'user.name=Dana', '-c', 'user.email=dana@example.org', '-c', 'commit.gpgsign=false']
  return execFileSync('git', [...author, ...words], { cwd: folder, encoding: 'utf8' }).trim()
}
/** A work tree with the plan in its folder shop, and its commit. */
function workTree(files: Readonly<Record<string, string>> = {}) {
  const root = folderWith({
    ...Object.fromEntries(Object.entries(FILES).map(([name, text]) => [`shop/${name}`, text])),
    ...files,
  })
  git(root, 'init', '--quiet')
  git(root, 'add', '.')
  git(root, 'commit', '--quiet', '--message', 'A plan')
  return { root, folder: join(root, 'shop'), commit: git(root, 'rev-parse', 'HEAD') }
}

describe('the revision of a plan', () => {
  it('is the same in any folder, with any inputs, and without files that the plan does not read', async () => {
    const sum = await sumOf({})
    expect(sum).toMatch(/^[0-9a-f]{64}$/)
    expect(await sumOf({ 'notes.txt': 'not read' })).toBe(sum)
    expect((await revisionIn(folderWith(FILES), { domain: 'b.org' })).sha256).toBe(sum)
  })

  it.each([
    ['its own file', { 'plan.yaml': `# a comment\n${PLAN}` }],
    ['an embedded file', { 'b.bin': 'c' }],
    ['a template', { 'a.conf': '${{ inputs.domain }} \n' }],
  ])('is another one once %s differs', async (_, files) => {
    expect(await sumOf(files)).not.toBe(await sumOf({}))
  })

  it('is another one once a file of an embedded folder became executable', async () => {
    const plan = planOf('- { step: a, kind: copy, path: /srv/a, folder: app }')
    const folder = folderWith({ 'plan.yaml': plan, 'app/run': 'x' })
    const before = (await revisionIn(folder)).sha256
    chmodSync(join(folder, 'app/run'), 0o755)
    expect((await revisionIn(folder)).sha256).not.toBe(before)
  })

  it('is also found for a plan that has errors by now', async () => {
    const folder = folderWith({ ...FILES, 'plan.yaml': 'plan: shop\nphases: 7\n' })
    const now = await revisionNow({ plan: folder, folders: [], inputs: {}, runId: 'r', kinds })
    expect(now.sha256).toMatch(/^[0-9a-f]{64}$/)
  })
})

describe('the commit of a revision', () => {
  it('is the one that is checked out', async () => {
    const { folder, commit } = workTree()
    expect(await revisionIn(folder)).toEqual({ sha256: await sumOf({}), commit })
  })

  it('is absent outside of a work tree', async () => {
    expect(Object.keys(await revisionIn(folderWith(FILES)))).toEqual(['sha256'])
  })

  it('is absent where nothing is committed yet', async () => {
    const folder = folderWith(FILES)
    git(folder, 'init', '--quiet')
    expect(Object.keys(await revisionIn(folder))).toEqual(['sha256'])
  })

  it.each([
    ['edited', (folder: string) => writeFileSync(join(folder, 'b.bin'), 'c')],
    ['staged', (folder: string) => (writeFileSync(join(folder, 'b.bin'), 'c'), git(folder, 'add', 'b.bin'))],
    ['not in it', (folder: string) => git(folder, 'rm', '--quiet', '--cached', 'b.bin')],
  ])('says "changed" where a file of the plan is %s', async (_, change) => {
    const { folder, commit } = workTree()
    change(folder)
    expect(await revisionIn(folder)).toMatchObject({ commit, changed: true })
  })

  it('says "changed" where git ignores a file of the plan', async () => {
    const { folder } = workTree({ '.gitignore': 'b.bin\n' })
    expect(await revisionIn(folder)).toMatchObject({ changed: true })
  })

  it('says nothing of changes to other files', async () => {
    const { root, folder, commit } = workTree()
    writeFileSync(join(root, 'other.txt'), 'new')
    writeFileSync(join(folder, 'notes.txt'), 'new')
    expect(await revisionIn(folder)).toEqual({ sha256: await sumOf({}), commit })
  })
})
