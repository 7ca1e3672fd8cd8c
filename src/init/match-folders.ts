import { isIn } from '../fields/is-in.ts'
import type { BackupContents } from './backup-contents.ts'
import { foldersOf, plainName, type BackedUp } from './data.ts'
import type { ChosenArchive } from './archives.ts'
import type { ChosenDump } from './dumps.ts'

/** A place of a stack whose folder in the backup is looked for. */
export interface PlaceToMatch extends BackedUp {
  readonly is: 'volume' | 'directory'
  /** The path of its live files. */
  readonly at: string
  readonly services: readonly string[]
  /** The engine of the database that it holds, or that its service is. */
  readonly engine?: string
  /** Names that the Compose file of the backup gives it. */
  readonly inBackupFile: readonly string[]
  /** The folder that the operator named. */
  readonly mapped?: string
  /** Whether its server of Redis is configured to read append-only files. */
  readonly readsLog?: true
}

export interface Match {
  /** Its folder, below the backup; where the backup has none, the one that it would be in. */
  readonly folder: string
  readonly there: boolean
  /** Why this folder was chosen. Absent if its name shows it. */
  readonly guess?: string
  /** The place is restored from this dump; `folder` is its path. */
  readonly dump?: ChosenDump
  /** The place is restored from this archive; `folder` is its path. */
  readonly archived?: ChosenArchive
}

export interface Matches {
  readonly matches: readonly Match[]
  /** Folders that fit a place equally well, by its live name. */
  readonly ambiguous: ReadonlyMap<string, readonly string[]>
  /** Folders that each are a whole backup, such as dated ones. */
  readonly backups: readonly string[]
}

/**
 * Finds the folder of each place in a backup: by name, by the form of the host's own tree, by the Compose file in the backup,
 * then by content. Never chooses between two that fit equally well, and gives no folder to two places.
 */
export function matchFolders(
  places: readonly PlaceToMatch[],
  contents: BackupContents,
  project: { readonly names: readonly string[] },
): Matches {
  const top = contents.folders.filter((folder) => !folder.includes('/'))
  const byName = foldersOf(places, top)
  const matches: (Match | undefined)[] = places.map(({ mapped }, index) => {
    if (mapped !== undefined) return { folder: mapped, there: true }
    const named = byName[index]
    return named?.there ? { folder: named.name, there: true } : undefined
  })
  const ambiguous = new Map<string, readonly string[]>()
  const open = () => places.flatMap((place, index) => (matches[index] ? [] : [{ place, index }]))
  const isFree = (folder: string) =>
    !matches.some((match) => match && (isBelow(match.folder, folder) || isBelow(folder, match.folder)))
  const apply = (
    rule: (place: PlaceToMatch) => readonly string[],
    guess: ((place: PlaceToMatch) => string) | undefined,
  ) => {
    const found = open().map((one) => ({ ...one, fits: rule(one.place).filter(isFree) }))
    for (const { place, index, fits } of found) {
      const [only, ...more] = fits
      const rivals = found.filter((other) => other.index !== index && other.fits.includes(only ?? ''))
      if (only !== undefined && more.length === 0 && rivals.length === 0)
        matches[index] = { folder: only, there: true, ...(guess && { guess: guess(place) }) }
      else if (fits.length > 0) ambiguous.set(place.live, fits)
    }
  }
  const folders = contents.folders
  apply((place) => inTree(place, { folders, project: project.names }), undefined)
  const several = [...ambiguous].flatMap(([live, fits]) =>
    prefixesOf(
      places.find((one) => one.live === live),
      fits,
    ),
  )
  const backups = [...new Set(several)]
  if (backups.length === 0) {
    apply(
      ({ inBackupFile }) => folders.filter((folder) => inBackupFile.includes(folder)),
      () => 'the Compose file in the backup names it so',
    )
    apply(
      (place) => sameCluster(place, contents),
      () => 'the same PostgreSQL cluster, by its system identifier',
    )
    apply(
      (place) => ofOtherProject(place, { places, folders, names: project.names }),
      () => 'it is called like this volume in a project of another name',
    )
    apply(
      (place) => sameEntries(place, contents),
      ({ at }) =>
        `the same names at its top level, such as ${(contents.entries.get(at) ?? []).slice(0, 3).join(', ')}`,
    )
    apply(
      (place) => onlyEngine(place, { contents, open: open().map(({ place }) => place) }),
      ({ engine }) => `the only ${engine} data directory in the backup`,
    )
    apply(
      ({ services }) => {
        const [service = ''] = services
        const own = open().filter(({ place }) => place.services.includes(service))
        return services.length === 1 && own.length === 1 ? top.filter((folder) => folder === service) : []
      },
      ({ services }) => `it is called like service ${services[0]}`,
    )
  }
  const isOpen = (live: string) => open().some(({ place }) => place.live === live)
  return {
    matches: places.map((_, index) => matches[index] ?? { folder: byName[index]?.name ?? '', there: false }),
    ambiguous: new Map([...ambiguous].filter(([live]) => isOpen(live))),
    backups,
  }
}

/** Whether a folder of the backup is another one, or inside it. */
function isBelow(outer: string, folder: string): boolean {
  return folder === outer || folder.startsWith(`${outer}/`)
}

/** Names of folders that hold whole backups, or all volumes, but no place of their own. */
const CONTAINERS =
  /\d{4}-?\d{2}-?\d{2}|^(hourly|daily|weekly|monthly|alpha|beta|gamma)[.-]?\d*$|^(latest|current|last|localhost|backup|backups|snapshot|volumes|data|files|docker|docker-volumes)$/

/** The deeper folders that have the place's own path, or a part of it that is clear enough. */
function inTree(
  place: PlaceToMatch,
  { folders, project }: { readonly folders: readonly string[]; readonly project: readonly string[] },
) {
  const forms = formsOf(place)
  const fits = folders.flatMap((folder) => {
    const form = forms.find(({ path }) => folder === path || folder.endsWith(`/${path}`))
    if (!form) return []
    const prefix = prefixOf(folder, form.path)
    const isPlain = prefix.every((name) => CONTAINERS.test(name) || project.includes(name))
    return form.isClear || isPlain ? [{ folder, depth: prefix.length }] : []
  })
  const least = Math.min(...fits.map(({ depth }) => depth))
  const nearest = fits.filter(({ depth }) => depth === least).map(({ folder }) => folder)
  // Of a volume and its _data, the inner one holds the files.
  return nearest.filter((folder) => !nearest.includes(`${folder}/_data`))
}

/** The endings of paths by which a place is recognised, the longest first. */
function formsOf({ is, at, called, whole, alternative, live }: PlaceToMatch) {
  const parts = at.split('/').filter((name) => name !== '')
  const tails = parts.map((_, index) => parts.slice(index).join('/'))
  if (is === 'directory') {
    return [
      ...tails.map((path) => ({ path, isClear: path.includes('/') })),
      { path: plainName(whole), isClear: true },
      ...[called, alternative ?? called].map((path) => ({ path, isClear: false })),
    ]
  }
  const names = [live, whole, called]
  return [
    ...tails.filter((path) => path.includes('/')).map((path) => ({ path, isClear: true })),
    ...names.map((name) => ({ path: `volumes/${name}/_data`, isClear: true })),
    ...names.map((name) => ({ path: `${name}/_data`, isClear: name !== called })),
    ...names.map((name) => ({ path: name, isClear: name !== called })),
  ]
}

function prefixOf(folder: string, form: string): readonly string[] {
  return folder === form ? [] : folder.slice(0, -form.length - 1).split('/')
}

/** Where several folders fit a place by the same form: the parts of the path before it, each a backup of its own. */
function prefixesOf(place: PlaceToMatch | undefined, fits: readonly string[]): readonly string[] {
  if (!place) return []
  const prefixes = fits.map((folder) => {
    const form = formsOf(place).find(({ path }) => folder.endsWith(`/${path}`))
    return form ? prefixOf(folder, form.path).join('/') : ''
  })
  return prefixes.includes('') || new Set(prefixes).size < 2 ? [] : prefixes
}

/** The folders with a copy of the place's PostgreSQL cluster. */
function sameCluster({ at }: PlaceToMatch, { clusters }: BackupContents): readonly string[] {
  const live = [...clusters].filter(([path]) => isIn(at, path))
  return live.flatMap(([path, id]) => {
    const below = path.slice(at.length)
    return [...clusters].flatMap(([folder, other]) =>
      !folder.startsWith('/') && other === id && folder.endsWith(below)
        ? [folder.slice(0, folder.length - below.length)].filter(Boolean)
        : [],
    )
  })
}

/**
 * The folders called `PROJECT_KEY`, as the volumes of a renamed project are: its name without the marks that Compose v1 left
 * out, or another name that two volumes or more have.
 */
function ofOtherProject(
  { is, called }: PlaceToMatch,
  {
    places,
    folders,
    names,
  }: {
    readonly places: readonly PlaceToMatch[]
    readonly folders: readonly string[]
    readonly names: readonly string[]
  },
): readonly string[] {
  if (is !== 'volume') return []
  const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  const volumes = places.filter((place) => place.is === 'volume')
  return folders.filter((folder) => {
    if (!folder.endsWith(`_${called}`)) return false
    const before = folder.slice(0, -called.length)
    const isShared = volumes.filter((place) => folders.includes(`${before}${place.called}`)).length > 1
    const prefix = plain(before.slice(before.lastIndexOf('/') + 1))
    return isShared || names.some((name) => plain(name) === prefix)
  })
}

/** The folders most of whose top-level names are the place's, and the other way round. */
function sameEntries({ at }: PlaceToMatch, { entries, folders }: BackupContents): readonly string[] {
  const own = entries.get(at) ?? []
  return folders.filter((folder) => {
    const theirs = entries.get(folder) ?? []
    const common = theirs.filter((name) => own.includes(name)).length
    return common > 0 && common * 2 >= new Set([...own, ...theirs]).size
  })
}

/** The only data directory of the place's engine, if only one place is in want of it. */
function onlyEngine(
  { at, engine }: PlaceToMatch,
  { contents, open }: { readonly contents: BackupContents; readonly open: readonly PlaceToMatch[] },
): readonly string[] {
  if (engine === undefined || open.filter((other) => other.engine === engine).length !== 1) return []
  if (engine === 'PostgreSQL') {
    const [live = at] = [...contents.clusters.keys()].filter((path) => isIn(at, path))
    const below = live.slice(at.length)
    return [...contents.clusters.keys()].flatMap((path) =>
      path.startsWith('/') || !path.endsWith(below)
        ? []
        : [path.slice(0, path.length - below.length)].filter(Boolean),
    )
  }
  const wanted = engine === 'MariaDB' || engine === 'MySQL' ? 'InnoDB' : engine
  return [...contents.engines].flatMap(([folder, found]) => (found === wanted ? [folder] : []))
}
