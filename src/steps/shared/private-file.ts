import type { Host, HostView } from '../../host/host.ts'
import { command } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { many, maybe, once, readFacts } from '../facts.ts'
import type { Leftover } from '../step-kind.ts'
import { readAccess } from './file-state.ts'
import { ownerFileName } from './owner-label.ts'

/** The file as it was: `absent`, or its inode and change time. The bytes themselves are in the originals. */
export interface PrivateFileSeen {
  readonly was: string
  readonly owner: string
  readonly [key: string]: string
}

/** Parses what private-state.sh printed. */
export function readStateOfFile(output: string) {
  const found = readFacts(output, {
    symlink: once,
    parent: once,
    kind: once,
    same: once,
    was: maybe,
    access: maybe,
    links: maybe,
  })
  return {
    ...found,
    access: found.access === undefined ? undefined : readAccess(found.access),
    links: Number(found.links ?? 1),
  }
}

/** What the scripts know the file by. */
export function privateFile(path: string, host: HostView) {
  return { path, keep: host.originals, own_name: ownerFileName(host) }
}

/** Puts back what was kept; says what others have changed since. */
export async function putBackPrivately(path: string, host: Host): Promise<readonly Leftover[]> {
  const script = shellFile('shared/private-undo.sh', privateFile(path, host))
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
