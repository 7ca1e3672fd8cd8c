/** The one file of this folder that touches the disk. */
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { PlanRefused, SecretMissing, StepRefused } from '../errors.ts'
import type { Contents } from '../fields/plan-file.ts'
import { Secret } from '../shell/secret.ts'
import { parseEnvFile } from './env-file.ts'
import type { Wrong } from './findings.ts'
import { didYouMean, nearest } from './nearest.ts'
import type { PlanFile } from './plan.ts'

const LIMIT_BYTES = 1024 * 1024

export interface FoundPlan {
  readonly name: string
  /** Absolute path of the YAML file. */
  readonly file: string
}

/** What a plan may read: itself and the files beside it. */
export interface PlanFolder {
  /** The plan file as it is shown to people. */
  readonly file: string
  readonly bytes: Uint8Array
  /** A file beside the plan, by its name in the plan. Nothing outside of the folder is read. */
  read(name: string): { readonly bytes: Uint8Array } | { readonly wrong: Wrong }
  absolute(name: string): string
  shown(name: string): string
}

/** The plans of these folders: `<name>/plan.yaml` or `<name>.yaml`. Of two with one name, the first folder's. */
export function listPlans(folders: readonly string[]): readonly FoundPlan[] {
  const all = folders.filter(isFolder).flatMap(plansIn)
  const first = new Map([...all].reverse().map((plan) => [plan.name, plan]))
  return [...first.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** Finds a plan by its name in the folders, or by a path: of its folder or of its YAML file. @throws PlanRefused */
export function findPlan(plan: string, folders: readonly string[]): FoundPlan {
  if (/[/\\]|\.ya?ml$|^\./.test(plan)) {
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

/** Opens a plan. @throws PlanRefused for a file that cannot be read or is too large */
export function openPlan({ file }: FoundPlan): PlanFolder {
  const folder = realpathSync(dirname(file))
  const shown = (path: string): string => {
    const short = relative(process.cwd(), path)
    return short.startsWith('..') ? path : short
  }
  const bytes = readWhole(file, basename(file))
  if ('wrong' in bytes) throw new PlanRefused([{ file: shown(file), line: 1, column: 1, ...bytes.wrong }])
  return {
    file: shown(file),
    bytes: bytes.bytes,
    read: (name) => readBeside(folder, name),
    absolute: (name) => resolve(folder, name),
    shown: (name) => shown(join(dirname(file), name)),
  }
}

/** A file as it is carried in a resolved plan. */
export function pack(name: string, bytes: Uint8Array): PlanFile {
  return { name, sha256: sha256(bytes), gzip: gzipSync(bytes).toString('base64') }
}

/** The file as a kind gets it. @throws StepRefused where its bytes are not those that were packed; never retried */
export function unpack({ name, sha256: expected, gzip }: PlanFile): Contents {
  const bytes = gunzipSync(Buffer.from(gzip, 'base64'), { maxOutputLength: LIMIT_BYTES })
  if (sha256(bytes) !== expected)
    throw new StepRefused(`the file ${name} is not the one that the plan carried: its sum differs`)
  return { name, sha256: expected, base64: bytes.toString('base64') }
}

/**
 * The secrets that a plan requires, from an env file that only its owner can read.
 * @throws SecretMissing naming all that is wrong, never a value; never retried
 */
export async function readSecrets(
  file: string,
  require: readonly string[],
): Promise<ReadonlyMap<string, Secret>> {
  const { entries, problems } = parseEnvFile(readPrivately(file))
  const missing = require.filter((name) => !entries.get(name))
  const wrong = [
    ...problems.map(({ line, message }) => `line ${line} ${message}`),
    ...(missing.length === 0 ? [] : [`it has no value for ${missing.join(', ')}`]),
  ]
  if (wrong.length > 0) throw new SecretMissing(`the secrets file ${file} is not right: ${wrong.join('; ')}`)
  return new Map(require.map((name) => [name, new Secret(entries.get(name) ?? '')]))
}

function readPrivately(file: string): string {
  const next = 'write the secrets there as NAME=value, then: chmod 600'
  if (!isFile(file)) throw new SecretMissing(`there is no secrets file at ${file}; ${next} ${file}`)
  const handle = openSync(file, 'r')
  try {
    const { mode, size } = fstatSync(handle)
    if ((mode & 0o077) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0')
      throw new SecretMissing(
        `the secrets file ${file} can be read by others (mode ${shown}); chmod 600 ${file}`,
      )
    }
    if (size > LIMIT_BYTES)
      throw new SecretMissing(`the secrets file ${file} is larger than ${LIMIT_BYTES} bytes`)
    return readFileSync(handle, 'utf8')
  } finally {
    closeSync(handle)
  }
}

function plansIn(folder: string): readonly FoundPlan[] {
  return readdirSync(folder)
    .map((entry) => ({ name: entry.replace(/\.ya?ml$/, ''), path: join(folder, entry) }))
    .map(({ name, path }) => ({ name, file: isFile(path) ? path : join(path, 'plan.yaml') }))
    .filter(({ file }) => /\.ya?ml$/.test(file) && isFile(file))
}

function readBeside(folder: string, name: string): { bytes: Uint8Array } | { wrong: Wrong } {
  const outside = { code: 'file-outside', message: `the file "${name}" is not inside the plan's folder` }
  if (isAbsolute(name) || name.split(/[/\\]/).includes('..')) return { wrong: outside }
  const path = join(folder, name)
  if (!existsSync(path)) {
    const there = existsSync(dirname(path)) ? readdirSync(dirname(path)) : readdirSync(folder)
    const message = `there is no file "${name}" beside the plan`
    return { wrong: { code: 'file-missing', message, ...didYouMean(basename(name), there) } }
  }
  // A link may lead out of the folder.
  const real = realpathSync(path)
  if (!real.startsWith(folder + sep)) return { wrong: outside }
  return readWhole(real, name)
}

function readWhole(path: string, name: string): { bytes: Uint8Array } | { wrong: Wrong } {
  const wrong = (code: string, message: string): { wrong: Wrong } => ({ wrong: { code, message } })
  try {
    if (!isFile(path)) return wrong('file-missing', `${name} is not a file`)
    if (statSync(path).size > LIMIT_BYTES)
      return wrong('file-too-large', `${name} is larger than ${LIMIT_BYTES} bytes`)
    return { bytes: readFileSync(path) }
  } catch (error) {
    return wrong(
      'file-unreadable',
      `${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
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

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
