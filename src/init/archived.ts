import { countOf } from '../steps/format.ts'
import { describeArchive, type Archive, type ChosenArchive } from './archives.ts'
import type { PlaceToMatch } from './match-folders.ts'
import type { Archived } from './stack.ts'

/** A place, and where its services mount it. */
export interface PlaceInArchive extends PlaceToMatch {
  readonly targets: readonly string[]
}

/** Whether archive-restore reads it. */
export function isReadable({ content, form, state }: Archive): boolean {
  return content === 'tar' && form !== 'zip' && state !== 'truncated'
}

/** Archives that were made by the same job: their paths differ in digits only. */
function seriesOf({ file }: Archive): string {
  return file.replaceAll(/\d+/g, '#')
}

/**
 * Chooses the directory of an archive for each place: by its name or the path at which a service mounts it, in one archive of all
 * volumes, as offen/docker-volume-backup writes; or in an archive that is called like it, as `docker run … tar` writes one
 * per volume. Of archives of one job the newest. Chooses none between several, and gives nothing to two places.
 */
export function archivedFor(
  places: readonly (PlaceInArchive | undefined)[],
  archives: readonly Archive[],
): readonly (ChosenArchive | undefined)[] {
  const chosen = places.map((place) => {
    if (!place) return undefined
    const wanted = archives.filter(
      (one) => isReadable(one) && (place.mapped === undefined || one.file === place.mapped),
    )
    const found = wanted
      .flatMap((archive) => insideFor(archive, place).map((inside) => ({ archive, inside })))
      .toSorted((one, other) => other.archive.modified.getTime() - one.archive.modified.getTime())
    const jobs = new Set(found.map(({ archive, inside }) => `${seriesOf(archive)}\n${inside}`))
    return jobs.size === 1 ? found[0] : undefined
  })
  const nameOf = (one: ChosenArchive | undefined) => one && `${one.archive.file}\n${one.inside}`
  return chosen.map((one) =>
    one && chosen.filter((other) => nameOf(other) === nameOf(one)).length > 1 ? undefined : one,
  )
}

/** The directories of an archive that fit a place equally well. */
function insideFor(archive: Archive, place: PlaceInArchive): readonly string[] {
  const { targets } = place
  const directories = directoriesOf(archive)
  const names = namesOf(place)
  const named = directories.filter((path) => names.includes(path.split('/').at(-1) ?? ''))
  const least = Math.min(...named.map((path) => path.split('/').length))
  const nearest = named
    .filter((path) => path.split('/').length === least)
    .map((path) => (directories.includes(`${path}/_data`) ? `${path}/_data` : path))
  if (nearest.length > 0) return nearest
  const mounted = targets.map((path) => path.slice(1)).filter((path) => directories.includes(path))
  const isOwn = place.mapped === archive.file || isCalled(archive, names)
  const ofBackup = mounted.filter((path) => /^(backup|backups|volumes|source)\//.test(path))
  if (ofBackup.length > 0) return ofBackup
  if (!isOwn) return []
  if (mounted.length > 0) return mounted
  const [only, ...more] = topsOf(archive)
  const isShell = only !== undefined && more.length === 0 && SHELLS.test(only) && directories.includes(only)
  return [isShell ? only : '.']
}

/** Where scripts mount the volume that they pack. */
const SHELLS = /^(data|volume|vol|source|src|backup|backup-volume|volume-data|_data|from|mnt|dbdata|input)$/

/** The names by which a place is known. */
function namesOf({ called, whole, live, alternative, is, at }: PlaceInArchive): readonly string[] {
  const base = at.slice(at.lastIndexOf('/') + 1)
  const all = [called, whole, live, ...(is === 'directory' ? [alternative ?? base] : [])]
  return all.filter((name) => name !== '_data' && !name.includes('/'))
}

/** Whether the file is called like a place: `shop_db.tar.gz`, `shop_db-2026-11-30.tgz`, `20261130_shop_db.tar`. */
function isCalled({ file }: Archive, names: readonly string[]): boolean {
  const base = file
    .slice(file.lastIndexOf('/') + 1)
    .replace(/(\.(tar|tgz|tbz2?|txz|tzst|gz|zst|xz|bz2|bak|backup))+$/i, '')
  const stem = base
    .replaceAll(/(^|[-_.])(\d[\dT:_.-]*\d|\d)(?=[-_.]|$)/g, '')
    .replaceAll(/(^|[-_.])(backup|bak|volume|vol)(?=[-_.]|$)/gi, '')
    .replaceAll(/^[-_.]+|[-_.]+$/g, '')
  return names.includes(base) || names.includes(stem)
}

function directoriesOf({ members }: Archive): readonly string[] {
  const all = members.flatMap((path) => {
    const parts = path.split('/')
    return parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'))
  })
  return [...new Set(all)].filter((path) => path !== '' && path !== '.')
}

function topsOf({ members }: Archive): readonly string[] {
  return [...new Set(members.map((path) => path.split('/')[0] ?? ''))].filter(
    (name) => name !== '' && name !== '.',
  )
}

/** Returns what the plan says of a place that is restored from an archive. */
export function archivedOf({ archive, inside }: ChosenArchive): Archived {
  const hours = Math.max(0, Math.round((Date.now() - archive.modified.getTime()) / 3_600_000))
  const age = `${hours < 48 ? countOf(hours, 'hour') : countOf(Math.round(hours / 24), 'day')} old`
  return { inside, text: `${describeArchive(archive)}, ${age}` }
}
