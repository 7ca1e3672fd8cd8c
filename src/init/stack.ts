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
  /** The id in the names of its plans and of its lock. Made from the project's name, without the suffix that a run added. */
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
  /** Whether the host has no container of the project, so that the plan stops nothing. */
  readonly isNew?: true
  /** Whether the host also has none of its places, so that the plan restores project and places under their own names. */
  readonly isInPlace?: true
  /** Volumes that are mounted again unchanged. */
  readonly kept: readonly KeptVolume[]
  /** Networks of the host that the restored stack uses too, by key. Their addresses, subnets and other users do not change. */
  readonly networks: readonly { readonly key: string; readonly network: string }[]
  readonly backup: Backup
  /** File and line of each crontab and timer that names the project, and of the scripts that they call. */
  readonly schedules: readonly string[]
  /** What the plan writes, so that a plain `docker compose up -d` starts the restored stack. */
  readonly dayAfter?: DayAfter
  /** The web page that shows that the stack serves, and its current status. */
  readonly page?: { readonly url: string; readonly status: number }
  /** What init cannot handle or does not know. People read it before they run the plan. */
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
  /** Of an anonymous volume: where services mount it. */
  readonly mounts?: readonly Use[]
}

/** A place of the stack that the backup does not hold. */
export interface MissingPlace {
  readonly is: 'volume' | 'anonymous volume' | 'directory' | 'file'
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
  /** Its folder in the backup; of one that is restored from a dump or an archive, the path of that. */
  readonly from: string
  /** A dump is loaded into a fresh volume, whatever the live place is. */
  readonly dump?: Dump
  /** A directory of the archive `from` is unpacked. */
  readonly archived?: Archived
  /** Whether its own name is free on the host. The plan then restores it under that name. */
  readonly isInPlace?: true
  /** Why this folder was chosen. Absent if its name shows it. */
  readonly guess?: string
  readonly mounts: readonly Use[]
  /** Other keys of the Compose file for this volume. */
  readonly also?: readonly string[]
  /** Volumes of the Compose file whose driver_opts name this directory, or the directory `below` in it. */
  readonly volumes?: readonly { readonly key: string; readonly below?: string }[]
  /** Whether the directory above it does not exist either. */
  readonly withoutParent?: true
  /** Whether the Compose file sets more than the volume's name. An override then replaces the whole entry. */
  readonly customized?: true
  readonly database?: Database
  /** Whether the PostgreSQL data directory in the backup contains its list of checksums, as postgres-backup writes it. */
  readonly isListed?: true
  /** The SQLite files in the backup's folder, relative to it. */
  readonly sqlite?: readonly string[]
  /** Keys with which services encrypt what is in these files. */
  readonly keys?: readonly TriedKey[]
}

/** What the plan says of an archive, beside where it is. */
export interface Archived {
  /** The directory in it that becomes the place; "." is all of it. */
  readonly inside: string
  /** What it is, and how old. */
  readonly text: string
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
  /** The service whose containers serve it. */
  readonly service?: string
  /** Passwords with which other services log in to it. */
  readonly credentials?: readonly Credential[]
  /** Keys with which they encrypt rows of it. */
  readonly keys?: readonly TriedKey[]
  /** Settings of its service that scratch servers need too. */
  readonly options?: Readonly<Record<string, string>>
}

export interface Backup {
  readonly directory: string
  /** Whether it existed when init read the host. */
  readonly there: boolean
  readonly manifest?: string
}
