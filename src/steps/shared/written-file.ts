import { StepRefused } from '../../errors.ts'
import type { Host } from '../../host/host.ts'
import { command, type Environment } from '../../shell/command.ts'
import { shellFile, type Variables } from '../../shell/shell-file.ts'
import { many, maybe, once, readFacts } from '../facts.ts'
import { blockedOnDirectoryOf, type Blocked, type Leftover, aboutPath } from '../step-kind.ts'
import { readAccess, type FileOwner } from './file-state.ts'
import { refuseSymlink } from './symlink-guard.ts'

/** The file before the step: `absent`, or its inode and change time, and its owner by number. Its bytes are a saved original. */
export interface WrittenFilePrior {
  readonly was: string
  readonly owner: string
  readonly [key: string]: string
}

/** What written-file-state.sh printed; `same` is printed by the kinds that compare on the host. */
export type WrittenFileState = ReturnType<typeof readWrittenFile>

/** Parses what written-file-state.sh printed. */
export function readWrittenFile(output: string) {
  const found = readFacts(output, {
    symlink: once,
    parent: once,
    kind: once,
    same: maybe,
    was: maybe,
    access: maybe,
    links: maybe,
  })
  return {
    ...found,
    was: found.was ?? 'absent',
    access: found.access === undefined ? undefined : readAccess(found.access),
    links: Number(found.links ?? 1),
  }
}

/**
 * What must come before a file can be written at `path`, or undefined.
 * @throws StepRefused if `path` or its directory is something else, is reached by a symbolic link, or has other hard links
 */
export function blockedWrite(path: string, found: WrittenFileState): Blocked | undefined {
  refuseSymlink(path, found.symlink)
  if (found.parent === 'missing') return blockedOnDirectoryOf(path)
  if (found.parent !== 'directory')
    throw new StepRefused(`the directory of ${path} is not a directory`, aboutPath(path))
  if (found.kind === 'other')
    throw new StepRefused(`${path} exists and is not a file; choose another path`, aboutPath(path))
  if (found.links !== 1)
    throw new StepRefused(
      `${path} has ${found.links} hard links, which a write would separate; remove the others or choose another path`,
      aboutPath(path),
    )
  return undefined
}

interface Write {
  readonly path: string
  readonly mode: string
  readonly owner?: FileOwner | undefined
}

/** Writes the file by `file`, a script that defines make_file and includes written-file-apply.sh, with its `variables`. */
export async function writeFile(
  { path, mode, owner }: Write,
  priorState: WrittenFilePrior,
  host: Host,
  { file, variables, environment }: { file: string; variables: Variables; environment?: Environment },
): Promise<void> {
  const script = shellFile(file, {
    ...variables,
    ...{ path, mode, keep: host.originals, was: priorState.was },
    owner: owner ? `${owner.user}:${owner.group}` : priorState.owner,
  })
  await host.run('write', command(script, environment && { environment }))
}

/** What `restoreFile` will do. */
export function describeRestoreFile(path: string, { was }: WrittenFilePrior): string {
  return `${was === 'absent' ? 'removes' : 'puts back the old'} ${path}; sets aside what others have written to it since`
}

/** Puts the saved file back, by `file`, which includes written-file-undo.sh; names what others have changed since. */
export async function restoreFile(
  path: string,
  host: Host,
  file = 'shared/written-file-undo.sh',
): Promise<readonly Leftover[]> {
  const script = shellFile(file, { path, keep: host.originals })
  const { stdout } = await host.run('put-back', command(script))
  const { aside, left } = readFacts(stdout, { aside: many, left: many })
  return [
    ...aside.map((kept) => ({
      what: `file ${path} as others changed it after the step`,
      why: `set aside as ${kept}`,
    })),
    ...left.map((why) => ({ what: `file ${path}`, why })),
  ]
}
