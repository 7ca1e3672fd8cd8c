import { StepRefused } from '../../errors.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { lines, sh } from '../../shell/script.ts'
import { inSubshells, shellFile } from '../../shell/shell-file.ts'
import { amount, many, maybe, once, readFacts } from '../facts.ts'
import { refuseSymlink } from '../shared/symlink-guard.ts'
import { blockedOnDirectoryOf, blockedOnContainer, blockedOnMissing, type Blocked } from '../step-kind.ts'
import { formatBytes } from '../format.ts'
import { calledOf, hostOf, targetOf, type Member } from './members.ts'

/** A tenth of an hour would be short for a tree of millions of files on a slow disk. */
const LOOK_SECONDS = 3600

export type FoundMember = Awaited<ReturnType<typeof lookAtRestore>>[number]

/** All that decides whether trees can be restored, one for each member, found in one exec. Sizes are in bytes. */
export async function lookAtRestore(members: readonly Member[], host: HostView) {
  // Each in a shell of its own; what one cannot answer ends all.
  const parts = members.map((member, index) =>
    lines(
      sh`echo ${`member=${index}`}`,
      shellFile('volume-restore/inspect.sh', {
        ...targetOf(member, hostOf(index, members, host)),
        from: member.from,
      }),
    ),
  )
  const output = await host.ask(question(inSubshells(...parts), { timeoutSeconds: LOOK_SECONDS }))
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
  targetSymlink: maybe,
  parent: maybe,
  target: once,
  usedBy: many,
  security: once,
  disk: once,
  place: once,
  free: amount,
  freeInodes: amount,
  alreadyThere: amount,
}

interface How {
  readonly prestage: boolean
  readonly finalize?: string | undefined
}

/** What an earlier step must make first, or undefined. */
export function waitsForOf(
  { member, source, parent, mounted, target }: FoundMember,
  { prestage, finalize }: How,
): Blocked | undefined {
  if (source === 'absent') return blockedOnMissing('path', member.from, `the source ${member.from}`)
  if (finalize !== undefined && target === 'absent')
    return blockedOnMissing(
      member.volume === undefined ? 'path' : 'volume',
      member.volume ?? member.path ?? '',
      `${calledOf(member)}, which ${finalize} prestages`,
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

/** @throws StepRefused where the source is empty, unclean or in use, or the target is not fresh. */
export function refuseRestore(found: FoundMember, { prestage }: How): void {
  const { member } = found
  const { from } = member
  const target = calledOf(member)
  const refuse = (reason: string) => {
    throw new StepRefused(reason)
  }
  refuseSymlink(from, found.symlink)
  if (member.path !== undefined) refuseSymlink(member.path, found.targetSymlink)
  if (found.security.includes('rootless'))
    refuse('the Docker engine is rootless; volumes are restored on a rootful engine only')
  if (found.source === 'other')
    refuse(`the source ${from} is not a directory; name the directory that holds the files`)
  if (found.source === 'directory' && found.files === 0) {
    refuse(
      `the source ${from} holds no file; an empty backup is never restored. Check the path and the backup`,
    )
  }
  // What a container may write to is waited for: an earlier step of the plan may stop it.
  const stopsLater = found.mounted.length > 0 || prestage
  if (found.postmaster && !stopsLater) {
    refuse(
      `${found.postmaster} is there: this database is running or was not shut down. Take a backup of a stopped database, ` +
        'or, if that was so, start it once apart, stop it cleanly and restore from that',
    )
  }
  if (found.writer && !stopsLater)
    refuse(
      `the source ${from} is in use: process ${found.writer} has a file of it open for writing. Stop it first`,
    )
  if (found.usedBy.length > 0) {
    refuse(
      `${target} is used by container ${found.usedBy.join(', ')}; a restore goes into a fresh one: use a fresh name`,
    )
  }
  if (found.target === 'foreign') {
    refuse(`${target} exists and was not made by this step; a restore never writes into it: use a fresh name`)
  }
}

/** @throws StepRefused where what goes to one disk does not fit there together. */
export function refuseNoSpace(found: readonly FoundMember[]): void {
  for (const { disk, place, free, freeInodes } of found) {
    const here = found.filter((other) => other.disk === disk)
    const from = here.map(({ member }) => member.from).join(', ')
    const [sources, need, have] = here.length === 1 ? ['source', 'needs', 'has'] : ['sources', 'need', 'have']
    const needed = Math.ceil(sum(here.map(({ spaceNeeded }) => spaceNeeded)) * 1.05)
    const there = free + sum(here.map(({ alreadyThere }) => alreadyThere))
    if (needed > there) {
      throw new StepRefused(
        `the ${sources} ${from} ${need} ${formatBytes(needed)} (with 5 % to spare), but ${formatBytes(there)} are free at ${place}; ` +
          'make room or move the engine to a larger disk',
      )
    }
    const entries = sum(here.filter(({ target }) => target === 'absent').map(({ entries }) => entries))
    if (freeInodes > 0 && entries > freeInodes) {
      throw new StepRefused(
        `the ${sources} ${from} ${have} ${entries} files and directories, but ${place} has room for ${freeInodes}`,
      )
    }
  }
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((before, number) => before + number, 0)
}
