import { basename } from 'node:path'
import { execa } from 'execa'
import type { PlanFile, PlanRevision, ResolvedPlan } from '../plan.ts'
import { sha256 } from './packed-file.ts'
import type { FoundPlan, PlanFolder } from './plan-folder.ts'

/** What identifies the content of a plan, in any folder and on any worker. */
export type Revision = Pick<PlanRevision, 'sha256' | 'commit' | 'changed'>

/** The files of a plan as they were read. */
export interface PlanSources {
  readonly found: FoundPlan
  readonly folder: PlanFolder
  /** By its name in the plan: each file that was read, except the plan's own. */
  readonly read: ReadonlyMap<string, Uint8Array>
  /** As far as it could be resolved. */
  readonly plan?: ResolvedPlan
}

/**
 * Identifies what was read: by one sum over the plan's file and all files that it read, and by the commit that git has
 * checked out there. No commit where git is missing, or refuses a folder of another owner. Inputs change nothing.
 */
export async function revisionOf(sources: PlanSources): Promise<Revision> {
  return { sha256: sumOf(sources), ...(await commitOf(sources)) }
}

function sumOf({ folder, read, plan }: PlanSources): string {
  const files = new Map([...read].map(([name, bytes]) => [name, sha256(bytes)]))
  // An archive of a folder also has its links and which files are executable. A template differs with its inputs.
  for (const { name, sha256: sum } of embeddedIn(plan)) if (!files.has(name)) files.set(name, sum)
  const lines = [...files].map(([name, sum]) => `${sum}  ${name}`).sort()
  return sha256([sha256(folder.bytes), ...lines].join('\n'))
}

function embeddedIn(value: unknown): readonly PlanFile[] {
  if (typeof value !== 'object' || value === null) return []
  if ('gzip' in value && 'sha256' in value && 'name' in value) return [value as PlanFile]
  return Object.values(value).flatMap(embeddedIn)
}

async function commitOf({ found, folder, read }: PlanSources): Promise<Omit<Revision, 'sha256'>> {
  const cwd = folder.absolute('.')
  const commit = await git(cwd, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'])
  if (commit === undefined) return {}
  const changes = await git(cwd, [
    ...['--literal-pathspecs', 'status', '--porcelain', '--ignored', '--untracked-files=all', '--'],
    ...[basename(found.file), ...read.keys()],
  ])
  return { commit, ...(changes !== '' && { changed: true }) }
}

/** What git prints; undefined where it fails, takes too long or is missing. Changes nothing, the index included. */
async function git(cwd: string, words: readonly string[]): Promise<string | undefined> {
  const { PATH, HOME } = process.env
  const { failed, stdout } = await execa('git', ['-c', 'core.fsmonitor=false', ...words], {
    ...{ cwd, reject: false, stdin: 'ignore', timeout: 10_000, extendEnv: false },
    env: { PATH, HOME, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' },
  })
  return failed ? undefined : stdout.trim()
}
