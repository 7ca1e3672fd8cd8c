import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Signers } from './activities/plans.ts'
import { readTrusted } from './diagnostics/file-access.ts'
import { SIGNATURE_NAMESPACE } from './workflows/signed-answer.ts'

const MAX_FILE_BYTES = 1024 * 1024
const TIMEOUT_MILLISECONDS = 10_000

/**
 * The people of an allowed_signers file (ssh-keygen(1), ALLOWED SIGNERS). The file is read for each question, so a removed
 * key is invalid at once. ssh-keygen does the cryptography; it knows every type of key that ssh knows.
 */
export function openSigners(file: string): Signers {
  return {
    verify: async ({ signer, statement, signature }) => {
      const { bytes, problem } = read(file)
      if (problem !== undefined) return { refused: `${file} ${problem.message}: ${problem.fix}` }
      return await inPrivateFolder(async (folder) => {
        // The content that was checked; the path may hold another file meanwhile.
        await writeFile(join(folder, 'signers'), bytes)
        await writeFile(join(folder, 'signature'), armored(signature))
        const { exitCode, stdout, stderr } = await keygen(
          ['verify', '-f', join(folder, 'signers'), '-I', signer, '-s', join(folder, 'signature')],
          statement,
        )
        const key = /^Good "\S+" signature for .* with \S+ key (SHA256:\S+)$/m.exec(stdout)?.[1]
        if (exitCode === 0 && key !== undefined) return { key }
        const said = (stderr || stdout).trim().split('\n').at(-1) ?? ''
        return { refused: `it is not signed by a key of ${signer} in allowed_signers: ${said}` }
      })
    },
    problemWith: async (people) => {
      if (people.length === 0) return undefined
      const about = { file, line: 1, column: 1, code: 'unknown-signer' }
      const { bytes, problem } = read(file)
      if (problem !== undefined) return { ...about, message: problem.message, hint: problem.fix }
      return await inPrivateFolder(async (folder) => {
        const signers = join(folder, 'signers')
        await writeFile(signers, bytes)
        const isKnown = async (one: string) =>
          (await keygen(['match-principals', '-I', one, '-f', signers])).exitCode === 0
        const known = await Promise.all(people.map(isKnown))
        const unknown = people.filter((_, index) => !known[index])
        if (unknown.length === 0) return undefined
        const message = `has no key of ${unknown.join(', ')}, who must sign decisions of this plan`
        return { ...about, message, hint: 'add a line: NAME, then the public key' }
      })
    },
  }
}

function read(file: string): ReturnType<typeof readTrusted> {
  try {
    return readTrusted(file, { limitBytes: MAX_FILE_BYTES })
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const message = isMissing ? 'does not exist' : `cannot be read: ${String(error)}`
    const fix = 'write it beside the inventory, a line for each key: NAME, then the public key'
    return { bytes: Buffer.alloc(0), problem: { message, fix } }
  }
}

async function keygen([verb = '', ...words]: readonly string[], input = '') {
  return await execa('ssh-keygen', ['-Y', verb, '-n', SIGNATURE_NAMESPACE, ...words], {
    ...{ input, reject: false, timeout: TIMEOUT_MILLISECONDS },
    env: { LC_ALL: 'C' },
  })
}

async function inPrivateFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-signers-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The form that ssh-keygen reads. */
function armored(base64: string): string {
  const lines = base64.match(/.{1,70}/g) ?? []
  return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----', ''].join('\n')
}
