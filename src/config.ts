import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Where things are. The one reader of the environment, beside Temporal's own variables (temporal.toml, TEMPORAL_…). */
export interface Config {
  /** Databases, logs and binaries of the embedded server. REINSTATE_HOME */
  readonly home: string
  /** Folders that hold plans by name. REINSTATE_PLANS, separated by ":"; the shipped plans come last. */
  readonly planFolders: readonly string[]
  /** REINSTATE_INVENTORY; ./inventory.yaml unless said. */
  readonly inventory: string
  /** Pinned host keys, in OpenSSH's format: written by `reinstate trust`. Beside the inventory. */
  readonly knownHosts: string
  /** An existing `temporal` binary. TEMPORAL_CLI_PATH */
  readonly temporalBinary: string | undefined
}

export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const inventory = resolve(environment['REINSTATE_INVENTORY'] ?? 'inventory.yaml')
  const listed = environment['REINSTATE_PLANS']?.split(':').filter(Boolean) ?? []
  return {
    home: environment['REINSTATE_HOME'] ?? join(homedir(), '.local', 'share', 'reinstate'),
    planFolders: [...listed, resolve('plans'), packageFolder('plans')].map((folder) => resolve(folder)),
    inventory,
    knownHosts: join(inventory, '..', 'known_hosts'),
    temporalBinary: environment['TEMPORAL_CLI_PATH'],
  }
}

/** A path inside this package, whether the code runs from src or compiled from dist/src. */
export function packageFolder(...parts: readonly string[]): string {
  const here = import.meta.dirname
  const root = here.endsWith(join('dist', 'src')) ? join(here, '..', '..') : join(here, '..')
  return join(root, ...parts)
}
