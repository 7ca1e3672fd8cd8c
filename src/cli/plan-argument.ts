import { resolve } from 'node:path'
import { userInfo } from 'node:os'
import type { Config } from '../config.ts'
import { readInventory } from '../host/inventory.ts'
import { loadPlan } from '../plan/load-plan.ts'
import type { ResolvedPlan } from '../plan/plan.ts'
import { kinds } from '../steps/index.ts'

/** Makes a path absolute, for a worker with another working directory. A plan's name stays a name. */
export function planForWorker(plan: string): string {
  return /[/\\]|\.ya?ml$|^\./.test(plan) ? resolve(plan) : plan
}

/** Checks a plan before anything is started; for workers on this machine. @throws PlanRefused */
export async function checkHere(
  plan: string,
  inputs: Readonly<Record<string, string>>,
  { planFolders, secretsFolder, inventory }: Pick<Config, 'planFolders' | 'secretsFolder' | 'inventory'>,
): Promise<ResolvedPlan> {
  const { hosts } = await readInventory(inventory)
  return await loadPlan({
    plan,
    folders: planFolders,
    secretsFolder,
    inputs,
    runId: 'check',
    kinds,
    inventory: [...hosts.keys()],
  })
}

/** Default of `--by`: the login name. It is not authenticated. */
export function whoAmI(): string {
  return userInfo().username
}
