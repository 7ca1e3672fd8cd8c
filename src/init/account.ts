import type { Databases } from './databases.ts'
import type { Inspection } from './inspection.ts'
import { isAnonymous, isOfProject, isOrdinary, type Candidate } from './places.ts'
import type { Match } from './match-folders.ts'
import type { MissingPlace, Place } from './stack.ts'
import { describeLayer, type Layer } from '../steps/compose-up/replaced-places.ts'
import type { Survey, SurveyedContainer } from './survey.ts'

interface AccountOptions {
  /** The folder of the backup for each place; undefined for one that is missing in the backup. */
  readonly folders: readonly (Match | undefined)[]
  readonly missing: readonly MissingPlace[]
  readonly inspected: Inspection
  /** The database in each place, by its name. */
  readonly databases: Databases
}

/** Decides what becomes of each place that can be restored; in the order of `places`. */
export function accountOf(
  places: readonly Candidate[],
  { folders, missing, inspected, databases }: AccountOptions,
): readonly Place[] {
  const isVacant = ({ at }: Candidate) => inspected.vacant.includes(at)
  const areAllVacant = places.every(isVacant)
  return places.map((place, index) => {
    const { live, at, mounts } = place
    const folder = folders[index]
    const database = databases.get(live)
    const about = { is: formOf(place), live, mounts, ...(database && { database }) }
    // If the backup is not there, the plan lists the folders to put there.
    if (folder && (folder.there || !isVacant(place) || areAllVacant)) return { ...about, verdict: 'restored' }
    const one = missing.find((other) => other.live === live)
    const lack = `the backup does not hold it${one ? ` (${one.why})` : ''}`
    if (isVacant(place)) {
      const next = isAnonymous(live) ? 'new containers get an empty one' : 'mounted as it is'
      return { ...about, verdict: 'empty', why: `it is empty, and ${lack}: ${next}` }
    }
    if (!inspected.gone.includes(at))
      return { ...about, verdict: 'kept', why: `${lack}: the live one is mounted again` }
    // Of a container that was never created, nobody knows that there was data.
    return isAnonymous(live) || one?.isKept
      ? { ...about, verdict: 'empty', why: `${lack}: it starts empty` }
      : { ...about, verdict: 'lost', why: `it is gone from the host, and ${lack}` }
  })
}

/** Returns the other places that the containers may write to: none of them can be created anew from a folder. */
export function othersOf(
  containers: readonly SurveyedContainer[],
  { found, inspected, candidates }: OtherOptions,
): readonly Place[] {
  const others = containers.flatMap(({ service, mounts }) =>
    mounts.flatMap(({ Type, Name, Source, Destination, RW }): Place[] => {
      const use = [{ service, target: Destination, readOnly: !RW }]
      if (!RW || candidates.some(({ live, at }) => live === Name || at === Source)) return []
      if (Type === 'bind')
        return Source.endsWith('docker.sock')
          ? []
          : [
              {
                ...{ is: isOfProject(Source) ? 'file' : 'directory', live: Source, mounts: use },
                ...{ verdict: 'kept', why: "it is the host's: mounted again" },
              },
            ]
      const volume = found.volumes.get(Name)
      if (Type !== 'volume' || !volume) return []
      const about = {
        is: isAnonymous(Name) ? 'anonymous volume' : 'volume',
        live: Name,
        mounts: use,
      } as const
      if (!isOrdinary(volume) || volume.device !== '')
        return [
          { ...about, verdict: 'kept', why: `it is not a plain volume of the local driver: mounted again` },
        ]
      return inspected.vacant.includes(volume.at)
        ? [{ ...about, verdict: 'empty', why: 'it is empty: new containers get an empty one' }]
        : [
            {
              ...{ ...about, verdict: 'lost' },
              why: `service ${service} has several containers, each with its own`,
            },
          ]
    }),
  )
  return others.filter(
    (one, index) => others.findIndex(({ live, is }) => live === one.live && is === one.is) === index,
  )
}

interface OtherOptions {
  readonly found: Survey
  readonly inspected: { readonly vacant: readonly string[] }
  readonly candidates: readonly Candidate[]
}

/** Returns what a place is for people. */
export function formOf({ is, live }: Candidate): Exclude<Place['is'], 'file' | 'layer'> {
  return is === 'volume' && isAnonymous(live) ? 'anonymous volume' : is
}

/** Returns the place of what a container wrote outside its mounts. No restore brings it back: the container is kept. */
export function placeOfLayer(layer: Layer): Place {
  const { container, first, isLarge } = layer
  const path = first.slice(0, first.lastIndexOf('/')) || '/'
  const next = isLarge
    ? `; step start refuses this until its field lost: lists it: [{ service: ${container.service}, path: ${path} }]`
    : ''
  return {
    ...{ is: 'layer', live: container.name, verdict: 'lost' },
    mounts: [{ service: container.service, target: path, readOnly: false }],
    why: `${describeLayer(layer)}; it stays in that container${next}`,
  }
}

/** Names a place for people. Nobody knows an anonymous volume by its name. */
export function placeName({ is, live, mounts }: Pick<Place, 'is' | 'live' | 'mounts'>): string {
  const [use] = mounts
  return is === 'anonymous volume' && use
    ? `the anonymous volume of service ${use.service} at ${use.target}`
    : `${is} ${live}`
}
