import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PlanRefused } from '../../src/errors.ts'
import { parseInventory, readInventory } from '../../src/host/inventory.ts'
import { readSecrets } from '../../src/plan/files/read-secrets.ts'
import { findPlan, openPlan } from '../../src/plan/files/plan-folder.ts'
import { pinned } from '../golden.ts'

const refused = (text: string): readonly string[] => {
  try {
    parseInventory(text, 'inventory.yaml')
  } catch (error) {
    if (error instanceof PlanRefused) return error.message.split('\n')
    throw error
  }
  return []
}

describe('parseInventory', () => {
  it('resolves keys relative to the file', () => {
    const { hosts } = parseInventory(
      'hosts:\n  server: { address: 10.0.0.7, user: root, key: keys/id }\n  here: { local: true }\n',
      '/etc/reinstate/inventory.yaml',
    )
    expect(hosts.get('server')).toEqual({ address: '10.0.0.7', user: 'root', key: '/etc/reinstate/keys/id' })
    expect(hosts.get('here')).toEqual({ local: true })
  })

  it('expands ~ in a key to the home directory', () => {
    const { hosts } = parseInventory(
      'hosts: { server: { address: 10.0.0.7, key: ~/.ssh/id } }',
      '/etc/inventory.yaml',
    )
    expect(hosts.get('server')?.key).toBe(join(homedir(), '.ssh', 'id'))
  })

  it.each([
    ['a newline in an address', 'hosts:\n  a: { address: "x\\ny" }\n', '2:17 inventory'],
    ['an address like an option', 'hosts:\n  a: { address: "-oProxyCommand=x" }\n', '2:17 inventory'],
    ['a user like an option', 'hosts:\n  a: { address: x, user: -x }\n', '2:26 inventory'],
    ['an unknown field', 'hosts:\n  a: { address: x, adress: y }\n', '2:20 inventory'],
    ['a port of a local host', 'hosts:\n  a: { local: true, port: 22 }\n', '2:21 inventory'],
    [
      'a jump host of a local host',
      'hosts:\n  a: { jump: b, local: true }\n  b: { address: x }\n',
      '2:8 inventory',
    ],
    ['a port above 65535', 'hosts:\n  a: { address: x, port: 70000 }\n', '2:26 inventory'],
    ['an invalid host key', 'hosts:\n  a: { address: x, hostKey: "ssh-ed25519 x" }\n', '2:29 inventory'],
    ['no address', 'hosts:\n  a: { user: x }\n', '2:3 inventory'],
    ['an unknown jump host', 'hosts:\n  a: { address: x, jump: b }\n', '2:26 inventory'],
    ['a host twice', 'hosts:\n  a: { address: x }\n  a: { address: y }\n', '3:3 yaml-duplicate-key'],
    ['an alias', 'hosts:\n  a: &a { address: x }\n  b: *a\n', '3:6 yaml-alias'],
    ['a forbidden name', 'hosts:\n  __proto__: { address: x }\n', '2:3 yaml-forbidden-key'],
    ['a bad indent', 'hosts:\n  a:\n    address: x\n   user: y\n', '4:1 yaml-syntax'],
    ['an open quote after a byte order mark', "\ufeffa: 'b", '1:6 yaml-syntax'],
    ['an empty file', '', '1:1 inventory'],
  ])('rejects %s at its position', (_, text, expected) => {
    expect(pinned(refused(text))).toEqual([`inventory.yaml:${expected}`])
    // Each problem has a hint.
    for (const line of refused(text)) expect(line).toMatch(/ \(.+\)$/)
  })

  it('reports all problems', () => {
    const problems = refused(
      'hosts:\n  a: { port: 0, address: x }\n  b: { address: x, become: 7 }\n  c: []\nhost: x\n',
    )
    expect(pinned(problems).map((line) => line.split(' ')[0])).toEqual(
      ['2:14', '3:28', '4:3', '5:1'].map((place) => `inventory.yaml:${place}`),
    )
  })
})

// Needs root, to give files to another user.
describe('M8 › a file that decides what runs on hosts', () => {
  const NOBODY = 65_534
  const made = (name: string, text: string, { mode, owner }: { mode: number; owner: number }): string => {
    const folder = mkdtempSync(join(tmpdir(), 'reinstate-access-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, name)
    writeFileSync(file, text)
    chmodSync(file, mode)
    chownSync(file, owner, owner)
    return file
  }

  it.each([
    ['writable by everyone', { mode: 0o666, owner: 0 }, 'chmod go-w '],
    ['writable by its group', { mode: 0o664, owner: 0 }, 'chmod go-w '],
    ['owned by another user', { mode: 0o600, owner: NOBODY }, 'chown '],
  ])('refuses an inventory %s, with the command that fixes it', async (_, access, fix) => {
    const inventory = made('inventory.yaml', 'hosts:\n  here: { local: true }\n', access)
    await expect(readInventory(inventory)).rejects.toMatchObject({
      problems: [{ code: 'inventory', hint: expect.stringContaining(fix) as string }],
    })
  })

  it.each([
    ['writable by everyone', { mode: 0o666, owner: 0 }, 'chmod go-w '],
    ['writable by its group', { mode: 0o664, owner: 0 }, 'chmod go-w '],
    ['owned by another user', { mode: 0o644, owner: NOBODY }, 'chown '],
  ])('refuses a plan %s, with the command that fixes it', (_, access, fix) => {
    const plan = made('plan.yaml', 'plan: x\n', access)
    expect(() => openPlan(findPlan(plan, []))).toThrow(fix)
  })

  it.each([
    ['readable by its group', { mode: 0o640, owner: 0 }, 'chmod 600 '],
    ['owned by another user', { mode: 0o600, owner: NOBODY }, 'chown '],
  ])('refuses a secrets file %s', async (_, access, fix) => {
    const file = made('app.secrets', 'DB_PASSWORD=x\n', access)
    await expect(readSecrets(file, ['DB_PASSWORD'])).rejects.toThrow(fix)
  })
})
