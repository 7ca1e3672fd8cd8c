import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openSigners } from '../../src/allowed-signers.ts'
import { signed } from '../../src/cli/signing.ts'
import { statementOf } from '../../src/workflows/signed-answer.ts'
import type { DecisionAnswer } from '../../src/workflows/status.ts'

// Signing as the CLI does it, and verifying as a worker does it, with the real ssh-keygen.

const TOKEN = '8a2c0f4e-0000-4000-8000-000000000001'
const ANSWER = { decision: 'gate/x', choice: 'approve', by: 'lead', digest: 'shown' } as const
let folder = ''
let file = ''
const key = (name: string) => join(folder, name)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reinstate-keys-'))
  file = join(folder, 'allowed_signers')
  for (const [name, type] of [
    ['lead', 'ed25519'],
    ['other', 'ecdsa'],
    ['old', 'rsa'],
  ] as const)
    await execa('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', key(name)])
})
afterAll(() => rm(folder, { recursive: true, force: true }))
beforeEach(async () => {
  const lines = ['lead', 'old'].map(async (name) => `lead ${await readFile(key(`${name}.pub`), 'utf8')}`)
  await writeFile(file, (await Promise.all(lines)).join(''))
  await chmod(file, 0o644)
})

interface Changed extends Partial<Omit<DecisionAnswer, 'signature'>> {
  readonly signer?: string
  readonly token?: string
}
const verified = async (name: string, { signer = 'lead', token = TOKEN, ...changed }: Changed = {}) => {
  const { signature, ...answer } = await signed(ANSWER, { token: TOKEN, key: key(name) })
  const statement = statementOf(token, { ...answer, ...changed })
  return await openSigners(file).verify({ signer, signature, statement })
}

describe('a signature', () => {
  it.each(['lead', 'old'])(
    'by the key %s of the person › is verified, with its fingerprint',
    async (name) => {
      const { stdout } = await execa('ssh-keygen', ['-l', '-f', key(`${name}.pub`)])
      expect(await verified(name)).toEqual({ key: stdout.split(' ')[1] })
    },
  )

  it.each<[string, string, Changed]>([
    ['by the key of nobody', 'other', {}],
    ['by the key of another person', 'lead', { signer: 'on-call' }],
    ['for another run', 'lead', { token: 'another' }],
    ['for another decision', 'lead', { decision: 'gate/y' }],
    ['for another choice', 'lead', { choice: 'reject' }],
    ['for another digest', 'lead', { digest: 'another' }],
    ['for another name', 'lead', { by: 'on-call' }],
    ['for another time', 'lead', { signedAt: '2026-11-21T10:00:00Z' }],
  ])('%s › is refused', async (_, name, changed) => {
    expect(await verified(name, changed)).toHaveProperty('refused')
  })

  it('for another purpose than decisions › is refused', async () => {
    const statement = statementOf(TOKEN, ANSWER)
    const { stdout } = await execa('ssh-keygen', ['-Y', 'sign', '-q', '-n', 'git', '-f', key('lead')], {
      input: statement,
    })
    const signature = stdout.replace(/-----[A-Z ]+-----|\s/g, '')
    expect(await openSigners(file).verify({ signer: 'lead', signature, statement })).toHaveProperty('refused')
  })
})

describe('allowed_signers', () => {
  it('that others can write › is not used', async () => {
    await chmod(file, 0o666)
    expect(await verified('lead')).toMatchObject({ refused: expect.stringContaining('chmod go-w') })
    expect(await openSigners(file).problemWith(['lead'])).toMatchObject({ code: 'unknown-signer' })
  })

  it('that is missing › verifies nothing', async () => {
    await rm(file)
    expect(await verified('lead')).toMatchObject({ refused: expect.stringContaining('does not exist') })
  })

  it('names those who have no key in it', async () => {
    expect(await openSigners(file).problemWith(['lead'])).toBeUndefined()
    expect(await openSigners(file).problemWith(['lead', 'on-call'])).toMatchObject({
      message: 'has no key of on-call, who must sign decisions of this plan',
    })
  })

  it('from which a key was removed › verifies it no more', async () => {
    expect(await verified('lead')).toHaveProperty('key')
    await writeFile(file, '')
    expect(await verified('lead')).toHaveProperty('refused')
  })
})
