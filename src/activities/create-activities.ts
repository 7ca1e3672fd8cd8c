import type { Client } from '@temporalio/client'
import type { Hosts } from '../host/host.ts'
import type { AnyStepKind } from '../steps/step-kind.ts'
import type { Activities } from './activities.ts'
import { attestationActivities } from './attestations.ts'
import { digest } from './digest.ts'
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
}

/** All activities of a worker, on real hosts. */
export function createActivities({ client, hosts, kinds, planFolders }: ActivityDependencies): Activities {
  const steps = stepActivities({ hosts, kinds })
  const plans = planActivities({ hosts, kinds, planFolders }, steps)
  const locks = lockActivities(client, hosts)
  const runs = runActivities(client)
  const attestations = attestationActivities(client)
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
    digest: withFailures(digest),
    attestationRequests: withFailures(attestations.attestationRequests),
    attestation: withFailures(attestations.attestation),
    join: withFailures(runs.join),
    readRun: withFailures(runs.readRun),
  }
}
