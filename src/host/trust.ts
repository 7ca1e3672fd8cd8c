import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HostKeyMismatch } from '../errors.ts'
import { fetchKey } from './connect.ts'
import { fingerprint, isFor, knownHostsLine, pinnedKeys } from './known-hosts.ts'
import type { Target } from './target.ts'

/** A host's key as it showed it, to be compared by a person and then pinned. */
export interface ShownKey {
  readonly host: string
  readonly fingerprint: string
  /** What `pin` writes down. */
  readonly line: string
  /** Whether exactly this key is pinned already. */
  readonly pinned: boolean
}

/** Asks a host for its key. Connects only far enough to see it; no login is tried. @throws HostUnreachable; retried */
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
 * Writes the key down. A second call with the same key does nothing.
 * @throws HostKeyMismatch where another key of the host is pinned and `replace` is not said
 */
export async function pin(
  file: string,
  {
    target,
    shown,
    replace,
  }: { readonly target: Target; readonly shown: ShownKey; readonly replace: boolean },
): Promise<void> {
  const before = await pinnedKeys(file, target)
  const known = before.map(fingerprint)
  if (known.length === 1 && known[0] === shown.fingerprint) return
  if (known.length > 0 && !replace && !known.includes(shown.fingerprint)) {
    throw new HostKeyMismatch(target.name, { pinned: known.join(' or '), shown: shown.fingerprint })
  }
  await mkdir(dirname(file), { recursive: true })
  if (known.length === 0) return appendFile(file, `${shown.line}\n`)
  if (!replace) return
  const others = (await readFile(file, 'utf8'))
    .split('\n')
    .filter((line) => line !== '' && !isFor(line, target))
  // Renamed over the old one, so that a crash leaves one of the two whole.
  await writeFile(`${file}.new`, [...others, shown.line, ''].join('\n'))
  await rename(`${file}.new`, file)
}
