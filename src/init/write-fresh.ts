import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { getSystemErrorMap } from 'node:util'
import { ReinstateError } from '../errors.ts'

/** A file that init would write exists already. */
export class FileIsThere extends ReinstateError {
  override readonly name = 'FileIsThere'
  constructor(file: string, next: string) {
    super(`${file} exists, and init never overwrites a file; nothing was written\n  next: ${next}`, { file })
  }
}

/** A file that init would write cannot be written. */
export class NotWritten extends ReinstateError {
  override readonly name = 'NotWritten'
  constructor(file: string, why: string) {
    super(`${file} cannot be written: ${why}; choose another path`, { file })
  }
}

/** Writes a new file, with the directories above it. @throws FileIsThere, NotWritten */
export async function writeFresh(file: string, text: string, next: string): Promise<void> {
  const refuse = (error: unknown) => {
    const { errno = 0 } = error as NodeJS.ErrnoException
    throw new NotWritten(file, getSystemErrorMap().get(errno)?.join(': ') ?? String(error))
  }
  // There is a file in place of a directory.
  await mkdir(dirname(file), { recursive: true }).catch(refuse)
  await writeFile(file, text, { flag: 'wx', mode: 0o644 }).catch((error: unknown) => {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    return isThere ? Promise.reject(new FileIsThere(file, next)) : refuse(error)
  })
}
