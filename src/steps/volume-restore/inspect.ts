import { StepRefused } from '../../errors.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { lines, sh } from '../../shell/script.ts'
import { inSubshells, shellFile } from '../../shell/shell-file.ts'
import { amount, many, maybe, once, readFacts } from '../facts.ts'
import { refuseSymlink } from '../shared/symlink-guard.ts'
import {
  blockedOnDirectoryOf,
  blockedOnContainer,
  blockedOnMissing,
  type Blocked,
  aboutContent,
} from '../step-kind.ts'
import { countOf, formatBytes } from '../format.ts'
import {
  memberHost,
  refuseEngine,
  refuseTarget,
  targetFacts,
  targetName,
  targetOf,
  targetPlace,
} from '../shared/fresh-target.ts'
import type { Member } from './members.ts'

/** Enough for a tree of millions of files on a slow disk. */
const INSPECT_SECONDS = 3600

export type FoundMember = Awaited<ReturnType<typeof inspectMembers>>[number]

/** Reads, in one command, everything that decides whether the members can be restored. Sizes in bytes. */
export async function inspectMembers(members: readonly Member[], host: HostView) {
  // Each in a subshell; the first failure ends the script.
  const parts = members.map((member, index) =>
    lines(
      sh`echo ${`member=${index}`}`,
      shellFile('volume-restore/inspect.sh', {
        ...targetOf(member, memberHost(index, members, host)),
        from: member.from,
      }),
    ),
  )
  const output = await host.ask(question(inSubshells(...parts), { timeoutSeconds: INSPECT_SECONDS }))
  const found = output.split(/^member=\d+$/m).slice(1)
  return members.map((member, index) => ({ member, ...readFacts(found[index] ?? '', facts) }))
}

const facts = {
  symlink: once,
  source: once,
  files: amount,
  entries: amount,
  bytes: amount,
  spaceNeeded: amount,
  postmaster: maybe,
  mounted: many,
  writer: maybe,
  ...targetFacts,
}

interface Mode {
  readonly prestage: boolean
  readonly finalize?: string | undefined
}

/** What an earlier step must do first, or undefined. */
export function memberBlockedOn(
  { member, source, parent, mounted, target }: FoundMember,
  { prestage, finalize }: Mode,
): Blocked | undefined {
  if (source === 'absent') return blockedOnMissing('path', member.from, `the source ${member.from}`)
  if (finalize !== undefined && target === 'absent')
    return blockedOnMissing(
      targetPlace(member).what,
      targetPlace(member).name,
      `${targetName(member)}, which ${finalize} prestages`,
    )
  const [container] = mounted
  if (container && !prestage) {
    const [name = '', project = ''] = container.split('|')
    return blockedOnContainer(
      { name, project },
      `the source ${member.from}, which container ${name} may write to, to be out of use`,
    )
  }
  return parent === 'missing' ? blockedOnDirectoryOf(member.path ?? '') : undefined
}

/** @throws StepRefused if the source is empty, not clean or in use, or the target is not fresh */
export function refuseRestore(found: FoundMember, { prestage }: Mode): void {
  const { member } = found
  const { from } = member
  const refuse = (reason: string, about: ConstructorParameters<typeof StepRefused>[1] = {}) => {
    throw new StepRefused(reason, about)
  }
  const source = aboutContent(from)
  refuseSymlink(from, found.symlink)
  refuseEngine(found)
  if (found.source === 'other')
    refuse(`the source ${from} is not a directory; name the directory that holds the files`, source)
  if (found.source === 'directory' && found.files === 0) {
    refuse(
      `the source ${from} has no files; an empty backup is never restored. Check the path and the backup`,
      source,
    )
  }
  // Not refused: the step is blocked until an earlier step stops the container.
  const stopsLater = found.mounted.length > 0 || prestage
  if (found.postmaster && !stopsLater) {
    refuse(
      `${found.postmaster} exists: this database is running or was not shut down. Back up a stopped database, ` +
        'or start a copy of this one, stop it cleanly and restore from the copy',
      source,
    )
  }
  if (found.writer && !stopsLater)
    refuse(
      `the source ${from} is in use: process ${found.writer} can write to a file of it. Stop it first`,
      source,
    )
  refuseTarget(found)
}

/** The lines of a preview. The size of a source in use changes by itself: it is a note, which an approval does not cover. */
export function describeRestore(found: readonly FoundMember[], { prestage, finalize }: Mode) {
  if (finalize !== undefined) {
    const since = (from: string) => `changes in ${from} since it was prestaged`
    return { changes: found.map(({ member }) => `copies to ${targetName(member)} ${since(member.from)}`) }
  }
  const amountOf = ({ files, bytes }: FoundMember) => `${countOf(files, 'file')}, ${formatBytes(bytes)}`
  return {
    changes: found.flatMap((one) => [
      `makes ${targetName(one.member)}`,
      `copies ${prestage ? 'files' : `${amountOf(one)},`} from ${one.member.from}`,
    ]),
    ...(prestage && { notes: found.map((one) => `currently ${amountOf(one)} in ${one.member.from}`) }),
  }
}
