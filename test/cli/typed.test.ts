import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { itInDepth } from '../depth.ts'
import { packageFolder } from '../../src/config.ts'
import { startSshd } from '../../testbed/sshd.ts'
import { aDesk } from './typing.ts'

const desk = await aDesk()
const COMMANDS =
  'run preview check status show logs approve reject decide rollback cancel init trust kinds explain schema dev worker completion'

describe('a new user', () => {
  it('gets the version, and help with every command, exit codes and an example', async () => {
    expect(await desk.type('--version')).toEqual({ code: 0, out: '0.2.0', err: '' })
    const { code, out } = await desk.type('--help')
    expect(code).toBe(0)
    for (const command of COMMANDS.split(' ')) expect(out).toMatch(new RegExp(`^  ${command} `, 'm'))
    expect(out).toContain('  4  waits for a decision')
    expect(out).toMatch(/^Examples?:/m)
  })

  itInDepth('gets an example and the exit codes with each command', async () => {
    for (const command of COMMANDS.split(' ')) {
      const { code, out } = await desk.type(command, '--help')
      expect(code).toBe(0)
      expect(out).toContain(`Usage: reinstate ${command}`)
      expect(out).toContain('Exit codes:')
      expect(out).toMatch(/^Examples?:/m)
    }
  })

  it('finds the kinds and the fields of one', async () => {
    expect((await desk.type('kinds')).out).toMatch(/^volume-restore {2}/m)
    expect((await desk.type('kinds', 'http-probe')).out).toMatch(/^ {2}url .*required/m)
    const { out } = await desk.type('kinds', 'http-probe', '--json')
    expect(JSON.parse(out)).toMatchObject({
      kind: 'http-probe',
      fields: { required: expect.arrayContaining(['url']) as unknown },
    })
    expect((await desk.type('kinds', 'nonsense')).code).toBe(2)
  })

  it('gets a completion script that the shell accepts', async () => {
    const { out } = await desk.type('completion', 'bash')
    const complete = `${out}\nCOMP_WORDS=(reinstate ro) COMP_CWORD=1; _reinstate; echo "\${COMPREPLY[@]}"`
    expect((await execa('bash', ['-c', complete])).stdout).toBe('rollback')
  })

  it('can run the program through a symbolic link', async () => {
    const link = join(desk.directory, 'reinstate')
    await execa('ln', ['-sf', packageFolder('bin', 'reinstate'), link])
    expect((await execa(link, ['--version'])).stdout).toBe('0.2.0')
  })
})

describe('bad input', () => {
  it.each([
    [['nonsense'], "unknown command 'nonsense'"],
    [['run'], 'run needs a plan, or --preview FILE'],
    [['run', 'x', '--input', 'y'], '--input y is not name=value'],
    [['completion', 'tcsh'], 'tcsh is not one of bash, zsh, fish'],
  ])('%j exits with 2 and says why', async (words, why) => {
    const { code, err } = await desk.type(...words)
    expect(err).toContain(why)
    expect(err).not.toMatch(/^ +at /m)
    expect(code).toBe(2)
  })

  it('a missing inventory or plan is reported before anything is started', async () => {
    expect(await desk.type('run', 'guestbook')).toMatchObject({
      code: 2,
      err: expect.stringContaining('inventory.yaml:1:1 inventory-missing'),
    })
    writeFileSync(join(desk.directory, 'inventory.yaml'), 'hosts: { here: { local: true } }\n')
    const { code, err } = await desk.type('run', 'gestbook-restore')
    expect(err).toContain('unknown-plan')
    expect(err).toContain('did you mean "guestbook-restore"?')
    expect(code).toBe(2)
  })
})

describe('if nothing answers', () => {
  it.each([['status'], ['show', 'x'], ['logs', 'x'], ['approve', 'x'], ['cancel', 'x']])(
    '%s %s exits with 3 and says what to start',
    async (...words) => {
      const { code, err } = await desk.type(...words)
      expect(err).toMatch(
        /^Temporal does not answer at 127\.0\.0\.1:\d+: nothing listens there\n {2}next: reinstate dev$/,
      )
      expect(code).toBe(3)
    },
  )

  it('a configured server is never replaced by an embedded one', async () => {
    const { code, err } = await desk.typeWith({ TEMPORAL_ADDRESS: '127.0.0.1:9' }, 'run', 'guestbook-restore')
    expect(err).toContain('Temporal does not answer at 127.0.0.1:9')
    expect(code).toBe(3)
  })

  itInDepth('a server that accepts connections and stays silent times out', async () => {
    const silent = createServer(() => undefined)
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`
    const { code, err } = await desk.typeWith({ TEMPORAL_ADDRESS: address }, 'status')
    silent.close()
    expect(err).toContain(`Temporal does not answer at ${address}`)
    expect(code).toBe(3)
  })
})

describe('trusting a host', () => {
  it('shows the key and pins it after a yes; another key needs --replace', async () => {
    const sshd = await startSshd()
    const known = join(desk.directory, 'known_hosts')
    writeFileSync(
      join(desk.directory, 'inventory.yaml'),
      `hosts: { server: { address: 127.0.0.1, port: ${sshd.port}, user: root, key: not-made-yet } }\n`,
    )
    try {
      const unasked = await desk.type('trust', 'server')
      expect(unasked.out).toMatch(/shows the key\n {2}SHA256:/)
      expect(unasked).toMatchObject({ code: 2, err: expect.stringContaining('nobody can compare the key') })

      expect(await desk.type('trust', 'server', '--yes')).toMatchObject({ code: 0 })
      expect(readFileSync(known, 'utf8')).toContain(sshd.hostKey)
      expect((await desk.type('trust', 'server')).out).toContain('It is pinned already.')

      const other = readFileSync(join(sshd.directory, 'key.pub'), 'utf8').split(' ').slice(0, 2).join(' ')
      writeFileSync(known, `[127.0.0.1]:${sshd.port} ${other}\n`)
      const refused = await desk.type('trust', 'server', '--yes')
      expect(refused.err).toContain('reinstate trust server --replace')
      expect(refused.code).toBe(3)
      expect(await desk.type('trust', 'server', '--yes', '--replace')).toMatchObject({ code: 0 })
      expect(readFileSync(known, 'utf8')).toContain(sshd.hostKey)
    } finally {
      await sshd.remove()
    }
    expect(await desk.type('trust', 'nowhere')).toMatchObject({ code: 2 })
  })
})
