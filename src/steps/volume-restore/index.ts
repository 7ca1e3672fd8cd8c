import { z } from 'zod'
import { absolutePath, writtenPath } from '../../fields/absolute-path.ts'
import { volumeName } from '../../fields/names.ts'
import { command } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { maybe, readFacts } from '../facts.ts'
import { countOf, formatBytes } from '../format.ts'
import { readBack, readFromDisk } from '../shared/read-back.ts'
import {
  freshTargetFields,
  commandName,
  keptTarget,
  memberHost,
  outputsOfMembers,
  refuseNoSpace,
  sum,
  targetName,
  targetOf,
  targetPlace,
} from '../shared/fresh-target.ts'
import { differencesFromLive, livePlace } from '../shared/live-difference.ts'
import { membersOf, memberProblem, prestagedHost } from './members.ts'
import { changeKind, type Leftover } from '../step-kind.ts'
import { compareMembers, countPrestaged, isFinished } from './verify.ts'
import { describeRestore, inspectMembers, memberBlockedOn, refuseRestore } from './inspect.ts'
import type { Progress } from '../../host/host.ts'

const member = z.strictObject({
  from: absolutePath,
  volume: volumeName.optional(),
  path: writtenPath.optional(),
  live: livePlace.optional(),
})

const fields = {
  from: absolutePath.optional().meta({
    title: 'absolute path',
    description: 'A directory on the host; its whole tree becomes the content of the target',
  }),
  ...freshTargetFields,
  live: livePlace.optional().meta({
    title: 'volume or path',
    description:
      'The volume or directory that serves now. The evidence says how many of its files the backup lacks. Only names, sizes and times are read',
  }),
  prestage: z.boolean().default(false).meta({
    description:
      'Whether to copy while the source is in use. A later step with finalize: completes the copy once the source is at rest',
  }),
  finalize: z
    .string()
    .regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, { error: 'must be PHASE/STEP, such as migrate/certificates' })
    .optional()
    .meta({
      title: 'phase and step',
      description:
        'PHASE/STEP of the step that prestaged the same data. This step copies what has changed since, by checksums, and compares everything',
    }),
  members: z.array(member).min(1).max(200).optional().meta({
    title: 'members',
    description:
      'Several trees that are verified together: a list of from: with volume: or path:, and live: if wanted',
  }),
  scratch: z.boolean().default(false).meta({
    description:
      'Whether the target exists only for this run: an undo removes it even if it was written to. volume: or path: must hold ${{ run.id }}. Default: false',
  }),
  readBack,
}

/** No target existed. The sizes of the sources, for the progress of the copies. */
interface Prior {
  readonly existed: false
  readonly sourceBytes: number
  readonly sourceFiles: number
  /** Of each member, if there are several. */
  readonly bytes?: readonly number[]
  readonly [key: string]: false | number | readonly number[] | undefined
}

/**
 * Restores trees into fresh volumes or directories, beside live ones, and compares manifests. Starts no container. An undo
 * keeps a target that was written to after the restore, unless it is scratch.
 */
export const volumeRestore = changeKind({
  kind: 'volume-restore',
  summary: 'A fresh volume, or directory, holds exactly the files of a directory on the host',
  fields,
  traits: { fillsFromBackup: true },
  outputs: ['volume', 'path'],
  hasOutput: (name, { members, ...single }) =>
    [single, members].flat().some((one) => typeof one === 'object' && one !== null && name in one),
  timeoutMinutes: 240,
  usualSeconds: 5,

  validate(step) {
    if (step.prestage && step.finalize !== undefined) return 'needs prestage: or finalize:, not both'
    if (step.scratch && (step.members !== undefined || step.prestage || step.finalize !== undefined))
      return 'needs volume: or path: with scratch:, and no members:, prestage: or finalize:'
    return memberProblem(step)
  },
  describe(step) {
    const [first, ...more] = membersOf(step)
    const done = step.finalize === undefined ? 'restore' : 'finish restoring'
    if (first && more.length === 0) return `${done} ${first.from} into the fresh ${targetName(first)}`
    return `${done} ${membersOf(step).length} trees into fresh targets: ${membersOf(step).map(targetName).join(', ')}`
  },
  effects: (step) =>
    membersOf(step).flatMap(({ from, volume, path, live }) => [
      { how: 'reads', what: 'path', name: from } as const,
      ...(live === undefined
        ? []
        : [{ how: 'reads', what: live.startsWith('/') ? 'path' : 'volume', name: live } as const]),
      {
        how: step.finalize === undefined ? 'creates' : 'modifies',
        ...targetPlace({ volume, path }),
      } as const,
    ]),

  async inspect(step, host) {
    const found = await inspectMembers(membersOf(step), prestagedHost(step, host))
    found.forEach((one) => refuseRestore(one, step))
    const blocked = found.map((one) => memberBlockedOn(one, step)).find((waited) => waited !== undefined)
    if (blocked) return blocked
    refuseNoSpace(found.map((one) => ({ ...one, source: one.member.from })))
    if (step.finalize !== undefined && (await isFinished(found, prestagedHost(step, host))))
      return { priorState: NOTHING, changes: [], because: 'nothing has changed since the copy was prestaged' }
    const [sourceBytes, sourceFiles] = [
      sum(found.map(({ bytes }) => bytes)),
      sum(found.map(({ files }) => files)),
    ]
    const bytes = found.length === 1 ? {} : { bytes: found.map(({ bytes }) => bytes) }
    return {
      priorState: { existed: false, sourceBytes, sourceFiles, ...bytes } as Prior,
      copiesBytes: sourceBytes,
      ...describeRestore(found, step),
    }
  },

  async apply(step, { sourceBytes, bytes = [] }, host) {
    const members = membersOf(step)
    for (const [index, member] of members.entries()) {
      const target = targetOf(member, memberHost(index, members, prestagedHost(step, host)))
      const name = (about: string) => commandName(about, index, members)
      const before = sum(bytes.slice(0, index))
      if (step.finalize === undefined)
        await host.run(name('make-target'), command(shellFile('shared/fresh-make.sh', target)))
      else await host.run(name('reopen'), command(shellFile('volume-restore/reopen.sh', target)))
      await host.run(
        name('copy'),
        command(
          shellFile('volume-restore/copy.sh', {
            ...target,
            from: member.from,
            prestage: step.prestage ? 'yes' : 'no',
          }),
        ),
        (line) => copyProgress(line, sourceBytes, before),
      )
      await host.run(name('record'), command(shellFile('shared/fresh-record.sh', target)))
    }
  },

  async verify(step, host) {
    const members = membersOf(step)
    const outputs = outputsOfMembers(members)
    if (step.prestage) return { ...(await countPrestaged(members, host)), outputs }
    const compared = await compareMembers(members, prestagedHost(step, host), step.readBack)
    const stored = {
      readBytes: sum(compared.map(({ readBytes }) => readBytes)),
      storedBytes: sum(compared.map(({ storedBytes }) => storedBytes)),
    }
    const read = readFromDisk(members.map(targetName).join(', '), step.readBack, stored)
    const [files, bytes] = [sum(compared.map(({ files }) => files)), sum(compared.map(({ bytes }) => bytes))]
    const differences = await differencesFromLive(members, host)
    const allocated = {
      allocatedBytes: sum(compared.map(({ allocated }) => allocated)),
      sourceAllocatedBytes: sum(compared.map(({ sourceAllocated }) => sourceAllocated)),
    }
    const [one] = members.length === 1 ? members : []
    const equal = one
      ? `${targetName(one)} equals ${one.from}`
      : `${members.map((member) => `${targetName(member)} equals ${member.from}`).join('; ')}; together`
    return {
      summary: `${equal}: ${countOf(files, 'file')}, ${formatBytes(bytes)}, by manifests with the sha256 of every file, extended attributes compared${[...(read === undefined ? [] : [read]), ...differences].map((line) => `; ${line}`).join('')}`,
      strength: 'proven',
      facts: {
        ...{ files, bytes, manifest: compared.map(({ manifest }) => manifest).join(' ') },
        ...(read !== undefined && stored),
        ...allocated,
        ...(differences.length > 0 && { live: differences }),
      },
      outputs,
    }
  },

  undoes: (step) =>
    step.finalize === undefined
      ? `removes ${membersOf(step).map(targetName).join(', ')}; keeps what ${step.scratch ? '' : 'was written to or '}is in use`
      : `nothing: the undo of ${step.finalize} removes ${membersOf(step).map(targetName).join(', ')}`,

  async undo(step, _seen, host) {
    // The prestaging step made the target, and its undo removes it.
    if (step.finalize !== undefined) return []
    const members = membersOf(step)
    const leftovers: Leftover[] = []
    for (const [index, member] of members.entries()) {
      const script = shellFile('shared/fresh-undo.sh', {
        ...targetOf(member, memberHost(index, members, host)),
        scratch: step.scratch ? 'yes' : 'no',
      })
      const { stdout } = await host.run(commandName('remove-unserved', index, members), command(script))
      const { kept } = readFacts(stdout, { kept: maybe })
      if (kept) leftovers.push(keptTarget(member, kept))
    }
    return leftovers
  },
})

const NOTHING: Prior = { existed: false, sourceBytes: 0, sourceFiles: 0 }

/** Parses the output of rsync --info=progress2: `  1,234,567  45%  100.00MB/s    0:00:12`. */
export function copyProgress(line: string, totalBytes: number, before = 0): Progress | undefined {
  const [, done, hours, minutes, seconds] =
    /^\s*([\d,.]+)\s+\d+%\s+\S+\s+(\d+):(\d\d):(\d\d)/.exec(line) ?? []
  if (done === undefined) return undefined
  const doneBytes = before + Number(done.replace(/[,.]/g, ''))
  return {
    text: `copied ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`,
    doneBytes,
    totalBytes,
    secondsLeft: Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds),
  }
}
