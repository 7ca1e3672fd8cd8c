import { z } from 'zod'
import { absolutePath, writtenPath } from '../../fields/absolute-path.ts'
import { volumeName } from '../../fields/names.ts'
import { command } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { maybe, readFacts } from '../facts.ts'
import { countOf, formatBytes } from '../format.ts'
import { readBack, readFromDisk } from '../shared/read-back.ts'
import {
  asPrestaged,
  calledOf,
  commandOf,
  hostOf,
  targetOf,
  membersOf,
  wrongMembers,
  type Member,
} from './members.ts'
import { changeKind, type Leftover, type Outputs } from '../step-kind.ts'
import { compareMembers, countPrestaged, isFinished } from './verify.ts'
import { copyProgress, linesOf } from './lines.ts'
import { lookAtRestore, refuseNoSpace, refuseRestore, sum, waitsForOf } from './inspect.ts'

const member = z.strictObject({
  from: absolutePath,
  volume: volumeName.optional(),
  path: writtenPath.optional(),
})

const fields = {
  from: absolutePath.optional().meta({
    title: 'absolute path',
    description: 'A directory on the host: its whole tree becomes the content of the volume',
  }),
  volume: volumeName.optional().meta({
    title: 'volume',
    description: 'A name that no volume has yet; or path:, for what is bind-mounted',
  }),
  path: writtenPath.optional().meta({
    title: 'path to write',
    description: 'A directory that is not there yet, in one that is; instead of volume:',
  }),
  prestage: z.boolean().default(false).meta({
    description:
      'Whether it is copied while the source is in use: for a later step that finishes it, once the source is at rest',
  }),
  finalize: z
    .string()
    .regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, { error: 'must be PHASE/STEP, such as migrate/certificates' })
    .optional()
    .meta({
      title: 'phase and step',
      description:
        'PHASE/STEP, the earlier step that prestaged the same data: what has changed since is copied, by sums, and all is compared',
    }),
  members: z.array(member).min(1).max(20).optional().meta({
    title: 'members',
    description: 'Several that belong together: a list of from: with volume: or path:; proven together',
  }),
  readBack,
}

/** No target existed; sizes of the sources, for the progress of the copies. */
interface Prior {
  readonly existed: false
  readonly sourceBytes: number
  readonly sourceFiles: number
  /** Of each member, where there are several. */
  readonly bytes?: readonly number[]
  readonly [key: string]: false | number | readonly number[] | undefined
}

/**
 * Restores trees into fresh volumes or directories, beside what is live, and compares them by their manifests. No
 * container is started. What anything has written to since is never removed again.
 */
export const volumeRestore = changeKind({
  kind: 'volume-restore',
  summary: 'A fresh volume, or directory, holds exactly the files of a directory on the host',
  fields,
  traits: { fillsFromBackup: true },
  outputs: ['volume', 'path'],
  timeoutMinutes: 240,
  usualSeconds: 5,

  validate: (step) =>
    step.prestage && step.finalize !== undefined
      ? 'needs prestage: or finalize:, and not both'
      : wrongMembers(step),
  describe(step) {
    const [first, ...more] = membersOf(step)
    const done = step.finalize === undefined ? 'restore' : 'finish restoring'
    if (first && more.length === 0) return `${done} ${first.from} into the fresh ${calledOf(first)}`
    return `${done} ${membersOf(step).length} trees into fresh places: ${membersOf(step).map(calledOf).join(', ')}`
  },
  effects: (step) =>
    membersOf(step).flatMap(({ from, volume, path }) => [
      { how: 'reads', what: 'path', name: from } as const,
      {
        how: step.finalize === undefined ? 'creates' : 'modifies',
        ...(volume === undefined
          ? ({ what: 'path', name: path ?? '' } as const)
          : ({ what: 'volume', name: volume } as const)),
      } as const,
    ]),

  async inspect(step, host) {
    const found = await lookAtRestore(membersOf(step), asPrestaged(step, host))
    found.forEach((one) => refuseRestore(one, step))
    const blocked = found.map((one) => waitsForOf(one, step)).find((waited) => waited !== undefined)
    if (blocked) return blocked
    refuseNoSpace(found)
    if (step.finalize !== undefined && (await isFinished(found, asPrestaged(step, host))))
      return { priorState: NOTHING, changes: [], because: 'nothing has changed since it was prestaged' }
    const [sourceBytes, sourceFiles] = [
      sum(found.map(({ bytes }) => bytes)),
      sum(found.map(({ files }) => files)),
    ]
    const bytes = found.length === 1 ? {} : { bytes: found.map(({ bytes }) => bytes) }
    return {
      priorState: { existed: false, sourceBytes, sourceFiles, ...bytes } as Prior,
      copiesBytes: sourceBytes,
      ...linesOf(found, step),
    }
  },

  async apply(step, { sourceBytes, bytes = [] }, host) {
    const members = membersOf(step)
    for (const [index, member] of members.entries()) {
      const target = targetOf(member, hostOf(index, members, asPrestaged(step, host)))
      const name = (about: string) => commandOf(about, index, members)
      const before = sum(bytes.slice(0, index))
      if (step.finalize === undefined)
        await host.run(name('make-target'), command(shellFile('volume-restore/make-target.sh', target)))
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
      await host.run(name('record'), command(shellFile('volume-restore/record.sh', target)))
    }
  },

  async verify(step, host) {
    const members = membersOf(step)
    const outputs = placesOf(members)
    if (step.prestage) return { ...(await countPrestaged(members, host)), outputs }
    const compared = await compareMembers(members, asPrestaged(step, host), step.readBack)
    const stored = {
      readBytes: sum(compared.map(({ readBytes }) => readBytes)),
      storedBytes: sum(compared.map(({ storedBytes }) => storedBytes)),
    }
    const read = readFromDisk(members.map(calledOf).join(', '), step.readBack, stored)
    const [files, bytes] = [sum(compared.map(({ files }) => files)), sum(compared.map(({ bytes }) => bytes))]
    const [one] = members.length === 1 ? members : []
    const equal = one
      ? `${calledOf(one)} equals ${one.from}`
      : `${members.map((member) => `${calledOf(member)} equals ${member.from}`).join('; ')}; together`
    return {
      summary: `${equal}: ${countOf(files, 'file')}, ${formatBytes(bytes)}, by manifests with the sha256 of every file, extended attributes compared${read === undefined ? '' : `; ${read}`}`,
      strength: 'proven',
      facts: {
        ...{ files, bytes, manifest: compared.map(({ manifest }) => manifest).join(' ') },
        ...(read !== undefined && stored),
      },
      outputs,
    }
  },

  async undo(step, _seen, host) {
    // The copy is the earlier step's, and so is its undo.
    if (step.finalize !== undefined) return []
    const members = membersOf(step)
    const leftovers: Leftover[] = []
    for (const [index, member] of members.entries()) {
      const script = shellFile('volume-restore/undo.sh', targetOf(member, hostOf(index, members, host)))
      const { stdout } = await host.run(commandOf('remove-unserved', index, members), command(script))
      const { kept } = readFacts(stdout, { kept: maybe })
      if (kept) leftovers.push({ what: calledOf(member), why: `${kept}; kept` })
    }
    return leftovers
  },
})

/** The fresh volumes and directories, each list in the order of the members. */
function placesOf(members: readonly Member[]): Outputs {
  const names = (of: 'volume' | 'path') => members.flatMap(({ [of]: name }) => name ?? []).join(' ')
  const [volume, path] = [names('volume'), names('path')]
  return { ...(volume && { volume }), ...(path && { path }) }
}

const NOTHING: Prior = { existed: false, sourceBytes: 0, sourceFiles: 0 }
