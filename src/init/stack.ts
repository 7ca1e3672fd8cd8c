import type { Use } from './mounts.ts'

/** What init found of one Compose project: plain data, printed by --json, and all that the texts are made of. */
export interface Stack {
  readonly host: string
  readonly project: string
  /** What its plans are called, and what two runs wait for: an id, after the project; where a run made that, the first one's. */
  readonly name: string
  /** The Compose files, the first one's directory being the project's. */
  readonly files: readonly string[]
  readonly directory: string
  readonly services: readonly Service[]
  /** What is restored, in the order in which it was found. */
  readonly data: readonly Data[]
  /** Named volumes that are mounted again as they are. */
  readonly kept: readonly { readonly key: string; readonly volume: string }[]
  /** Networks with a name of their own; by key. */
  readonly networks: readonly { readonly key: string; readonly network: string }[]
  readonly backup: Backup
  /** Crontabs, timers and the scripts that they call, where they name the project: file and line. */
  readonly schedules: readonly string[]
  /** The page that shows that it is served, and the status it has now. */
  readonly page?: { readonly url: string; readonly status: number }
  /** What init cannot handle, or does not know: to be read before the plan is run. */
  readonly notes: readonly string[]
}

export interface Service {
  readonly service: string
  readonly image: string
  readonly status: string
  /** Published: `8080 to 80/tcp`. */
  readonly ports: readonly string[]
  /** Names only. */
  readonly variables: readonly string[]
  readonly containerName?: string
  /** It is built from its Compose file, which names no image. */
  readonly built?: true
}

/** A volume or a bind-mounted directory that a restore makes anew. */
export interface Data {
  /** What fresh ones are called after: the volume's key in the Compose file, or the directory's path, without an earlier run. */
  readonly key: string
  readonly is: 'volume' | 'directory'
  /** The volume by its full name, or the directory on the host. */
  readonly live: string
  /** Below the backup. */
  readonly from: string
  readonly mounts: readonly Use[]
  /** More keys of the Compose file that are this very volume. */
  readonly also?: readonly string[]
  /** A volume that the Compose file says more about than its name: an override has to replace all of it. */
  readonly spoken?: true
  readonly database?: Database
}

/** A database that a volume or a directory holds; the rows of the first two can be compared. */
export interface Database {
  readonly engine: 'PostgreSQL' | 'MariaDB' | 'MySQL' | 'MongoDB' | 'Redis'
  readonly version: string
  readonly image: string
  /** Where the data directory is below the volume; empty where it is the volume itself. */
  readonly below: string
  /** The superuser, where it is not postgres. */
  readonly user?: string
}

export interface Backup {
  readonly directory: string
  /** Whether it was there when init looked. */
  readonly there: boolean
  readonly manifest?: string
}
