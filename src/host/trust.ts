import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HostKeyMismatch } from '../errors.ts'
import { fetchKey } from './connect.ts'
import { fingerprint, knownHostsLine, knownKeys, pins } from './known-hosts.ts'
import type { Target } from './target.ts'

/** A host's key, for a person to compare before it is pinned. */
export interface ShownKey {
  readonly host: string
  readonly fingerprint: string
  /** The line that `pin` writes. */
  readonly line: string
  /** Whether this key is already pinned. */
  readonly pinned: boolean
}

/** Asks a host for its key, without a login. @throws HostUnreachable; retried · HostKeyRevoked; never retried */
export async function fetchHostKey(target: Target): Promise<ShownKey> {
  const key = await fetchKey(target)
  return {
    host: target.name,
    fingerprint: fingerprint(key),
    line: knownHostsLine(target, key),
    pinned: target.pinned.some(({ blob }) => blob.equals(key.blob)),
  }
}

/**
 * Pins a key. Idempotent.
 * @throws HostKeyMismatch if another key of the host is pinned and `replace` is false
 */
export async function pin(
  file: string,
  {
    target,
    shown,
    replace,
  }: { readonly target: Target; readonly shown: ShownKey; readonly replace: boolean },
): Promise<void> {
  const { pinned } = await knownKeys(file, target)
  const known = pinned.map(fingerprint)
  if (known.length === 1 && known[0] === shown.fingerprint) return
  if (known.length > 0 && !replace && !known.includes(shown.fingerprint)) {
    throw new HostKeyMismatch(target.name, { pinned: known.join(' or '), shown: shown.fingerprint })
  }
  await mkdir(dirname(file), { recursive: true })
  if (known.length === 0) return appendFile(file, `${shown.line}\n`)
  if (!replace) return
  const others = (await readFile(file, 'utf8'))
    .split('\n')
    .filter((line) => line !== '' && !pins(line, target))
  // By rename: a crash leaves the old or the new file, complete.
  await writeFile(`${file}.new`, [...others, shown.line, ''].join('\n'))
  await rename(`${file}.new`, file)
}
