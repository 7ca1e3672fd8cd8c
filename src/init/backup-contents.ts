import { z } from 'zod'
import type { HostView } from '../host/host.ts'
import { question } from '../shell/command.ts'
import { shellFile } from '../shell/shell-file.ts'
import { many, readFacts } from '../steps/facts.ts'
import { readJson } from './survey.ts'
import type { Archive } from './archives.ts'
import { archivesOf } from './archives.ts'

/** What a backup holds. Folders are paths below the backup; live places are absolute paths. */
export interface BackupContents {
  /** All folders of the first two levels, and deeper ones that are called like a place; the nearest first. */
  readonly folders: readonly string[]
  /** Links to folders of the backup, by name. */
  readonly links: ReadonlyMap<string, string>
  /** The names at the top level of a folder or live place. */
  readonly entries: ReadonlyMap<string, readonly string[]>
  /** Folders that hold no data. */
  readonly vacant: readonly string[]
  /** The system identifier of each PostgreSQL data directory. */
  readonly clusters: ReadonlyMap<string, string>
  /** The engine of each other data directory of a database. */
  readonly engines: ReadonlyMap<string, string>
  /** Data directories of Redis, of the backup and live ones, with append-only files. */
  readonly logs: readonly string[]
  /** Folders in which everything belongs to root. */
  readonly rootOnly: readonly string[]
  /** A live place, and an owner in it that is not root, as `UID:GID`. */
  readonly owners: ReadonlyMap<string, string>
  readonly archives: readonly Archive[]
  /** What Compose files of the backup mount, such as `n8n` at /home/node/.n8n of service n8n. */
  readonly mounts: readonly BackupMount[]
}

export interface BackupMount {
  readonly service: string
  readonly target: string
  /** The key of the volume, or the base name of the directory. */
  readonly source: string
}

// Other fields are dropped, the values of variables above all.
const composeFile = z.object({
  services: z.record(
    z.string(),
    z.object({
      volumes: z.array(z.object({ source: z.string().optional(), target: z.string() })).nullish(),
    }),
  ),
})

interface ContentsOptions {
  readonly backup: string
  /** Base names of folders to find at any depth. */
  readonly names: readonly string[]
  /** The live data on the host. */
  readonly places: readonly string[]
}

/** Reads what a backup holds, in one exec. Changes nothing. */
export async function readContents(options: ContentsOptions, host: HostView): Promise<BackupContents> {
  const { backup, names, places } = options
  const script = shellFile('../init/backup.sh', { backup, names, places })
  const output = await host.ask(question(script, { timeoutSeconds: 900 }))
  const found = readFacts(output, {
    ...{
      folder: many,
      vacant: many,
      link: many,
      entries: many,
      cluster: many,
      engine: many,
      log: many,
      rootOnly: many,
      owned: many,
      archive: many,
      member: many,
      composeFile: many,
    },
  })
  return {
    folders: found.folder,
    vacant: found.vacant,
    links: new Map(found.link.map(halves)),
    entries: new Map(
      found.entries.map(halves).map(([at, list]) => [at, list.split('/').filter((name) => name !== '')]),
    ),
    clusters: new Map(found.cluster.map(halves)),
    engines: new Map(found.engine.map(halves)),
    logs: found.log,
    rootOnly: found.rootOnly,
    owners: new Map(found.owned.map(halves)),
    archives: archivesOf(found),
    mounts: found.composeFile.flatMap(mountsIn),
  }
}

/** The mounts of a Compose file as JSON; none of one with another form. */
function mountsIn(json: string): readonly BackupMount[] {
  const { data } = composeFile.safeParse(readJson(json))
  return Object.entries(data?.services ?? {}).flatMap(([service, { volumes }]) =>
    (volumes ?? []).flatMap(({ source, target }) =>
      source === undefined ? [] : [{ service, target, source: source.slice(source.lastIndexOf('/') + 1) }],
    ),
  )
}

function halves(line: string): readonly [string, string] {
  const cut = line.indexOf('|')
  return [line.slice(0, cut), line.slice(cut + 1)]
}
