import type { Client } from '@temporalio/client'
import type { Hosts } from '../host/host.ts'
import type { AnyStepKind } from '../steps/step-kind.ts'
import type { Activities } from './activities.ts'
import type { Authority } from './authority.ts'
import { callers } from './callers.ts'
import { withFailures } from './failures.ts'
import { guarded } from './guard.ts'
import { lockActivities } from './locks.ts'
import { planActivities } from './plans.ts'
import { runActivities } from './runs.ts'
import { stepActivities } from './steps.ts'

export interface ActivityDependencies {
  readonly client: Client
  readonly hosts: Hosts
  readonly kinds: ReadonlyMap<string, AnyStepKind>
  readonly authority: Authority
  /** Where plans are found by name. */
  readonly planFolders: readonly string[]
  /** Further folders whose plans may be named by a path, asked anew for each run. */
  readonly allowedFolders: () => readonly string[]
}

/** All activities of a worker, on real hosts, guarded. */
export function createActivities(dependencies: ActivityDependencies): Activities {
  const { client, hosts, authority } = dependencies
  const steps = stepActivities(dependencies)
  const all = {
    ...steps,
    ...planActivities(dependencies, steps),
    ...lockActivities(client, hosts),
    ...runActivities(client),
  }
  return withFailures(guarded(all, { authority, caller: callers(client) }))
}
