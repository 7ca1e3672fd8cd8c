import type { TestHost } from './test-host.ts'
import { engineLines } from './fingerprint-docker.ts'
import { fileLines } from './fingerprint-files.ts'
export { diffFingerprints } from './diff-fingerprints.ts'

export interface FingerprintOptions {
  /** Absolute paths that are left out, with all below them. */
  readonly exclude?: readonly string[]
  /** Volumes whose contents are left out; those that a running container mounts always are. */
  readonly withoutContentsOf?: readonly string[]
}

const FOLDERS = ['/srv', '/backup', '/root', '/etc', '/home']

/**
 * A test host's state outside reinstate's own folder, one line to a file, volume, container, network and image, sorted:
 * the same text for the same state. Times are left out. Without an engine on the test host: its files.
 */
export async function fingerprint(testHost: TestHost, options: FingerprintOptions = {}): Promise<string> {
  const { exclude = [], withoutContentsOf = [] } = options
  const lines = await Promise.all([
    fileLines(testHost, FOLDERS, exclude),
    engineLines(testHost, withoutContentsOf),
  ])
  return lines.flat().toSorted().join('\n')
}
