import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AllHosts } from '../../src/host/hosts.ts'
import { command } from '../../src/shell/command.ts'
import { sh } from '../../src/shell/script.ts'
import { makeLocal } from '../../testbed/local.ts'
import type { Local } from '../../testbed/local.ts'
import { binding } from './binding.ts'

let local: Local
let hosts: AllHosts
beforeEach(async () => {
  local = makeLocal()
  await local
    .hosts()
    .bind('here', binding())
    .run('first', command(sh`true`))
  hosts = local.hosts({ patienceSeconds: 1 })
})
afterEach(async () => {
  await hosts.close()
  local.remove()
})

/** Replaces remote-run.sh on the host: it greets, and answers every request with the output of this script. */
function answerWith(script: string): void {
  const bin = join(local.root, 'bin')
  const text = `while read -r nonce verb words; do echo "$nonce"; echo "$nonce" >&2; ${script}; done\n`
  for (const name of readdirSync(bin)) writeFileSync(join(bin, name), text)
}

const lock = { name: 'guestbook', holder: 'run' }
const calls: Readonly<Record<string, () => Promise<unknown>>> = {
  lock: () => hosts.takeLock('here', lock),
  unlock: () => hosts.releaseLock('here', lock),
  'mark-undone': () => hosts.markUndone('here', binding()),
  list: () => hosts.receipts('here', 'run'),
  journal: () => hosts.journal('here', 'run'),
  cancel: () => hosts.stop('here', 'w_a_b_1_c'),
  tail: () => hosts.tail('here', 'w_a_b_1_c', 100),
  run: () => hosts.bind('here', binding()).run('copy', command(sh`true`)),
}

describe.each(Object.keys(calls))('H7 › %s', (verb) => {
  it.each([
    ['endless lines', 'yes "receipt of something that never ends"'],
    ['one line without an end', "tr '\\0' x </dev/zero"],
  ])('rejects %s, and keeps at most a few answers in memory', async (_, script) => {
    answerWith(script)
    const before = process.memoryUsage().rss
    await expect(calls[verb]?.()).rejects.toMatchObject({ name: 'HostNotReady' })
    expect(process.memoryUsage().rss - before).toBeLessThan(250 * 1024 * 1024)
  })
})

describe('H7 › an answer about a lock', () => {
  it.each([
    ['no holder', 'echo done'],
    ['an unknown line', 'echo "{{{"; echo done'],
    ['a holder of 1 MB', 'echo "holder l$(head -c 1000000 /dev/zero | tr "\\0" x)"; echo done'],
  ])('that has %s is rejected in few words', async (_, script) => {
    answerWith(script)
    const error = await hosts.takeLock('here', lock).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'HostNotReady' })
    expect(String(error).length).toBeLessThan(1000)
  })

  it('whose holder cannot be decoded names the encoded holder', async () => {
    answerWith('echo holder l_zz; echo done')
    await expect(hosts.takeLock('here', lock)).rejects.toMatchObject({ data: { holder: '_zz' } })
  })

  it('that does not come is not waited for after the signal aborts', async () => {
    answerWith('sleep 60')
    const given = new AbortController()
    const taking = hosts.takeLock('here', lock, given.signal)
    setTimeout(() => given.abort('leave'), 300)
    await expect(taking).rejects.toMatchObject({ name: 'AbortError' })
  })
})
