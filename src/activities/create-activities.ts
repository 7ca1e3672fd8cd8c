import type { Client } from '@temporalio/client'
import type { Hosts } from '../host/host.ts'
import type { AnyStepKind } from '../steps/step-kind.ts'
import type { Activities } from './activities.ts'
import { withFailures } from './failures.ts'
import { lockActivities } from './locks.ts'
import { planActivities } from './plans.ts'
import { runActivities } from './runs.ts'
import { stepActivities } from './steps.ts'

export interface ActivityDependencies {
  readonly client: Client
  readonly hosts: Hosts
  readonly kinds: ReadonlyMap<string, AnyStepKind>
  readonly planFolders: readonly string[]
  /** Default: the folder of the plan. */
  readonly secretsFolder?: string | undefined
}

/** All activities of a worker, on real hosts. */
export function createActivities(dependencies: ActivityDependencies): Activities {
  const { client, hosts, kinds } = dependencies
  const steps = stepActivities({ hosts, kinds })
  const plans = planActivities(dependencies, steps)
  const locks = lockActivities(client, hosts)
  const runs = runActivities(client)
  return {
    inspect: withFailures(steps.inspect),
    apply: withFailures(steps.apply),
    verify: withFailures(steps.verify),
    undo: withFailures(steps.undo),
    resolvePlan: withFailures(plans.resolvePlan),
    checkHost: withFailures(plans.checkHost),
    previewSteps: withFailures(plans.previewSteps),
    identify: withFailures(plans.identify),
    lockHolder: withFailures(locks.lockHolder),
    lockFree: withFailures(locks.lockFree),
    takeHostLock: withFailures(locks.takeHostLock),
    releaseHostLock: withFailures(locks.releaseHostLock),
    runClosed: withFailures(runs.runClosed),
    ownerOf: withFailures(runs.ownerOf),
    join: withFailures(runs.join),
    readRun: withFailures(runs.readRun),
  }
}
