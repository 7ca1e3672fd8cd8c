import { ApplicationFailure } from '@temporalio/common'
import { stat } from 'node:fs/promises'
import type { Hosts } from '../host/host.ts'
import { HostNotReady, HostUnreachable, PlanRefused } from '../errors.ts'
import type { Problem } from '../errors.ts'
import { loadPlan } from '../plan/load-plan.ts'
import { readSecrets } from '../plan/files/read-secrets.ts'
import type { AnyStepKind } from '../steps/step-kind.ts'
import type { Activities } from './activities.ts'
import { whileBeating } from './binding.ts'
import { previewSteps } from './preview-steps.ts'
import { planFacts, planHash } from './plan-facts.ts'

/** A run's id stands in the names of volumes, projects and directories: ${{ run.id }}. */
const RUN_ID = /^(?=.{1,60}$)[a-z0-9]+([-_][a-z0-9]+)*$/

interface Dependencies {
  readonly hosts: Hosts
  readonly kinds: ReadonlyMap<string, AnyStepKind>
  /** Where plans are found by name. */
  readonly planFolders: readonly string[]
}

/** What is done with a plan before its first change. */
export function planActivities(
  { hosts, kinds, planFolders }: Dependencies,
  steps: Pick<Activities, 'inspect' | 'verify'>,
): Pick<Activities, 'resolvePlan' | 'checkHost' | 'previewSteps' | 'identify'> {
  return {
    resolvePlan: async ({ plan: name, inputs = {}, ref }) => {
      if (!RUN_ID.test(ref.run)) throw new PlanRefused([wrongRunId(ref.run)])
      const plan = await loadPlan({
        plan: name,
        folders: planFolders,
        inputs,
        runId: ref.run,
        kinds,
        inventory: hosts.names,
      })
      // Asked now, so that a missing one is found before the first change; the values stay in the activities.
      if (plan.secrets && plan.secrets.madeBy === undefined) {
        await readSecrets(plan.secrets.file, plan.secrets.require)
      }
      return { ...plan, hash: planHash(plan) }
    },
    checkHost: async ({ ref, host }) => {
      if (!hosts.names.includes(host)) {
        throw new HostNotReady(host, [
          `the inventory does not name it; it names: ${hosts.names.join(', ') || 'no host'}`,
        ])
      }
      const binding = { ref, phase: 'before', step: 'check-host', attempt: 1, secrets: [] }
      try {
        return await whileBeating(binding, (bound) => hosts.check(host, bound))
      } catch (error) {
        if (!(error instanceof HostUnreachable)) throw error
        // Nothing was changed yet: whoever starts a run shall hear of it at once, not after minutes of trying.
        throw ApplicationFailure.nonRetryable(error.message, error.name, error.data)
      }
    },
    previewSteps: (request) => previewSteps(request, { ...steps, kinds }),
    identify: async ({ plan }) => ({
      plan: planFacts(plan, await lastChanged(plan.secrets?.file)),
      hosts: await Promise.all(plan.hosts.map((host) => hosts.identity(host))),
    }),
  }
}

/** When a file was last changed, to the millisecond; that it is not there is a fact as well. */
async function lastChanged(file: string | undefined) {
  if (file === undefined) return undefined
  const at = await stat(file).then(
    ({ mtime, size }) => `${size} bytes, last changed ${mtime.toISOString()}`,
    () => 'is not there',
  )
  return { file, at }
}

function wrongRunId(run: string): Problem {
  const message = `the workflow id "${run}" cannot be a run's`
  const hint = 'at most 60 of a-z, 0-9, - and _; it becomes part of names on hosts'
  return { file: 'run', line: 1, column: 1, code: 'bad-run-id', message, hint }
}
