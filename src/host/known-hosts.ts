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

/** Returns the keys pinned for an endpoint in a known_hosts file, under plain or hashed names. None without the file. */
export async function pinnedKeys(file: string, endpoint: Endpoint): Promise<readonly HostKey[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })
  return text
    .split('\n')
    .filter((line) => isFor(line, endpoint))
    .map((line) => parseKey(line.trim().split(/\s+/).slice(1).join(' ')))
    .filter((key) => key !== undefined)
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
export function isFor(line: string, endpoint: Endpoint): boolean {
  const [names = ''] = line.trim().split(/\s+/)
  if (names === '' || names.startsWith('#') || names.startsWith('@')) return false
  return names.split(',').some((name) => matches(name, entryName(endpoint)))
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
