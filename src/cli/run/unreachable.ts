import type { UnreachableHost } from '../../workflows/status.ts'
import { isWorking } from './phases.ts'
import { rollbackOf } from './snapshot.ts'
import type { RunSnapshot } from './snapshot.ts'

/** A host that does not answer, with the attempt that Temporal is at. */
export type Unreachable = Pick<UnreachableHost, 'host' | 'failure' | 'since'> &
  Partial<Pick<UnreachableHost, 'until'>> & { readonly attempt?: number }

/** The hosts that do not answer now: as the run says, or from the heartbeats of the steps that wait for them. */
export function unreachableIn(snapshot: RunSnapshot): readonly Unreachable[] {
  const { status, endedAt } = rollbackOf(snapshot) ?? snapshot
  if (endedAt !== undefined) return []
  const retried = snapshot.phases.flatMap((phase) => phase.retried ?? [])
  if (status.unreachable)
    return status.unreachable.map((one) => ({
      ...one,
      ...retried.find(({ host }) => host === one.host),
      ...{ host: one.host, failure: one.failure, since: one.since },
    }))
  const silent = new Map<string, Unreachable>()
  for (const { host, beat } of snapshot.phases.flatMap((phase) => phase.steps).filter(isWorking)) {
    const since = beat?.unreachableSince
    const known = silent.get(host)?.since
    if (since === undefined || (known !== undefined && known < since)) continue
    silent.set(host, { host, failure: `host ${host} does not answer`, since })
  }
  return [...silent.values()]
}
