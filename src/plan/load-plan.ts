import { PlanRefused } from '../errors.ts'
import type { ResolvedPlan } from './plan.ts'
import { findPlan } from './files/plan-folder.ts'
import { openPlan } from './files/plan-folder.ts'
import { examine, resolve, type Examination, type ResolveOptions } from './resolve/resolve.ts'

export interface PlanToLoad extends ResolveOptions {
  /** The name of a plan in `folders`, or a path. */
  readonly plan: string
  readonly folders: readonly string[]
}

/** Finds, reads, checks and resolves a plan. @throws PlanRefused with all errors; never retried */
export async function loadPlan({ plan, folders, ...options }: PlanToLoad): Promise<ResolvedPlan> {
  return resolve(openPlan(findPlan(plan, folders)), options)
}

/**
 * Checks a plan without a run. Returns all problems, warnings included. An input without a value is no problem: what
 * depends on it is checked once it has one. Never throws for a plan; a missing plan is a problem.
 */
export function checkPlan(
  toLoad: Omit<PlanToLoad, 'runId' | 'inputs'> & Partial<Pick<PlanToLoad, 'inputs'>>,
): Examination {
  try {
    const examined = examine(openPlan(findPlan(toLoad.plan, toLoad.folders)), {
      inputs: {},
      // Names in no plan are likely to hold it: rules take a name with it for one of the run.
      runId: 'run-id',
      ...toLoad,
    })
    return { ...examined, problems: examined.problems.filter(({ code }) => code !== 'missing-input') }
  } catch (error) {
    if (error instanceof PlanRefused) return { problems: error.problems }
    throw error
  }
}
