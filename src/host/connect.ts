import { open } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import { NodeSSH } from 'node-ssh'
import ssh2 from 'ssh2'
import type { AnyAuthMethod, Client } from 'ssh2'
import type { ReinstateError } from '../errors.ts'
import { HostKeyMismatch, HostKeyRevoked, HostKeyUnknown, HostNotReady, HostUnreachable } from '../errors.ts'
import { fingerprint, keyOf, knownHostsLine } from './known-hosts.ts'
import type { HostKey } from './known-hosts.ts'
import type { Target } from './target.ts'
import { concurrencyLimit } from './concurrency-limit.ts'

const CONNECT_TIMEOUT_MS = 4000
// A dead connection is detected after three of these.
const KEEPALIVE_MS = 4000
const SILENT_KEEPALIVES = 2

// A login costs CPU time: of a hundred at once, most would time out. The timeout begins when a login starts.
const logins = concurrencyLimit(8)

/**
 * Connects to a host; the only place that does. Compares the host's key before it sends any part of the authentication.
 * @throws HostUnreachable within 4 s for each hop; retried
 * @throws HostKeyUnknown · HostKeyMismatch · HostKeyRevoked · HostNotReady if no login succeeds; never retried
 */
export async function connect(target: Target): Promise<Client> {
  return logIn(target, (shown) => keyProblem(target, shown))
}

/** Reads a host's key, and disconnects before the authentication. @throws HostUnreachable · HostKeyRevoked */
export async function fetchKey(target: Target): Promise<HostKey> {
  const seen: HostKey[] = []
  const refusal = new HostKeyUnknown(target.name, '', '')
  // Without key files, which need not exist yet. Jump hosts on the way do need a login.
  await logIn({ ...target, keyFiles: [] }, (shown) => {
    seen.push(shown)
    return revokedProblem(target, shown) ?? refusal
  }).catch((error: unknown) => {
    if (error !== refusal) throw error
  })
  const [key] = seen
  if (key === undefined) throw new HostUnreachable(target.name, 'it sent no host key')
  return key
}

/** Returns the error for a host's key; undefined for a pinned key. */
export function keyProblem(target: Target, shown: HostKey): ReinstateError | undefined {
  const revoked = revokedProblem(target, shown)
  if (revoked !== undefined) return revoked
  if (target.pinned.some(({ blob }) => blob.equals(shown.blob))) return undefined
  if (target.pinned.length === 0) {
    return new HostKeyUnknown(target.name, knownHostsLine(target, shown), fingerprint(shown))
  }
  const pinned = target.pinned.map(fingerprint).join(' or ')
  return new HostKeyMismatch(target.name, { pinned, shown: fingerprint(shown) })
}

function revokedProblem({ name, revoked }: Target, shown: HostKey): HostKeyRevoked | undefined {
  const isRevoked = revoked.some(({ blob }) => blob.equals(shown.blob))
  return isRevoked ? new HostKeyRevoked(name, fingerprint(shown)) : undefined
}

async function logIn(target: Target, judge: (shown: HostKey) => ReinstateError | undefined): Promise<Client> {
  const { way, hangUp } = await wayTo(target)
  const methods = await loginMethods(target)
  const ssh = new NodeSSH()
  let refusal: ReinstateError | undefined
  const settings = {
    ...way,
    username: target.user,
    authHandler: [...methods],
    // ssh2's types lack some of the names that it accepts.
    algorithms: { serverHostKey: keyTypes(target) as ssh2.ServerHostKeyAlgorithm[] },
    hostVerifier: (blob: Buffer) => {
      refusal = judge(keyOf(blob))
      return refusal === undefined
    },
    readyTimeout: CONNECT_TIMEOUT_MS,
    keepaliveInterval: KEEPALIVE_MS,
    keepaliveCountMax: SILENT_KEEPALIVES,
  }
  const client = await logins(async () => {
    const connecting = ssh.connect(settings)
    const made = ssh.connection
    // Errors after the login end in `close`; without a listener they would end the process.
    made?.on('error', () => {})
    made?.once('close', hangUp)
    try {
      await connecting
    } catch (error) {
      made?.destroy()
      hangUp()
      throw refusal ?? explained(target, methods.length, error)
    }
    return made
  })
  if (client === null) throw new HostUnreachable(target.name, 'it closed the connection at once')
  // Otherwise the kernel delays the last bytes of each command by 40 ms.
  client.setNoDelay(true)
  return client
}

type Way = { readonly host: string; readonly port: number } | { readonly sock: Duplex }

async function wayTo(target: Target): Promise<{ readonly way: Way; readonly hangUp: () => void }> {
  if (target.jump === undefined) return { way: { host: target.address, port: target.port }, hangUp: () => {} }
  const jump = await connect(target.jump)
  const sock = await new Promise<Duplex>((resolve, reject) => {
    jump.forwardOut('127.0.0.1', 0, target.address, target.port, (error, stream) => {
      if (error)
        reject(
          new HostUnreachable(
            target.name,
            `the jump host ${target.jump?.name} cannot connect to it: ${error.message}`,
          ),
        )
      else resolve(stream)
    })
  }).catch((error: unknown) => {
    jump.end()
    throw error
  })
  return { way: { sock }, hangUp: () => jump.end() }
}

/** Pinned types first, so that a host with several keys presents the pinned one. The rest, to read an unpinned key. */
function keyTypes(target: Target): readonly string[] {
  const names = (type: string): readonly string[] =>
    type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type]
  const usual = [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'ssh-rsa',
  ]
  const types = [...target.pinned.map(({ type }) => type), ...usual].filter((type) => usual.includes(type))
  return [...new Set(types)].flatMap(names)
}

async function loginMethods(target: Target): Promise<readonly AnyAuthMethod[]> {
  const keys = await Promise.all(target.keyFiles.map((file) => readKey(target, file)))
  const byKey = keys
    .filter((key) => key !== undefined)
    .map((key): AnyAuthMethod => ({ type: 'publickey', username: target.user, key }))
  if (target.agent === undefined) return byKey
  return [...byKey, { type: 'agent', username: target.user, agent: target.agent }]
}

async function readKey(target: Target, file: string): Promise<string | undefined> {
  const { mode, text } = await readWithMode(file).catch((error: unknown) => {
    throw new HostNotReady(target.name, [`its key ${file} cannot be read: ${messageOf(error)}`])
  })
  // As ssh does, and as for the files with secrets.
  if ((mode & 0o077) !== 0)
    throw new HostNotReady(target.name, [
      `its key ${file} can be read by others (mode ${(mode & 0o777).toString(8).padStart(4, '0')}); chmod 600 ${file}`,
    ])
  if (!(ssh2.utils.parseKey(text) instanceof Error)) return text
  // Only the agent can use a key with a passphrase. Without an agent this was the only way to log in.
  if (target.agent !== undefined || target.keyFiles.length > 1) return undefined
  throw new HostNotReady(target.name, [
    `its key ${file} has a passphrase or is not a private key; load it into ssh-agent`,
  ])
}

async function readWithMode(file: string): Promise<{ readonly mode: number; readonly text: string }> {
  const handle = await open(file)
  try {
    return { mode: (await handle.stat()).mode, text: await handle.readFile('utf8') }
  } finally {
    await handle.close()
  }
}

function explained(target: Target, methods: number, error: unknown): ReinstateError {
  const where = `${target.user}@${target.address}:${target.port}`
  const level = error instanceof Error && 'level' in error ? error.level : undefined
  if (level === 'client-authentication') {
    const tried =
      methods === 0 ? 'there is no key to try' : `the host accepted none of ${methods} login methods`
    return new HostNotReady(target.name, [
      `login as ${where} failed: ${tried}; check "user" and "key" in the inventory, and authorized_keys on the host`,
    ])
  }
  const said = level === 'client-timeout' ? 'no answer in 4 s' : messageOf(error)
  return new HostUnreachable(
    target.name,
    `${where}: ${said}; check the address in the inventory and the firewall`,
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
