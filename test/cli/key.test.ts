import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { createKey, readKey } from '../../src/worker-key.ts'

const folder = mkdtempSync(join(tmpdir(), 'reinstate-key-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const key = async (file: string, words: readonly string[], input?: string) =>
  await execa(process.execPath, [packageFolder('bin', 'reinstate'), 'key', ...words], {
    ...{ env: { REINSTATE_HOME: folder, REINSTATE_KEY: join(folder, file) }, reject: false },
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  })

describe('reinstate key', () => {
  it('create, export and import › a second machine has the same key, for its owner only', async () => {
    expect((await key('first', ['create'])).exitCode).toBe(0)
    expect(statSync(join(folder, 'first')).mode & 0o777).toBe(0o600)
    const { stdout } = await key('first', ['export'])
    expect((await key('second', ['import', '-'], stdout)).exitCode).toBe(0)
    expect(readKey(join(folder, 'second'))).toEqual(readKey(join(folder, 'first')))
    expect(statSync(join(folder, 'second')).mode & 0o777).toBe(0o600)
    expect((await key('second', ['import', join(folder, 'first')])).exitCode).toBe(0)
  })

  it('create and import › do not replace an existing key', async () => {
    createKey(join(folder, 'kept'))
    createKey(join(folder, 'other'))
    const before = readFileSync(join(folder, 'kept'), 'utf8')
    expect((await key('kept', ['create'])).exitCode).toBe(2)
    expect((await key('kept', ['import', join(folder, 'other')])).exitCode).toBe(2)
    expect(readFileSync(join(folder, 'kept'), 'utf8')).toBe(before)
  })

  it.each([
    ['a key that others can read', () => chmodSync(join(folder, 'bad'), 0o640)],
    ['a short key', () => writeFileSync(join(folder, 'bad'), 'c2hvcnQ=\n')],
    ['no key', () => rmSync(join(folder, 'bad'))],
  ])('export › refuses %s', async (_, spoil) => {
    createKey(join(folder, 'bad'))
    spoil()
    expect((await key('bad', ['export'])).exitCode).toBe(2)
    rmSync(join(folder, 'bad'), { force: true })
  })

  it('refuses unknown subcommands', async () => {
    expect((await key('first', ['show'])).exitCode).toBe(2)
    expect((await key('first', ['import'])).exitCode).toBe(2)
  })
})
