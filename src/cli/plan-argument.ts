import { resolve } from 'node:path'
import { userInfo } from 'node:os'
import type { Config } from '../config.ts'
import { readInventory } from '../host/inventory.ts'
import { loadPlan } from '../plan/load-plan.ts'
import type { ResolvedPlan } from '../plan/plan.ts'
import { kinds } from '../steps/index.ts'

/** A path means the same to a worker that was started elsewhere on this machine; a name stays a name. */
export function planForWorker(plan: string): string {
  return /[/\\]|\.ya?ml$|^\./.test(plan) ? resolve(plan) : plan
}

/** Checks a plan on this machine, where the worker is, too: what is wrong is said before anything is started. @throws PlanRefused */
export async function checkHere(
  plan: string,
  inputs: Readonly<Record<string, string>>,
  { planFolders, inventory }: Pick<Config, 'planFolders' | 'inventory'>,
): Promise<ResolvedPlan> {
  const { hosts } = await readInventory(inventory)
  return await loadPlan({
    plan,
    folders: planFolders,
    inputs,
    runId: 'check',
    kinds,
    inventory: [...hosts.keys()],
  })
}

/** Who answers and starts, unless `--by` says: the login name. It is nobody's signature. */
export function whoAmI(): string {
  return userInfo().username
}
