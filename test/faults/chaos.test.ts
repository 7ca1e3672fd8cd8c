import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { execa } from 'execa'

const repository = join(import.meta.dirname, '../..')

/** Defects that no step notices, each with the count that must give it away. */
const defects = [
  {
    wrong: 'secrets seen',
    file: 'src/host/redact.js',
    was: 'export function redactor(secrets) {',
    becomes:
      'export function redactor(secrets) { console.error(secrets.map((one) => one.reveal()).join(" "));',
  },
  {
    wrong: 'locked',
    file: 'src/host/receipts.js',
    was: 'export async function releaseLock(machine, { name, holder }, signal) {',
    becomes: 'export async function releaseLock(machine, { name, holder }, signal) { return;',
  },
  {
    wrong: 'differing ends',
    file: 'src/host/remote-run.sh',
    was: 'mkdir -p "$ROOT/locks" &&',
    // Not where the host is the worker's own machine.
    becomes: '[ ! -d /srv/neighbour ] || touch /srv/neighbour/left-behind; mkdir -p "$ROOT/locks" &&',
  },
] as const

describe('chaos with defects in the product', { timeout: 1_800_000 }, () => {
  let copy: string
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'reinstate-chaos-'))
    cpSync(join(repository, 'dist'), join(copy, 'dist'), { recursive: true })
    for (const part of ['node_modules', 'plans', 'testbed', 'bin', 'package.json'])
      symlinkSync(join(repository, part), join(copy, part))
  })
  afterAll(() => rmSync(copy, { recursive: true }))

  const chaos = async () => {
    const words = ['--only', '1', '--seed', '5', '--out', join(copy, 'results.jsonl')]
    return await execa(process.execPath, [join(copy, 'dist/chaos/main.js'), ...words], { reject: false })
  }

  it('counts each built-in defect: a secret in a log, a lock that stays, a file that stays; without the defects it counts none', async () => {
    const clean = await chaos()
    expect(clean.stdout.split('\n').at(-1)).toMatch(/secrets seen 0, locked 0,/)
    expect(clean.exitCode).toBe(0)

    for (const { file, was, becomes } of defects) {
      const text = readFileSync(join(copy, 'dist', file), 'utf8')
      expect(text.split(was)).toHaveLength(2)
      writeFileSync(
        join(copy, 'dist', file),
        text.replace(was, () => becomes),
      )
    }
    const { stdout, exitCode } = await chaos()
    for (const { wrong } of defects) expect(stdout.split('\n').at(-1)).toMatch(new RegExp(`${wrong} [1-9]`))
    expect(exitCode).toBe(1)
  })
})
