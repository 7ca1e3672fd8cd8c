import { appendFileSync, existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'

/** The folders whose plans a local worker may read by a path, beside the plan folders: `run ./my/plan` adds its own. */
export function allowedFolders(home: string): readonly string[] {
  const file = listIn(home)
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
}

/** Lets the worker of this home read plans in `folder` by a path. A second call changes nothing. */
export function allowFolder(home: string, folder: string): void {
  const real = realpathSync(folder)
  if (allowedFolders(home).includes(real)) return
  mkdirSync(home, { recursive: true, mode: 0o700 })
  appendFileSync(listIn(home), `${real}\n`, { mode: 0o600 })
}

/** Whether a path leads into one of these folders, links followed. Says nothing of whether the path exists. */
export function isInside(path: string, folders: readonly string[]): boolean {
  const target = real(path)
  return folders.some((folder) => target.startsWith(real(folder) + sep) || target === real(folder))
}

function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

function listIn(home: string): string {
  return join(home, 'plan-folders')
}
