import { PlanRefused } from '../errors.ts'
import type { ResolvedPlan } from './plan.ts'
import { remembering } from './files/embedded-files.ts'
import { findPlan, openPlan } from './files/plan-folder.ts'
import { revisionOf } from './files/revision.ts'
import type { PlanSources, Revision } from './files/revision.ts'
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

/** The same, and the revision of exactly what was read. @throws PlanRefused with all errors; never retried */
export async function loadRevision(
  toLoad: PlanToLoad,
): Promise<{ readonly plan: ResolvedPlan; readonly revision: Revision }> {
  const { sources, options } = openSources(toLoad)
  const plan = resolve(sources.folder, options)
  return { plan, revision: await revisionOf({ ...sources, plan }) }
}

/** The revision of a plan that may have errors by now. @throws PlanRefused if there is no such plan */
export async function revisionNow(toLoad: PlanToLoad): Promise<Revision> {
  const { sources, options } = openSources(toLoad)
  return await revisionOf({ ...sources, ...examine(sources.folder, options) })
}

function openSources({ plan, folders, ...options }: PlanToLoad): {
  readonly sources: PlanSources
  readonly options: ResolveOptions
} {
  const found = findPlan(plan, folders)
  return { sources: { found, ...remembering(openPlan(found)) }, options }
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
