import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { ReinstateError } from './errors.ts'

/** A file of keys is missing, readable by others, or holds something else. */
export class KeyRefused extends ReinstateError {
  override readonly name = 'KeyRefused'
  constructor(reason: string, next: string) {
    super(`${reason}\n  next: ${next}`, { reason, next })
  }
}

/**
 * Reads a file that only its owner, or root, can read; undefined where there is none.
 * @param what what the file is, for errors: `the workers' key`
 * @throws KeyRefused
 */
export function readPrivateFile(file: string, what: string): string | undefined {
  const handle = openIfThere(file)
  if (handle === undefined) return undefined
  try {
    const { mode, uid } = fstatSync(handle)
    if ((mode & 0o077) !== 0)
      throw new KeyRefused(`${what} ${file} can be read by others`, `chmod 600 ${file}`)
    const own = process.geteuid?.()
    if (own !== undefined && uid !== own && uid !== 0)
      throw new KeyRefused(`${what} ${file} belongs to user ${uid}`, `chown ${own} ${file}`)
    return readFileSync(handle, 'utf8')
  } finally {
    closeSync(handle)
  }
}

/** Creates a file with mode 0600, durably, and its directory. @throws EEXIST, and changes nothing, where the file exists */
export function createPrivateFile(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const handle = openSync(file, 'wx', 0o600)
  try {
    writeSync(handle, text)
    fsyncSync(handle)
  } catch (error) {
    rmSync(file, { force: true })
    throw error
  } finally {
    closeSync(handle)
  }
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
