import { execFileSync } from 'node:child_process'
import { chmodSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readArchive, writeArchive } from '../../src/fields/archive.ts'
import { dockerIgnore } from '../../src/plan/files/docker-ignore.ts'
import { unpack } from '../../src/plan/files/packed-file.ts'
import { checkPlan, loadPlan } from '../../src/plan/load-plan.ts'
import type { PlanFile } from '../../src/plan/plan.ts'
import { folderWith, kinds, planOf, problemsIn } from './arrange.ts'

const plan = planOf('- { step: a, kind: copy, path: /srv/a, folder: app }')
const AT = '7:54'

async function carried(folder: string) {
  const resolved = await loadPlan({ plan: folder, folders: [], inputs: {}, runId: 'run-1', kinds })
  const file = resolved.phases[0]?.steps[0]?.fields['folder'] as unknown as PlanFile
  return { sha256: file.sha256, bytes: Buffer.from(unpack(file).base64, 'base64') }
}

const entriesIn = (bytes: Uint8Array) =>
  readArchive(bytes).map(({ path, link, bytes: content }) =>
    link === undefined ? `${path} ${Buffer.from(content).toString()}` : `${path} -> ${link}`,
  )

describe('an embedded folder', () => {
  it('is an archive that tar reads, of its files, modes and links', async () => {
    const long = `${'d'.repeat(90)}/${'f'.repeat(90)}`
    const folder = folderWith({
      'plan.yaml': plan,
      'app/run.sh': 'x',
      'app/b/a.txt': 'one',
      [`app/${long}`]: 'long',
      'app/Z': '',
    })
    chmodSync(join(folder, 'app/run.sh'), 0o700)
    symlinkSync('b/a.txt', join(folder, 'app/link'))
    const { bytes } = await carried(folder)
    const listed = execFileSync('tar', ['-tvf', '-'], { input: bytes, encoding: 'utf8' })
    expect(listed.split('\n').map((line) => line.replace(/ +/g, ' '))).toEqual([
      '-rw-r--r-- 0/0 0 1970-01-01 00:00 Z',
      '-rw-r--r-- 0/0 3 1970-01-01 00:00 b/a.txt',
      `-rw-r--r-- 0/0 4 1970-01-01 00:00 ${long}`,
      'lrw-r--r-- 0/0 0 1970-01-01 00:00 link -> b/a.txt',
      '-rwxr-xr-x 0/0 1 1970-01-01 00:00 run.sh',
      '',
    ])
    expect(entriesIn(bytes)).toEqual(['Z ', 'b/a.txt one', `${long} long`, 'link -> b/a.txt', 'run.sh x'])
  })

  it('has one digest, whatever the times and the group bits of its files are', async () => {
    const files = { 'plan.yaml': plan, 'app/a': 'one', 'app/b': 'two' }
    const [one, other] = [folderWith(files), folderWith(files)]
    utimesSync(join(other, 'app/a'), 1, 1)
    chmodSync(join(other, 'app/b'), 0o600)
    expect((await carried(other)).sha256).toBe((await carried(one)).sha256)
    const changed = folderWith({ ...files, 'app/b': 'twO' })
    expect((await carried(changed)).sha256).not.toBe((await carried(one)).sha256)
  })

  it('leaves out what .dockerignore excludes, also what could not be embedded, and keeps the Dockerfile', async () => {
    const folder = folderWith({
      'plan.yaml': plan,
      'app/.dockerignore':
        '# not needed\n.env\n/node_modules/\n**/*.log\ndocs/*\n!docs/keep.md\nDockerfile\n',
      'app/.env': 'A=b',
      'app/node_modules/large': 'x'.repeat(2_000_000),
      'app/src/a.log': 'x',
      'app/src/a.ts': 'x',
      'app/docs/a.md': 'x',
      'app/docs/keep.md': 'x',
      'app/Dockerfile': 'FROM scratch',
    })
    expect(entriesIn((await carried(folder)).bytes).map((line) => line.split(' ')[0])).toEqual([
      '.dockerignore',
      'Dockerfile',
      'docs/keep.md',
      'src/a.ts',
    ])
  })

  it.each([
    ['that does not exist', { 'ap/a': '' }, 'file-missing'],
    ['that is a file', { app: '' }, 'file-missing'],
    ['with an env file', { 'app/a': '', 'app/.env': 'A=b' }, 'folder-confidential'],
    ['with the env file of production', { 'app/.env.production': 'A=b' }, 'folder-confidential'],
    ['with the secrets file of a plan', { 'app/master.env': 'A=b' }, 'folder-confidential'],
    ['with a repository', { 'app/.git/config': '' }, 'folder-confidential'],
    ['with a key', { 'app/tls/server.key': '' }, 'folder-confidential'],
    ['above the limit', { 'app/a': 'x'.repeat(600_000), 'app/b': 'x'.repeat(600_000) }, 'folder-too-large'],
  ])('%s is refused', async (_, files, code) => {
    expect(await problemsIn({ plan, files: files as Record<string, string> })).toEqual([`${AT} ${code}`])
  })

  it('names its largest files where it is too large', () => {
    const folder = folderWith({ 'plan.yaml': plan, 'app/small': 'x', 'app/big': 'x'.repeat(1_500_000) })
    const { problems } = checkPlan({ plan: folder, folders: [], kinds })
    expect(problems).toMatchObject([
      {
        code: 'folder-too-large',
        message: expect.stringContaining('big (1.5 MB), small (1 bytes)') as string,
      },
    ])
  })

  it('may hold the example of an env file', async () => {
    expect(await problemsIn({ plan, files: { 'app/.env.example': 'A=' } })).toEqual([])
  })

  it('is refused at the line of a secret in one of its files', async () => {
    const key = '-----BEGIN PRIVATE KEY-----'
    expect(await problemsIn({ plan, files: { 'app/a.ts': `one\nconst key = '${key}'\n` } })).toEqual([
      'app/a.ts:2:14 secret-inline',
    ])
  })

  it.each([
    ['a link to a file outside', 'app/link', '../secret.txt'],
    ['a link to an absolute path', 'app/link', '/etc/passwd'],
    ['a link in its place', 'app', 'other'],
  ])('is refused for %s', (_, path, target) => {
    const folder = folderWith({
      'plan.yaml': plan,
      'secret.txt': 'x',
      'other/a': 'x',
      ...(path !== 'app' && { 'app/a': 'x' }),
    })
    symlinkSync(target, join(folder, path))
    const { problems } = checkPlan({ plan: folder, folders: [], kinds })
    expect(problems.map(({ code }) => code)).toEqual(['file-outside'])
  })
})

describe('dockerIgnore', () => {
  it.each([
    ['*.md', 'a.md', true],
    ['*.md', 'docs/a.md', false],
    ['**/*.md', 'docs/x/a.md', true],
    ['**/*.md', 'a.md', true],
    ['docs', 'docs/x/a.md', true],
    ['./docs/', 'docs/a', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['[ab].txt', 'b.txt', true],
    ['a.c', 'abc', false],
    ['**', 'x/y', true],
    ['**\n!x', 'x/y', false],
    ['x\n!x/y\nx/y/z', 'x/y/z', true],
    ['\\#a', '#a', true],
    ['#a', '#a', false],
    ['[', '[', true],
  ])('%j excludes %s: %s', (text, path, expected) => {
    expect(dockerIgnore(text)(path)).toBe(expected)
  })
})

describe('writeArchive', () => {
  it('refuses a path that the format cannot hold', () => {
    const entry = { path: 'x'.repeat(101), isExecutable: false, bytes: new Uint8Array() }
    expect(() => writeArchive([entry])).toThrow(RangeError)
  })
})
