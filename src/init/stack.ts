import type { TriedKey } from './applications/application.ts'
import type { Addresses } from './addresses.ts'
import type { AsStarted } from './as-started.ts'
import type { ConfigurationFile } from './configuration-files.ts'
import type { Credential } from './credentials.ts'
import type { Use } from './places.ts'

/** What init found of one Compose project: plain data, printed by --json and used for all texts. */
export interface Stack {
  readonly host: string
  readonly project: string
  /** The name of its plans and of its lock: an id, from the project; for a project that a run created, from the original. */
  readonly name: string
  /** The Compose files; the directory of the first is that of the project. */
  readonly files: readonly string[]
  readonly directory: string
  readonly services: readonly Service[]
  /** Each place in which its containers may hold data, and what the plan makes of it. */
  readonly places: readonly Place[]
  /** How the plan starts them. */
  readonly start: AsStarted
  /** What is restored, in the order in which it was found. */
  readonly data: readonly Data[]
  /** Places for which the backup has nothing. No plan is written unless the operator keeps the live ones. */
  readonly missing: readonly MissingPlace[]
  /** Folders in the backup's directory that each are a backup of their own. No plan is written until one is chosen. */
  readonly backups: readonly string[]
  /** Compose files, env files and mounted files that the backup has, compared with those of the host. */
  readonly configuration: readonly ConfigurationFile[]
  /** The host has no container of the project: nothing is stopped. */
  readonly isNew?: true
  /** Nor any of its places: each is restored under its own name, and so is the project. */
  readonly isInPlace?: true
  /** Volumes that are mounted again unchanged. */
  readonly kept: readonly KeptVolume[]
  /** Networks of the host that the restored stack uses again, by key: addresses, subnets and other users stay as they are. */
  readonly networks: readonly { readonly key: string; readonly network: string }[]
  readonly backup: Backup
  /** File and line of each crontab, timer, and script that these call, which names the project. */
  readonly schedules: readonly string[]
  /** What the plan settles, so that a plain `docker compose up -d` is the restored stack. */
  readonly dayAfter?: DayAfter
  /** The web page that shows that the stack serves, and its current status. */
  readonly page?: { readonly url: string; readonly status: number }
  /** What init cannot handle or does not know: to read before the plan is run. */
  readonly notes: readonly string[]
}

/** A place in which the stack's containers may hold data, and what a restore makes of it. */
export interface Place {
  readonly is: 'volume' | 'anonymous volume' | 'directory' | 'file' | 'layer'
  readonly live: string
  readonly mounts: readonly Use[]
  /**
   * restored: created anew from the backup · kept: the live one is mounted again · empty: it holds nothing to restore, and is
   * mounted again · lost: the new containers get an empty one
   */
  readonly verdict: 'restored' | 'kept' | 'empty' | 'lost'
  /** The reason, for all but a restored one. */
  readonly why?: string
  readonly database?: Database
}

export interface KeptVolume {
  readonly key: string
  readonly volume: string
  /** Where the services have it, if the Compose file does not say so: an anonymous one. */
  readonly mounts?: readonly Use[]
}

/** A place of the stack that the backup does not hold. */
export interface MissingPlace {
  readonly is: 'volume' | 'anonymous volume' | 'directory'
  readonly mounts: readonly Use[]
  readonly live: string
  /** The volume's key in the Compose file, or the directory's path. */
  readonly key: string
  /** The folder that it would be in. */
  readonly folder: string
  /** What the backup has instead, such as `there is no folder db`. */
  readonly why: string
  /** What it holds, such as `PostgreSQL 17`; empty for plain files. */
  readonly holds: string
  /** Folders that fit it equally well. */
  readonly candidates: readonly string[]
  /** What of the backup may hold its data, but cannot be restored: one line each. */
  readonly archives: readonly string[]
  /** The operator keeps the live one in the restored stack. */
  readonly isKept: boolean
}

/** What `docker compose` in the project's directory reads after the cutover. */
export interface DayAfter {
  /**
   * starts: a plain `docker compose up -d` is the restored stack. fails: the stack is started with `-f` or another project
   * directory, which an env file cannot redirect, so the command fails with a message.
   */
  readonly command: 'starts' | 'fails'
  /** The env file in which the plan names the restored project and its files. */
  readonly envFile: string
  /** Whether there is none yet. */
  readonly isNew: boolean
}

export interface Service {
  readonly service: string
  readonly image: string
  readonly status: string
  /** Published ports: `8080 to 80/tcp`. */
  readonly ports: readonly string[]
  /** Names of its variables, without values. */
  readonly variables: readonly string[]
  readonly containerName?: string
  /** The image to start, where the Compose file or a tag that was moved names another one, or none. */
  readonly runs?: string
  /** The number of containers, where it differs from the Compose file. */
  readonly replicas?: { readonly count: number; readonly field: 'scale' | 'replicas' }
  readonly addresses: Addresses
}

/** A volume or a bind-mounted directory that a restore creates anew. */
export interface Data {
  /** The base name of fresh places: the volume's key in the Compose file, or the directory's path; without an earlier run. */
  readonly key: string
  readonly is: 'volume' | 'directory'
  /** The full name of the volume, or the path of the directory. */
  readonly live: string
  /** Its folder in the backup; of one that is restored from a dump, the path of that. */
  readonly from: string
  /** A dump is loaded into a fresh volume, whatever the live place is. */
  readonly dump?: Dump
  /** Its own name is free on the host, and the plan restores it under that. */
  readonly isInPlace?: true
  /** Why this folder, where its name does not say so. */
  readonly guess?: string
  readonly mounts: readonly Use[]
  /** Other keys of the Compose file for this volume. */
  readonly also?: readonly string[]
  /** Volumes of the Compose file that are this directory, or the one `below` it, by their driver_opts. */
  readonly volumes?: readonly { readonly key: string; readonly below?: string }[]
  /** The directory that it was in is gone, too. */
  readonly withoutParent?: true
  /** The Compose file sets more than the volume's name, so an override has to replace all of it. */
  readonly customized?: true
  readonly database?: Database
  /** The data directory of PostgreSQL in the backup has the list of its sums with it, as postgres-backup makes it. */
  readonly isListed?: true
  /** The SQLite files in the backup's folder, relative to it. */
  readonly sqlite?: readonly string[]
  /** Keys with which services encrypt what is in these files. */
  readonly keys?: readonly TriedKey[]
}

/** What the plan says of a dump, beside where it is. */
export interface Dump {
  readonly server: 'postgres' | 'mariadb'
  /** The key of the fresh volume. */
  readonly key: string
  readonly user?: string
  /** Not for a dump of a whole PostgreSQL server. */
  readonly database?: string
  /** The path of the file of roles, below the backup. */
  readonly globals?: string
  /** The service of the server, and its variables with the passwords of `user` and of root. */
  readonly service: string
  readonly variable?: string
  readonly rootVariable?: string
  /** What it is, how old, and what its proof compares. */
  readonly text: string
}

/** A database in a volume or a directory. The rows of the first two engines can be compared. */
export interface Database {
  readonly engine: 'PostgreSQL' | 'MariaDB' | 'MySQL' | 'MongoDB' | 'Redis'
  readonly version: string
  readonly image: string
  /** The path of the data directory below the volume; empty if it is the volume itself. */
  readonly below: string
  /** Passwords with which other services log in to it. */
  readonly credentials?: readonly Credential[]
  /** Keys with which they encrypt rows of it. */
  readonly keys?: readonly TriedKey[]
  /** Settings of its service that scratch servers need too. */
  readonly options?: Readonly<Record<string, string>>
}

export interface Backup {
  readonly directory: string
  /** Whether it existed when init looked. */
  readonly there: boolean
  readonly manifest?: string
}
