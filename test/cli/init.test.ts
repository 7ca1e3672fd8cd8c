import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSshd, type Sshd } from '../../testbed/sshd.ts'
import { aDesk } from './typing.ts'

const desk = await aDesk()
const inventory = join(desk.directory, 'inventory.yaml')
const init = (...words: readonly string[]) => desk.type('init', ...words)

let sshd: Sshd
beforeAll(async () => {
  sshd = await startSshd()
})
afterAll(() => sshd.remove())

describe('init without an inventory', () => {
  it.each<[string, readonly string[], string]>([
    [
      'no address',
      ['server'],
      'there is no inventory yet; say where server is\n  next: reinstate init server --address root@203.0.113.7',
    ],
    [
      'the address of the examples',
      ['server', '--address', 'root@203.0.113.7'],
      '--address root@203.0.113.7 is an example address; give the address of your host',
    ],
    ['no address at all', ['server', '--address', 'root@'], 'is not user@address:port'],
    [
      'a port that is none',
      ['server', '--address', 'root@10.1.2.3:99999'],
      'has the port 99999; ports are 1 to 65535',
    ],
    [
      'a key that is not there',
      ['server', '--address', 'root@127.0.0.1', '--key', 'nowhere'],
      '--key nowhere: there is no file ',
    ],
    [
      'a name that is none',
      ['Server_1'],
      'Server_1 is not a valid host name: use lower-case words joined by "-"\n  next: reinstate init server-1',
    ],
    [
      'an address for a name',
      ['root@10.1.2.3'],
      'root@10.1.2.3 is an address, not a host name\n  next: reinstate init server --address root@10.1.2.3',
    ],
  ])('exits with 2, says what to type and writes nothing: %s', async (_, words, why) => {
    const { code, err } = await init(...words)
    expect(err).toContain(why)
    expect(code).toBe(2)
    expect(existsSync(inventory)).toBe(false)
  })

  it('does not store an address that does not answer', async () => {
    expect(await init('server', '--address', 'root@127.0.0.1:9')).toMatchObject({ code: 3 })
    expect(existsSync(inventory)).toBe(false)
  })

  it('without a terminal shows the key and exits with 4; in JSON too', async () => {
    const address = ['--address', `root@127.0.0.1:${sshd.port}`, '--key', sshd.keyFile]
    const { code, out } = await init('server', ...address, '--project', 'my_shop')
    expect(code).toBe(4)
    expect(out).toMatch(/^wrote .*inventory\.yaml[^]*shows the key\n {2}SHA256:/)
    expect(out).toContain(
      'next: reinstate trust server --yes, once it is compared; then: reinstate init server --project my_shop',
    )
    expect(readFileSync(inventory, 'utf8')).toContain(`key: ${sshd.keyFile}`)

    rmSync(inventory)
    const json = await init('server', ...address, '--json')
    expect(json.code).toBe(4)
    expect(JSON.parse(json.out)).toEqual({
      ...{ host: 'server', address: '127.0.0.1', port: sshd.port, pinned: false, wrote: [inventory] },
      fingerprint: expect.stringMatching(/^SHA256:/) as unknown,
      next: 'reinstate trust server --yes, once it is compared; then: reinstate init server --json',
    })
  })
})

describe('init with an inventory', () => {
  it.each([
    [['--address', 'root@10.1.2.3'], 'address 127.0.0.1, not 10.1.2.3; port PORT, not 22'],
    [['--address', 'root@127.0.0.1'], 'port PORT, not 22'],
    [['--address', 'deploy@127.0.0.1:PORT'], 'user root, not deploy'],
    [['--key', 'inventory.yaml'], 'key KEY, not DESK/inventory.yaml'],
  ])('refuses options that contradict it: %j', async (words, why) => {
    const known = (text: string) =>
      text.replace('PORT', `${sshd.port}`).replace('KEY', sshd.keyFile).replace('DESK', desk.directory)
    const { code, err } = await init('server', ...words.map(known))
    expect(err).toContain(`inventory.yaml says otherwise of server: ${known(why)}; nothing was read`)
    expect(code).toBe(2)
  })

  it('prints the lines to add for a missing host', async () => {
    const before = readFileSync(inventory, 'utf8')
    const { code, err } = await init('other', '--address', 'deploy@10.1.2.3:2222')
    expect(code).toBe(2)
    expect(err).toContain(
      'inventory.yaml names no host other; it names: server. Add below its hosts:\n  other:\n    address: "10.1.2.3"\n    port: 2222\n    user: deploy\n    become: true',
    )
    expect(err).toMatch(/next: reinstate trust other$/)
    expect((await init('other')).err).toContain('next: reinstate init other --address root@203.0.113.7')
    expect(readFileSync(inventory, 'utf8')).toBe(before)
  })
})
