import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ReinstateError } from '../errors.ts'

/** A file that init would write is there already. */
export class FileIsThere extends ReinstateError {
  override readonly name = 'FileIsThere'
  constructor(file: string, next: string) {
    super(
      `${file} is there already, and init never overwrites a file; nothing was written\n  next: ${next}`,
      { file },
    )
  }
}

/** Writes a file that is not there yet, with the directories above it. @throws FileIsThere */
export async function writeFresh(file: string, text: string, next: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text, { flag: 'wx' }).catch((error: unknown) => {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    throw isThere ? new FileIsThere(file, next) : error
  })
}
