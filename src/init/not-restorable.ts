import { InitRefused } from './init-refused.ts'
import { placeName } from './account.ts'
import type { Place } from './stack.ts'
import type { Stack } from './stack.ts'

/** @throws InitRefused if a place with data would be lost, or nothing would be restored */
export function refuseNotRestorable({ project, host, places, data, backup }: Stack): void {
  const lost = places.filter(({ is, verdict }) => is !== 'layer' && verdict === 'lost')
  if (lost.length > 0)
    throw refusal(
      `a restore of project ${project} on ${host} from ${backup.directory} would lose data`,
      lost,
      `copy the data to that folder of ${backup.directory} while the containers are stopped, then init again`,
    )
  if (data.length === 0)
    throw refusal(
      `project ${project} on ${host} has nothing to restore from ${backup.directory}`,
      places,
      places.length === 0
        ? 'give the stack a volume or a directory of its own for its data'
        : 'give --backup with another directory, or mount the data as a volume or a directory of its own',
    )
}

function describePlace(place: Place): string {
  const holds = place.database ? ` (${place.database.engine} ${place.database.version})` : ''
  return `${place.verdict}: ${placeName(place)}${holds}: ${place.why ?? ''}`
}

function refusal(what: string, places: readonly Place[], next: string): InitRefused {
  const lines = places.map((one) => `  ${describePlace(one)}`)
  return new InitRefused([`${what}; no plan was written`, ...lines, `  next: ${next}`].join('\n'))
}
