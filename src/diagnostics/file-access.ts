import { openSync, fstatSync, closeSync, readFileSync } from 'node:fs'
import type { Stats } from 'node:fs'

/** A file, and who else than this user and root can change or read it. */
export interface ReadFile {
  readonly bytes: Buffer
  readonly problem?: AccessProblem
}

export interface AccessProblem {
  readonly message: string
  /** The command that solves the problem. */
  readonly fix: string
}

/**
 * Reads a file that decides what runs on hosts. Like ssh's files, it must belong to this user or root, and nobody else may
 * write to it, or read it if it is `confidential`. `alsoOwner` may own it too.
 * @throws the error of the system, or RangeError for a file larger than `limitBytes`
 */
export function readTrusted(
  file: string,
  {
    limitBytes = Infinity,
    confidential = false,
    alsoOwner,
  }: { readonly limitBytes?: number; readonly confidential?: boolean; readonly alsoOwner?: number } = {},
): ReadFile {
  const handle = openSync(file, 'r')
  try {
    // Of the open file: the path may lead to another file meanwhile.
    const stats = fstatSync(handle)
    const problem = accessProblem(file, stats, { confidential, alsoOwner })
    if (problem !== undefined) return { bytes: Buffer.alloc(0), problem }
    if (stats.size > limitBytes) throw new RangeError(`is larger than ${limitBytes} bytes`)
    return { bytes: readFileSync(handle) }
  } finally {
    closeSync(handle)
  }
}

function accessProblem(
  file: string,
  { mode, uid }: Pick<Stats, 'mode' | 'uid'>,
  { confidential, alsoOwner }: { readonly confidential: boolean; readonly alsoOwner: number | undefined },
): AccessProblem | undefined {
  const me = process.getuid?.() ?? uid
  const shown = (mode & 0o777).toString(8).padStart(4, '0')
  if (![me, 0, alsoOwner].includes(uid))
    return { message: `belongs to user ${uid}, who can change it`, fix: `chown ${me} ${file}` }
  if (confidential && (mode & 0o077) !== 0)
    return { message: `is accessible to others (mode ${shown})`, fix: `chmod 600 ${file}` }
  if ((mode & 0o022) !== 0)
    return { message: `is writable by others (mode ${shown})`, fix: `chmod go-w ${file}` }
  return undefined
}
