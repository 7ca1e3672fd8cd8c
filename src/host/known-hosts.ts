import { createHash, createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/** A host's public key: `type` such as `ssh-ed25519`, `blob` in wire format. */
export interface HostKey {
  readonly type: string
  readonly blob: Buffer
}

export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** The keys of an endpoint in a known_hosts file. */
export interface KnownKeys {
  readonly pinned: readonly HostKey[]
  /** Keys on @revoked lines, which are never accepted. */
  readonly revoked: readonly HostKey[]
}

/** Returns the keys of an endpoint in a known_hosts file, under plain or hashed names. None without the file. */
export async function knownKeys(file: string, endpoint: Endpoint): Promise<KnownKeys> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })
  const lines = text.split('\n').map((line) => line.trim())
  return {
    pinned: lines.filter((line) => pins(line, endpoint)).flatMap((line) => keyIn(line, 1)),
    revoked: lines.filter((line) => revokesFor(line, endpoint)).flatMap((line) => keyIn(line, 2)),
  }
}

/** The key after this many words. */
function keyIn(line: string, words: number): readonly HostKey[] {
  return [parseKey(line.split(/\s+/).slice(words).join(' '))].filter((key) => key !== undefined)
}

/** Parses `ssh-ed25519 AAAA… comment`; undefined for anything but a public key. */
export function parseKey(text: string): HostKey | undefined {
  const [type = '', base64 = ''] = text.trim().split(/\s+/)
  const blob = Buffer.from(base64, 'base64')
  return type !== '' && blob.length > 4 && keyOf(blob).type === type ? { type, blob } : undefined
}

/** Reads a key in wire format. */
export function keyOf(blob: Buffer): HostKey {
  const length = blob.length < 4 ? 0 : blob.readUInt32BE(0)
  return { type: blob.subarray(4, 4 + length).toString('latin1'), blob }
}

/** Returns `SHA256:…`, as `ssh-keygen -l` prints it. */
export function fingerprint({ blob }: HostKey): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/** Returns the known_hosts line that pins a key. */
export function knownHostsLine(endpoint: Endpoint, { type, blob }: HostKey): string {
  return `${entryName(endpoint)} ${type} ${blob.toString('base64')}`
}

/** Whether a known_hosts line pins a key of the endpoint. Lines with a marker (@revoked, @cert-authority) do not. */
export function pins(line: string, endpoint: Endpoint): boolean {
  const [names = ''] = line.trim().split(/\s+/)
  if (names === '' || names.startsWith('#') || names.startsWith('@')) return false
  return names.split(',').some((name) => matches(name, entryName(endpoint)))
}

/**
 * Whether a @revoked line concerns the endpoint. Its names may be patterns with * and ?, or exceptions after "!". Unlike a pin,
 * a name without a port is for every port: OpenSSH looks for it too.
 */
function revokesFor(line: string, endpoint: Endpoint): boolean {
  const [marker, names = ''] = line.split(/\s+/)
  if (marker !== '@revoked') return false
  const wanted = [entryName(endpoint), endpoint.address]
  const isNamed = (name: string): boolean =>
    wanted.some((one) => matches(name, one) || (!name.startsWith('|') && pattern(name).test(one)))
  const [exceptions, listed] = [true, false].map((not) =>
    names.split(',').filter((name) => name.startsWith('!') === not),
  )
  return listed?.some(isNamed) === true && exceptions?.some((name) => isNamed(name.slice(1))) === false
}

function pattern(name: string): RegExp {
  const escaped = name.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i')
}

function entryName({ address, port }: Endpoint): string {
  return port === 22 ? address : `[${address}]:${port}`
}

/** A hashed name is `|1|salt|hmac`, of the name with its brackets. */
function matches(name: string, wanted: string): boolean {
  const [, version, salt, sum] = name.split('|')
  if (version === undefined) return name.toLowerCase() === wanted.toLowerCase()
  if (version !== '1' || salt === undefined || sum === undefined) return false
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(wanted).digest('base64') === sum
}
