import { PlanRefused, type Problem } from '../errors.ts'
import type { ResolvedPlan } from './plan.ts'
import { findPlan, openPlan } from './read-files.ts'
import { resolve, type Resolving } from './resolve.ts'

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
 * All that is wrong with a plan, found without a run. Inputs that nobody gave yet are no problem: what depends on them
 * is checked when they are there. @throws PlanRefused where there is no such plan
 */
export async function checkPlan(
  toLoad: Omit<PlanToLoad, 'runId' | 'inputs'> & Partial<Pick<PlanToLoad, 'inputs'>>,
): Promise<readonly Problem[]> {
  const folder = openPlan(findPlan(toLoad.plan, toLoad.folders))
  try {
    resolve(folder, { inputs: {}, runId: 'check', ...toLoad })
    return []
  } catch (error) {
    if (error instanceof PlanRefused) return error.problems.filter(({ code }) => code !== 'missing-input')
    throw error
  }
}
