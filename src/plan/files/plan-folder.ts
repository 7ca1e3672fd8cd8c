import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { PlanRefused } from '../../errors.ts'
import { readTrusted } from '../../diagnostics/file-access.ts'
import { didYouMean, nearest } from '../../diagnostics/suggestions.ts'
import type { ProblemText } from '../../diagnostics/diagnostics.ts'

export interface FoundPlan {
  readonly name: string
  /** Absolute path of the YAML file. */
  readonly file: string
}

/** Lists the plans of these folders: `<name>/plan.yaml` or `<name>.yaml`. Of two with one name, the first folder's wins. */
export function listPlans(folders: readonly string[]): readonly FoundPlan[] {
  const all = folders.filter(isFolder).flatMap(plansIn)
  const first = new Map([...all].reverse().map((plan) => [plan.name, plan]))
  return [...first.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** Whether a plan is named by the path of its folder or YAML file, and not by its name. */
export function isPath(plan: string): boolean {
  return /[/\\]|\.ya?ml$|^\./.test(plan)
}

/** Finds a plan by its name in the folders, or by the path of its folder or YAML file. @throws PlanRefused */
export function findPlan(plan: string, folders: readonly string[]): FoundPlan {
  if (isPath(plan)) {
    const path = resolve(plan)
    const file = isFile(path) ? path : join(path, 'plan.yaml')
    if (isFile(file)) return { name: basename(file === path ? path.replace(/\.ya?ml$/, '') : path), file }
    throw notFound(plan, ...whatIsAt(path))
  }
  if (plan === '' || plan === '-')
    throw notFound(plan, 'a plan is not read from standard input', {
      hint: 'give the name of a plan, or the path of its folder or file',
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
    here ? { hint: `there is a folder of this name here; to use it: ./${plan}` } : didYouMean(plan, names),
  )
}

function plansIn(folder: string): readonly FoundPlan[] {
  return readdirSync(folder)
    .map((entry) => ({ name: entry.replace(/\.ya?ml$/, ''), path: join(folder, entry) }))
    .map(({ name, path }) => ({ name, file: isFile(path) ? path : join(path, 'plan.yaml') }))
    .filter(({ file }) => /\.ya?ml$/.test(file) && isFile(file))
}

/** What is at the path instead of a plan, and a hint at what may have been meant. */
function whatIsAt(path: string): [string, { readonly hint: string }] {
  const usual = 'give the path of a YAML file, or of the folder of a plan.yaml'
  if (isFolder(path)) {
    const [one] = plansIn(path).filter(({ file }) => basename(file) === 'plan.yaml')
    const such = one && `it holds plans; give the path of one: ${relative(process.cwd(), dirname(one.file))}`
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

/** A plan file and the files beside it: all that a plan may read. */
export interface PlanFolder {
  /** The path of the plan file as shown to people. */
  readonly file: string
  readonly bytes: Uint8Array
  /** Reads a file inside the plan's folder, by its name in the plan. Refuses every other path. */
  read(name: string): { readonly bytes: Uint8Array } | { readonly problem: ProblemText }
  absolute(name: string): string
  shown(name: string): string
}

/** Resolves a path against the first of these folders. Returns undefined if it is inside none of them. */
export function pathInside(name: string, folders: readonly string[]): string | undefined {
  const path = resolve(folders[0] ?? '', name)
  return folders.some((folder) => path.startsWith(folder + sep)) ? path : undefined
}

// A checkout may belong to another user than the one that runs it. Who owns this program can change what it does anyway.
const programOwner = statSync(import.meta.dirname).uid

/** Opens a plan. @throws PlanRefused for a file that cannot be read or is too large */
export function openPlan({ file }: FoundPlan): PlanFolder {
  const folder = realpathSync(dirname(file))
  const shown = (path: string): string => {
    const short = relative(process.cwd(), path)
    return short.startsWith('..') ? path : short
  }
  const bytes = readWhole(file, basename(file))
  if ('problem' in bytes) throw new PlanRefused([{ file: shown(file), line: 1, column: 1, ...bytes.problem }])
  return {
    file: shown(file),
    bytes: bytes.bytes,
    read: (name) => readBeside(folder, name),
    absolute: (name) => resolve(folder, name),
    shown: (name) => shown(join(dirname(file), name)),
  }
}

function readBeside(folder: string, name: string): { bytes: Uint8Array } | { problem: ProblemText } {
  const outside = { code: 'file-outside', message: `the file "${name}" is not inside the plan's folder` }
  if (isAbsolute(name) || name.split(/[/\\]/).includes('..')) return { problem: outside }
  const path = join(folder, name)
  if (!existsSync(path)) {
    const there = existsSync(dirname(path)) ? readdirSync(dirname(path)) : readdirSync(folder)
    const message = `there is no file "${name}" in the folder of the plan`
    return { problem: { code: 'file-missing', message, ...didYouMean(basename(name), there) } }
  }
  // A symbolic link may lead out of the folder.
  const real = realpathSync(path)
  if (!real.startsWith(folder + sep)) return { problem: outside }
  return readWhole(real, name)
}

function readWhole(path: string, name: string): { bytes: Uint8Array } | { problem: ProblemText } {
  const problem = (code: string, message: string): { problem: ProblemText } => ({
    problem: { code, message },
  })
  try {
    if (!isFile(path)) return problem('file-missing', `${name} is not a file`)
    const trusted = readTrusted(path, { limitBytes: MAX_FILE_BYTES, alsoOwner: programOwner })
    if (trusted.problem) {
      const { message, fix: hint } = trusted.problem
      return { problem: { code: 'file-unreadable', message: `${name} ${message}`, hint } }
    }
    return { bytes: trusted.bytes }
  } catch (error) {
    if (error instanceof RangeError) return problem('file-too-large', `${name} ${error.message}`)
    return problem(
      'file-unreadable',
      `${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

/** Size limit of a plan, of each of its files and of the secrets file. */
export const MAX_FILE_BYTES = 1024 * 1024

export function isFile(path: string): boolean {
  return existsSync(path) && statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
