import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'

let folder: string
let lines: readonly string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reinstate-archives-'))
  const inside = { cwd: folder }
  await writeFile(join(folder, 'rows'), 'row\n'.repeat(5000))
  await execa('tar', ['-cf', 'plain.tar', 'rows'], inside)
  await execa('tar', ['-czf', 'small.tar.gz', 'rows'], inside)
  await writeFile(join(folder, 'cut.tar'), (await readFile(join(folder, 'plain.tar'))).subarray(0, 10_000))
  await writeFile(join(folder, 'shop.tar.gz.gpg'), randomBytes(500))
  await rm(join(folder, 'rows'))
  const script = await readFile(packageFolder('src', 'init', 'archives.sh'), 'utf8')
  const { stdout } = await execa('sh', ['-c', `plain=; deadline=9999999999\n${script}`], inside)
  lines = stdout.split('\n').filter((line) => line.startsWith('archive='))
})
afterAll(() => rm(folder, { recursive: true }))

describe('what init finds of archives', () => {
  it.each([
    ['a plain tar', 'plain.tar', ['tar', 'tar', '', 'complete']],
    ['a compressed tar', 'small.tar.gz', ['gzip', 'tar', '', 'complete']],
    ['a tar that was cut', 'cut.tar', ['tar', 'tar', '', 'truncated']],
    ['bytes with the name of an encrypted archive', 'shop.tar.gz.gpg', ['text', 'encrypted', '', '']],
  ])('%s', (_, file, formContentVersionState) => {
    const found = lines.find((line) => line.startsWith(`archive=${file}|`))?.split('|') ?? []
    expect(found.slice(3, 7)).toEqual(formContentVersionState)
  })
})
