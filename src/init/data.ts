import { isIn } from '../fields/is-in.ts'
import { databaseIn } from './databases.ts'
import { plainName, type Backed } from './folders.ts'
import type { InspectedConfiguration, Inspection } from './inspection.ts'
import type { Candidate } from './mounts.ts'
import { withoutRun } from './names.ts'
import type { Data, Stack } from './stack.ts'
import type { SurveyedContainer } from './survey.ts'

interface About {
  readonly key: string
  readonly from: string
  readonly config: InspectedConfiguration
  readonly inspected: Inspection
  readonly containers: readonly SurveyedContainer[]
}

/** What is known of a place that is restored. */
export function dataOf(
  { is, live, at, mounts }: Candidate,
  { key, from, config, inspected, containers }: About,
): Data {
  const { name: _name, external, ...spoken } = (is === 'volume' ? config.volumes?.[key] : undefined) ?? {}
  const also = Object.entries(config.volumes ?? {}).flatMap(([other, { name }]) =>
    is === 'volume' && name === live && other !== key ? [other] : [],
  )
  const users = containers.filter(({ service }) => mounts.some((mount) => mount.service === service))
  const database = databaseIn(at, { inspected, users })
  return {
    ...{ key, is, live, from, mounts },
    ...(also.length > 0 && { also }),
    ...(!external && Object.keys(spoken).length > 0 && { spoken: true as const }),
    ...(database && { database }),
  }
}

/** What fresh ones are called after. What a run made is called after that run: without it, or names would grow by each. */
export function keyOf(
  { is, live }: Candidate,
  { config, madeBy }: { readonly config: InspectedConfiguration; readonly madeBy: string | undefined },
): string {
  if (is === 'volume') return volumeKeyOf(live, config)
  return withoutRun(live, madeBy)
}

/** What its folder in the backup may be called. */
export function namesOf(
  { is, live }: Candidate,
  {
    key,
    directory,
    before,
  }: { readonly key: string; readonly directory: string; readonly before: string | undefined },
): Omit<Backed, 'live'> {
  if (is === 'volume') return { called: key, whole: before === undefined ? live : `${before}_${key}` }
  const last = key.slice(key.lastIndexOf('/') + 1)
  const below = isIn(directory, key) ? key.slice(directory.length + 1) : last
  return { called: plainName(below), or: plainName(last), whole: key }
}

/** The key of a volume in the Compose file; the name itself where the file does not tell. */
function volumeKeyOf(live: string, config: InspectedConfiguration): string {
  const [key] = Object.entries(config.volumes ?? {}).find(([, { name }]) => name === live) ?? []
  return key ?? live
}

/** Named volumes that are mounted and not restored, by their keys in the Compose file. */
export function keptOf(
  containers: readonly SurveyedContainer[],
  { data, config }: { readonly data: readonly Data[]; readonly config: InspectedConfiguration },
): Stack['kept'] {
  const mounted = new Set(
    containers.flatMap(({ mounts }) => mounts.flatMap(({ Type, Name }) => (Type === 'volume' ? [Name] : []))),
  )
  return Object.entries(config.volumes ?? {}).flatMap(([key, { name }]) =>
    name !== undefined && mounted.has(name) && !data.some(({ live }) => live === name)
      ? [{ key, volume: name }]
      : [],
  )
}
