import { isIn } from '../fields/is-in.ts'
import type { InspectedConfiguration, Inspection } from './inspection.ts'
import { isAnonymous, type Candidate, type Use } from './places.ts'
import { distinct, withoutRun } from './names.ts'
import type { Data, Database, Stack } from './stack.ts'
import type { SurveyedContainer } from './survey.ts'

interface DataOptions {
  readonly key: string
  readonly from: string
  readonly config: InspectedConfiguration
  readonly inspected: Inspection
  readonly database: Database | undefined
}

/** Returns what is known of a place that is restored. */
export function dataOf(
  { is, live, at, mounts }: Candidate,
  { key, from, config, inspected, database }: DataOptions,
): Data {
  const { name: _name, external, ...customized } = (is === 'volume' ? config.volumes?.[key] : undefined) ?? {}
  const also = Object.entries(config.volumes ?? {}).flatMap(([other, { name }]) =>
    is === 'volume' && name === live && other !== key ? [other] : [],
  )
  return {
    ...{ key, is, live, from, mounts },
    ...(also.length > 0 && { also }),
    ...(!external && Object.keys(customized).length > 0 && { customized: true as const }),
    ...(database && { database }),
    ...boundVolumes(mounts, config),
    ...(is === 'directory' && inspected.orphan.includes(at) && { withoutParent: true as const }),
  }
}

/** The volumes of the Compose file that are this directory, or one in it, by their options. */
function boundVolumes(mounts: readonly Use[], config: InspectedConfiguration): Pick<Data, 'volumes'> {
  const volumes = Object.entries(config.volumes ?? {}).flatMap(([key, { name }]) => {
    const use = mounts.find(({ volume }) => volume !== undefined && volume === name)
    return use ? [{ key, ...(use.below !== undefined && { below: use.below }) }] : []
  })
  return volumes.length > 0 ? { volumes } : {}
}

/** Returns the base name of fresh places. The suffix of an earlier run is removed, or names would grow with each run. */
export function keyOf(
  { is, live, mounts }: Candidate,
  { config, madeBy }: { readonly config: InspectedConfiguration; readonly madeBy: string | undefined },
): string {
  const [use] = mounts
  if (is === 'volume' && isAnonymous(live) && use) return `${use.service}-${plainName(use.target)}`
  if (is === 'volume') return volumeKeyOf(live, config)
  return withoutRun(live, madeBy)
}

/** Returns the names that the place's folder in the backup may have. */
export function folderNamesOf(
  { is, live, mounts }: Candidate,
  {
    key,
    directory,
    before,
    config,
  }: {
    readonly key: string
    readonly directory: string
    readonly before: string | undefined
    readonly config: InspectedConfiguration
  },
): Omit<BackedUp, 'live'> {
  if (is === 'volume') return { called: key, whole: before === undefined ? live : `${before}_${key}` }
  const last = key.slice(key.lastIndexOf('/') + 1)
  const [volume] = mounts.flatMap(({ volume = [] }) => volume)
  if (volume !== undefined)
    return { called: volumeKeyOf(volume, config), alternative: plainName(last), whole: volume }
  const below = isIn(directory, key) ? key.slice(directory.length + 1) : last
  return { called: plainName(below), alternative: plainName(last), whole: key }
}

/** Returns the key of a volume in the Compose file; its name if the file does not declare it. */
function volumeKeyOf(live: string, config: InspectedConfiguration): string {
  const [key] = Object.entries(config.volumes ?? {}).find(([, { name }]) => name === live) ?? []
  return key ?? live
}

/** Returns the named volumes that are mounted and not restored, by key in the Compose file. */
export function keptOf(
  containers: readonly SurveyedContainer[],
  { data, config }: { readonly data: readonly Data[]; readonly config: InspectedConfiguration },
): Stack['kept'] {
  const mounted = new Set(
    containers.flatMap(({ mounts }) => mounts.flatMap(({ Type, Name }) => (Type === 'volume' ? [Name] : []))),
  )
  return Object.entries(config.volumes ?? {}).flatMap(([key, { name }]) =>
    name !== undefined &&
    mounted.has(name) &&
    !data.some(({ live, volumes = [] }) => live === name || volumes.some((one) => one.key === key))
      ? [{ key, volume: name }]
      : [],
  )
}

/** Something that a backup may hold: a volume, or a directory of the host. */
export interface BackedUp {
  /** The full name of a volume, or the path of a directory. */
  readonly live: string
  /** The usual name of its folder: a volume's key, or a directory's path below the project. */
  readonly called: string
  /** An alternative name, used if nothing else fits it: the base name of a directory. */
  readonly alternative?: string
  /** An unambiguous name: a volume's full name, or a directory's whole path; as before any run. */
  readonly whole: string
}

export interface Folder {
  readonly name: string
  /** Whether the backup has it. */
  readonly there: boolean
}

/**
 * Returns the folder in the backup of each of these, in order. A name that fits several is used for none. If the backup has
 * none of a place's names, the first unambiguous one is returned.
 */
export function foldersOf(all: readonly BackedUp[], inBackup: readonly string[]): readonly Folder[] {
  const whole = distinct(all.map(({ whole }) => plainName(whole)))
  return all.map((one, index) => {
    const others = all.filter((other) => other !== one)
    const own = [
      ...(others.some(({ called }) => called === one.called) ? [] : [one.called]),
      ...(one.alternative === undefined || others.some((other) => fits(one.alternative, other))
        ? []
        : [one.alternative]),
      whole[index] ?? '',
    ]
    const there = own.find((name) => inBackup.includes(name))
    return { name: there ?? own[0] ?? '', there: there !== undefined }
  })
}

function fits(name: string | undefined, { called, alternative }: BackedUp): boolean {
  return name === called || name === alternative
}

/** Returns `srv-shop-uploads` for a path; the name of a volume is unchanged. */
export function plainName(text: string): string {
  return text.replace(/^\/+/, '').replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
}
