import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { readAnswer } from '../workflows/answers.ts'
import { SIGNATURE_NAMESPACE, statementOf } from '../workflows/signed-answer.ts'
import type { DecisionAnswer } from '../workflows/status.ts'
import { BadInput } from './exit-codes.ts'

/** The identities that ssh tries, strongest first. */
const IDENTITIES = ['id_ed25519_sk', 'id_ed25519', 'id_ecdsa_sk', 'id_ecdsa', 'id_rsa']

export interface SigningOptions {
  /** Of the decision: the first run id of the workflow that asks. */
  readonly token: string
  /** The file of a key, or of a public key whose private key ssh-agent holds. Default: the only key of ssh-agent, then ~/.ssh/id_*. */
  readonly key?: string | undefined
}

/** Signs an answer. The private key stays with ssh-keygen and ssh-agent. @throws BadInput */
export async function signed(
  answer: DecisionAnswer,
  { token, key }: SigningOptions,
): Promise<DecisionAnswer & { readonly signature: string }> {
  // As the run reads it, or it could not verify it.
  const read = readAnswer({ ...answer, signedAt: new Date().toISOString() })
  if (typeof read === 'string') throw new BadInput(read)
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-sign-'))
  try {
    const statement = join(folder, 'statement')
    await writeFile(statement, statementOf(token, read))
    const file = await keyFile(folder, key)
    // Asks for a passphrase, or for the touch of a security key, at the terminal.
    const { exitCode, failed } = await execa(
      'ssh-keygen',
      ['-Y', 'sign', '-q', '-n', SIGNATURE_NAMESPACE, '-f', file, statement],
      { stdio: ['inherit', 'ignore', 'inherit'], reject: false },
    )
    if (failed)
      throw new BadInput(`ssh-keygen did not sign with ${file}: exit status ${exitCode ?? 'unknown'}`)
    const armored = await readFile(`${statement}.sig`, 'utf8')
    return { ...read, signature: armored.replace(/-----[A-Z ]+-----|\s/g, '') }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function keyFile(folder: string, key: string | undefined): Promise<string> {
  if (key !== undefined) {
    if (existsSync(key)) return key
    throw new BadInput(`there is no key ${key}`)
  }
  const { exitCode, stdout } = await execa('ssh-add', ['-L'], { reject: false, stdin: 'ignore' })
  const held = exitCode === 0 ? stdout.split('\n').filter((line) => line.trim() !== '') : []
  if (held.length === 1) {
    const file = join(folder, 'key.pub')
    await writeFile(file, `${held[0]}\n`)
    return file
  }
  const own = IDENTITIES.map((name) => join(homedir(), '.ssh', name)).find((file) => existsSync(file))
  if (own !== undefined) return own
  const why = held.length > 1 ? `ssh-agent holds ${held.length} keys` : 'no SSH key was found'
  throw new BadInput(`${why}; name the one to sign with: --key FILE`)
}
