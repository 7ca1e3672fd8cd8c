import { z } from 'zod'
import { StepRefused } from '../../errors.ts'
import { imageName } from '../../fields/names.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { shellFile, textFile } from '../../shell/shell-file.ts'
import { many, maybe, readFacts } from '../facts.ts'
import { blockedOnMissing, type Blocked, aboutContent } from '../step-kind.ts'
import { scratchOf } from './owner-label.ts'
import { refuseSymlink } from './symlink-guard.ts'

/** Images that may have a program that reads SQLite. */
export const readerImages = z
  .array(imageName)
  .max(10)
  .default([])
  .meta({
    description:
      'Images of the host, tried in order where the host itself has no program that reads SQLite: sqlite3, python3, php or ' +
      'node. Scratch containers of them have no network',
  })

interface SqliteFiles {
  readonly backup: string
  /** Relative to the backup. */
  readonly files: readonly string[]
}

/** Returns the size of each file, or what an earlier step must create first. @throws StepRefused where one is no SQLite file */
export async function sqliteAtRest(
  { backup, files }: SqliteFiles,
  host: HostView,
): Promise<Blocked | { readonly readsBytes: number }> {
  const output = await host.ask(question(shellFile('shared/sqlite-at-rest.sh', { backup, files })))
  const found = readFacts(output, { missing: maybe, symlink: maybe, other: many, bytes: many })
  if (found.missing) return blockedOnMissing('path', backup, `the backup ${backup}`)
  refuseSymlink(backup, found.symlink)
  const others = found.other.map((number) => files[Number(number) - 1] ?? '')
  if (others.length > 0)
    throw new StepRefused(`the backup ${backup} has no SQLite file ${others.join(', ')}; correct the plan`, {
      ...aboutContent(backup),
      isOfPlan: true,
    })
  return { readsBytes: found.bytes.reduce((sum, bytes) => sum + Number(bytes), 0) }
}

/** The variables of sqlite-scratch.sh. */
export function scratchSqliteOf(images: readonly string[], host: HostView) {
  return { ...scratchOf('', host), images, reader: textFile('shared/sqlite-reader.sh') }
}
