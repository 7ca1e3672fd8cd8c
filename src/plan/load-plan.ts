import { PlanRefused } from '../errors.ts'
import type { ResolvedPlan } from './plan.ts'
import { findPlan } from './files/find-plan.ts'
import { openPlan } from './files/open-plan.ts'
import { examine, resolve, type Examined, type Resolving } from './resolve/resolve.ts'

export interface PlanToLoad extends Resolving {
  /** The name of a plan in `folders`, or a path. */
  readonly plan: string
  readonly folders: readonly string[]
}

/** Finds, reads, checks and resolves a plan. @throws PlanRefused with all that is wrong; never retried */
export async function loadPlan({ plan, folders, ...resolving }: PlanToLoad): Promise<ResolvedPlan> {
  return resolve(openPlan(findPlan(plan, folders)), resolving)
}

/**
 * All that is wrong with a plan, found without a run, warnings included. Inputs that nobody gave yet are no problem:
 * what depends on them is checked when they are there. Never throws for a plan: where there is none, that is the problem.
 */
export function checkPlan(
  toLoad: Omit<PlanToLoad, 'runId' | 'inputs'> & Partial<Pick<PlanToLoad, 'inputs'>>,
): Examined {
  try {
    const examined = examine(openPlan(findPlan(toLoad.plan, toLoad.folders)), {
      inputs: {},
      runId: 'check',
      ...toLoad,
    })
    return { ...examined, problems: examined.problems.filter(({ code }) => code !== 'missing-input') }
  } catch (error) {
    if (error instanceof PlanRefused) return { problems: error.problems }
    throw error
  }
}
