import { existsSync, statSync } from 'node:fs'

/** No file of a plan is larger. */
export const LIMIT_BYTES = 1024 * 1024

export function isFile(path: string): boolean {
  return existsSync(path) && statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
