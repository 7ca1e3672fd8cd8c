import type { TestHost } from './test-host.ts'
import { engineLines } from './fingerprint-docker.ts'
import { fileLines } from './fingerprint-files.ts'
export { diffFingerprints } from './diff-fingerprints.ts'

export interface FingerprintOptions {
  /** Absolute paths of trees to leave out. */
  readonly exclude?: readonly string[]
  /** Volumes whose contents to leave out, in addition to those that a running container mounts. */
  readonly withoutContentsOf?: readonly string[]
}

const FOLDERS = ['/srv', '/backup', '/root', '/etc', '/home']

/**
 * Returns a test host's state outside reinstate's folder: a sorted line for each file, volume, container, network and image.
 * Equal states have equal texts. Leaves out times. Without an engine, only files.
 */
export async function fingerprint(testHost: TestHost, options: FingerprintOptions = {}): Promise<string> {
  const { exclude = [], withoutContentsOf = [] } = options
  const lines = await Promise.all([
    fileLines(testHost, FOLDERS, exclude),
    engineLines(testHost, withoutContentsOf),
  ])
  return lines.flat().toSorted().join('\n')
}
