import { dirname, resolve } from 'node:path'
import type { Config } from '../config.ts'
import { readInventory } from '../host/inventory.ts'
import { readNotifyFile } from '../notifications/channels.ts'
import { findPlan, isPath } from '../plan/files/plan-folder.ts'
import { allowFolder } from '../plan/files/allowed-folders.ts'
import { loadPlan } from '../plan/load-plan.ts'
import type { ResolvedPlan } from '../plan/plan.ts'
import { isPlaceholder } from '../workflows/answers.ts'
import { BadInput } from './exit-codes.ts'
import { kinds } from '../steps/index.ts'
import { userName } from '../host/user-name.ts'

/** Makes a path absolute, for a worker with another working directory. A plan's name stays a name. */
export function planForWorker(plan: string): string {
  return isPath(plan) ? resolve(plan) : plan
}

/**
 * Checks a plan on this machine, where the worker is too, before anything is started. A plan that is named by a path is
 * made known to the worker, which reads no others. @throws PlanRefused
 */
export async function checkHere(
  plan: string,
  inputs: Readonly<Record<string, string>>,
  {
    home,
    planFolders,
    secretsFolder,
    inventory,
    notify,
  }: Pick<Config, 'home' | 'planFolders' | 'secretsFolder' | 'inventory' | 'notify'>,
): Promise<ResolvedPlan> {
  const { hosts } = await readInventory(inventory)
  const resolved = await loadPlan({
    plan,
    folders: planFolders,
    secretsFolder,
    inputs,
    runId: 'check',
    kinds,
    inventory: [...hosts.keys()],
    channels: [...readNotifyFile(notify).channels.keys()],
  })
  if (isPath(plan)) allowFolder(home, dirname(findPlan(plan, planFolders).file))
  return resolved
}

/** The name given by `--by`. @throws BadInput where it is a placeholder */
export function personName(typed: string): string {
  if (!isPlaceholder(typed)) return typed.trim()
  throw new BadInput(`--by "${typed}" names nobody; give the name of the person who decides`)
}

/** Default of `--by`: the login name. It is not authenticated. */
export function whoAmI(): string {
  return userName()
}
