import { StepRefused } from '../../errors.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { lines, sh } from '../../shell/script.ts'
import { inSubshells, shellFile, textFile } from '../../shell/shell-file.ts'
import { amount, many, maybe, once, readFacts } from '../facts.ts'
import { countOf, formatBytes } from '../format.ts'
import { memberHost, sum, targetFacts, targetName, targetOf } from '../shared/fresh-target.ts'
import { aboutContent } from '../step-kind.ts'
import { archiveEnvironment, membersOf, type Step } from './fields.ts'

/** Enough for an archive of terabytes on a slow disk. */
const LONG_SECONDS = 7 * 86_400
/** A small archive may be unpacked to any multiple of its size. */
const SMALL_BYTES = 64 * 1024 * 1024

const archiveFacts = {
  ...{
    source: once,
    symlink: once,
    missingPart: maybe,
    encryption: maybe,
    lacks: many,
    magic: maybe,
    identity: maybe,
  },
  ...{ archiveBytes: amount.default(0), writtenAt: amount.default(0), parts: amount.default(0) },
}
const ofTarget = { ...targetFacts, done: maybe }

/** Reads, in one command, everything about the archive and the targets that can be known without reading the archive. */
export async function inspectPlaces(step: Step, host: HostView) {
  const members = membersOf(step)
  const parts = members.map((member, index) =>
    lines(
      sh`echo ${`member=${index}`}`,
      shellFile('archive-restore/target.sh', targetOf(member, memberHost(index, members, host))),
    ),
  )
  const about = shellFile('archive-restore/inspect.sh', { archive: step.archive })
  const output = await host.ask(question(inSubshells(about, ...parts), { timeoutSeconds: 600 }))
  const [first = '', ...rest] = output.split(/^member=\d+$/m)
  return {
    archive: readFacts(first, archiveFacts),
    targets: members.map((member, index) => ({ member, ...readFacts(rest[index] ?? '', ofTarget) })),
  }
}

export type Places = Awaited<ReturnType<typeof inspectPlaces>>

/** The variables of list.sh. */
export function listOf(step: Step) {
  return {
    archive: step.archive,
    froms: membersOf(step).map(({ from = '.' }) => from),
    scan: textFile('archive-restore/scan.awk'),
  }
}

/** What goes to a target. Sizes in bytes. */
export interface FoundMember {
  /** The directory in the archive, where a pattern found it. */
  readonly inside: string
  readonly files: number
  readonly entries: number
  readonly bytes: number
  readonly spaceNeeded: number
}

export interface FoundArchive {
  /** What the names in the archive begin with: `./`, or nothing. */
  readonly lead: string
  readonly unpackedBytes: number
  /** The time of its newest file: `2026-11-30 12:57:29`, in UTC. */
  readonly newest: string
  /** Of each member of the step. */
  readonly members: readonly FoundMember[]
}

/**
 * Reads the whole archive once, at most as far as its targets have room and the ratio allows.
 * @throws StepRefused for an archive that cannot be restored whole and safely; never retried.
 */
export async function readArchive(step: Step, host: HostView, places: Places): Promise<FoundArchive> {
  const { archive } = step
  const { identity = '', archiveBytes } = places.archive
  const disks = new Map(places.targets.map(({ disk, free }) => [disk, free]))
  const room = sum([...disks.values()]) + sum(places.targets.map(({ alreadyThere }) => alreadyThere))
  const most = Math.max(SMALL_BYTES, step.maxRatio * archiveBytes)
  // A tar holds a header and padding for each file.
  const limit = Math.min(room * 2 + SMALL_BYTES, most) + 1
  const script = shellFile('archive-restore/read.sh', { ...listOf(step), identity, limit })
  const output = await host.ask(
    question(script, { timeoutSeconds: LONG_SECONDS, environment: archiveEnvironment(step) }),
  )
  const no = (reason: string): never => {
    throw new StepRefused(reason, aboutContent(archive))
  }
  const {
    changed,
    limit: isOver,
    format,
    unreadable,
    undecrypted,
    lacks,
    unpackedBytes,
  } = readFacts(output, read)
  if (lacks !== undefined) throw new StepRefused(lacking(lacks))
  if (changed !== undefined)
    no(`the archive ${archive} was written to while it was read; inspect it once it is complete`)
  if (isOver !== undefined && limit > most)
    no(
      `the archive ${archive} of ${formatBytes(archiveBytes)} unpacks to more than ${formatBytes(most)}, as a decompression bomb does; ` +
        'reading stopped there. If it is right, raise maxRatio:',
    )
  if (isOver !== undefined)
    no(
      `the archive ${archive} unpacks to more than ${formatBytes(unpackedBytes)}, but ${formatBytes(room)} are free; reading stopped there. Free some space`,
    )
  if (undecrypted !== undefined)
    no(
      `the archive ${archive} cannot be decrypted: ${undecrypted}. It is corrupt, or ${step.key ? 'key:' : 'passphrase:'} is not the one that it was encrypted for`,
    )
  if (format !== undefined) no(`${archive} is not a tar archive; name the file that holds the backup`)
  if (unreadable !== undefined)
    no(
      `the archive ${archive} cannot be read to its end, and is truncated or corrupt: ${unreadable}. Take another backup`,
    )
  const found = readFacts(output, listed)
  const problems = found.bad
    .map((line) => line.split('\u0001'))
    .filter(([code]) => code !== 'outside' || step.linksOutside === 'refuse')
  const [first] = problems
  if (first) {
    const [code = '', name = '', other = ''] = first
    no(problemOf({ code, name, other }, step, found.top))
  }
  const members = found.target.map((line) => {
    const [, inside = '', files = 0, entries = 0, bytes = 0, space = 0] = line.split('\u0001')
    return {
      inside,
      ...{ files: Number(files), entries: Number(entries), bytes: Number(bytes), spaceNeeded: Number(space) },
    }
  })
  const empty = members.findIndex(({ files }) => files === 0)
  const [emptyMember] = membersOf(step).slice(empty)
  if (empty >= 0 && emptyMember)
    no(
      `the archive ${archive} has no file in ${members[empty]?.inside} for ${targetName(emptyMember)}; an empty backup is never restored. Check the path and the backup`,
    )
  return { lead: found.lead, newest: found.newest, unpackedBytes, members }
}

const read = {
  undecrypted: maybe,
  lacks: maybe,
  changed: maybe,
  limit: maybe,
  format: maybe,
  unreadable: maybe,
  unpackedBytes: amount,
}
const listed = { bad: many, top: many, target: many, lead: once, newest: once }

interface Problem {
  readonly code: string
  readonly name: string
  readonly other: string
}

/** Why a member, or a missing one, refuses the archive. */
function problemOf({ code, name, other }: Problem, { archive }: Step, top: readonly string[]): string {
  const of = `the archive ${archive}`
  const nothing = `Nothing was written`
  switch (code) {
    case 'absolute':
      return `${of} has the absolute path ${name}, which leads out of its target. ${nothing}`
    case 'parent':
      return `${of} has the path ${name}, which leads out of its target. ${nothing}`
    case 'outside':
      return `${of} has the link ${name} to ${other}, which leads out of its target. If it is right, set linksOutside: keep; nothing is written through a link`
    case 'hard':
      return `${of} has ${name} as a hard link to ${other}, which is no file of the same directory in it. ${nothing}`
    case 'special':
      return `${of} has ${name}, which is ${SPECIAL[other] ?? `of type "${other}"`}; only files, directories and links are restored. ${nothing}`
    case 'changes':
      return `${of} has ${name} twice, with different types. ${nothing}`
    case 'twice':
      return `${of} has ${name} more than once, and which one counts is not certain. ${nothing}`
    case 'through':
      return `${of} has ${name}, which lies below ${other}, and that is no directory in it. ${nothing}`
    case 'mixed':
      return `${of} has names with and without "./" in front; pack it anew from one directory`
    case 'nothing':
      return `${of} has nothing in ${name}. It has: ${top.join(', ') || 'files only'}`
    case 'file':
      return `${of} has ${name} as a file; name a directory in from:`
    case 'several':
      return `${of} has several directories that fit ${name}: ${other}. Name one`
    default:
      return `${of} has a member that is not understood: ${name}`
  }
}

const SPECIAL: Readonly<Record<string, string>> = {
  c: 'a device',
  b: 'a device',
  p: 'a FIFO',
}

/** That the host lacks a program, and the package that has it. */
export function lacking(program: string): string {
  if (program === 'tar') return 'the tar of the host is not GNU tar; install the package tar'
  return `the archive needs ${program}, which the host does not have; install the package ${PACKAGES[program] ?? program}`
}

const PACKAGES: Readonly<Record<string, string>> = { xz: 'xz-utils', gpg: 'gnupg' }

/** `3 files, 1.2 MB`. */
export function amountOf({ files, bytes }: FoundMember): string {
  return `${countOf(files, 'file')}, ${formatBytes(bytes)}`
}
