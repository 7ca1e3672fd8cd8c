import type { UnreachableHost } from '../../workflows/status.ts'
import { isWorking } from './phases.ts'
import { rollbackOf } from './snapshot.ts'
import type { RunSnapshot } from './snapshot.ts'

type Unreachable = Pick<UnreachableHost, 'host' | 'since'> &
  Partial<Pick<UnreachableHost, 'attempts' | 'until'>>

/** The hosts that do not answer now: as the run says, or from the heartbeats of the steps that wait for them. */
export function unreachableIn(snapshot: RunSnapshot): readonly Unreachable[] {
  const rollback = rollbackOf(snapshot)
  const { status, endedAt } = rollback ?? snapshot
  if (endedAt !== undefined) return []
  if (status.unreachable || rollback) return status.unreachable ?? []
  const steps = snapshot.phases.flatMap((phase) => phase.steps).filter(isWorking)
  const silent = new Map<string, Unreachable>()
  for (const { host, beat } of steps) {
    const since = beat?.unreachableSince
    if (since === undefined) continue
    const known = silent.get(host)
    silent.set(host, { host, since: known && known.since < since ? known.since : since })
  }
  return [...silent.values()]
}
