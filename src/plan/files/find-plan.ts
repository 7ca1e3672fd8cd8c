import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { PlanRefused } from '../../errors.ts'
import { didYouMean, nearest } from '../../diagnostics/suggestions.ts'
import { isFile, isFolder } from './on-disk.ts'

export interface FoundPlan {
  readonly name: string
  /** Absolute path of the YAML file. */
  readonly file: string
}

/** The plans of these folders: `<name>/plan.yaml` or `<name>.yaml`. Of two with one name, the first folder's. */
export function listPlans(folders: readonly string[]): readonly FoundPlan[] {
  const all = folders.filter(isFolder).flatMap(plansIn)
  const first = new Map([...all].reverse().map((plan) => [plan.name, plan]))
  return [...first.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** Whether a plan is named by a path, of its folder or of its YAML file; else by its name. */
export function isPath(plan: string): boolean {
  return /[/\\]|\.ya?ml$|^\./.test(plan)
}

/** Finds a plan by its name in the folders, or by a path: of its folder or of its YAML file. @throws PlanRefused */
export function findPlan(plan: string, folders: readonly string[]): FoundPlan {
  if (isPath(plan)) {
    const path = resolve(plan)
    const file = isFile(path) ? path : join(path, 'plan.yaml')
    if (isFile(file)) return { name: basename(file === path ? path.replace(/\.ya?ml$/, '') : path), file }
    throw notFound(plan, ...whatIsAt(path))
  }
  if (plan === '' || plan === '-')
    throw notFound(plan, 'a plan is never read from standard input', {
      hint: 'name a plan, or give a path of its folder or file',
    })
  const plans = listPlans(folders)
  const found = plans.find(({ name }) => name === plan)
  if (found) return found
  const names = plans.map(({ name }) => name)
  const here = isFile(join(resolve(plan), 'plan.yaml'))
  if (!here && isFolder(resolve(plan)) && nearest(plan, names) === undefined)
    throw notFound(plan, ...whatIsAt(resolve(plan)))
  throw notFound(
    plan,
    `no plan "${plan}" in ${[...new Set(folders)].join(', ')}`,
    here ? { hint: `there is a folder of this name here: write ./${plan}` } : didYouMean(plan, names),
  )
}

function plansIn(folder: string): readonly FoundPlan[] {
  return readdirSync(folder)
    .map((entry) => ({ name: entry.replace(/\.ya?ml$/, ''), path: join(folder, entry) }))
    .map(({ name, path }) => ({ name, file: isFile(path) ? path : join(path, 'plan.yaml') }))
    .filter(({ file }) => /\.ya?ml$/.test(file) && isFile(file))
}

/** What is there instead of a plan, and what may have been meant. */
function whatIsAt(path: string): [string, { readonly hint: string }] {
  const usual = 'give the path of a YAML file, or of the folder of a plan.yaml'
  if (isFolder(path)) {
    const [one] = plansIn(path).filter(({ file }) => basename(file) === 'plan.yaml')
    const such = one && `it holds plans; name one of them: ${relative(process.cwd(), dirname(one.file))}`
    return [`there is no plan.yaml in the folder ${path}`, { hint: such ?? usual }]
  }
  if (existsSync(path)) return [`${path} is not a file`, { hint: usual }]
  const beside = isFolder(dirname(path)) ? plansIn(dirname(path)).map(({ file }) => file) : []
  const meant = nearest(
    path,
    beside.map((file) => (basename(file) === 'plan.yaml' ? dirname(file) : file)),
  )
  return [
    `there is no plan file at ${path}`,
    { hint: meant === undefined ? usual : `did you mean ${relative(process.cwd(), meant)}?` },
  ]
}

function notFound(plan: string, message: string, hint: { readonly hint?: string } = {}): PlanRefused {
  return new PlanRefused([{ file: plan || '""', line: 1, column: 1, code: 'unknown-plan', message, ...hint }])
}
