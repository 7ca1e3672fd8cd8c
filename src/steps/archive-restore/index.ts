import { StepNotVerified, StepRefused } from '../../errors.ts'
import type { Progress } from '../../host/host.ts'
import { command, question } from '../../shell/command.ts'
import { lines } from '../../shell/script.ts'
import { inSubshells, shellFile, textFile } from '../../shell/shell-file.ts'
import { amount, many, maybe, once, readFacts } from '../facts.ts'
import { countOf, formatBytes } from '../format.ts'
import {
  commandName,
  keptTarget,
  memberHost,
  outputsOfMembers,
  refuseEngine,
  refuseNoSpace,
  refuseTarget,
  sum,
  targetName,
  targetOf,
  targetPlace,
} from '../shared/fresh-target.ts'
import { differencesFromLive, livePlaceOf } from '../shared/live-difference.ts'
import { refuseSymlink } from '../shared/symlink-guard.ts'
import {
  aboutContent,
  blockedOnDirectoryOf,
  blockedOnMissing,
  changeKind,
  type Leftover,
} from '../step-kind.ts'
import { archiveEnvironment, fields, membersOf, type Step } from './fields.ts'
import { amountOf, inspectPlaces, lacking, listOf, readArchive, type Places } from './inspect.ts'

/** No target existed. */
interface Prior {
  readonly existed: false
  /** What changes with every write to the archive, and when it is replaced. */
  readonly identity: string
  readonly unpackedBytes: number
  /** What the names in the archive begin with. */
  readonly lead: string
  /** The directory in the archive of each member whose from: is a pattern, by its number. */
  readonly found: Readonly<Record<string, string>>
  readonly [key: string]: false | string | number | Readonly<Record<string, string>>
}

/**
 * Unpacks directories of an archive into fresh volumes or directories, beside live ones, and compares each path and the
 * contents of all files with the archive. An undo keeps a target that was written to after the restore.
 */
export const archiveRestore = changeKind({
  kind: 'archive-restore',
  summary: 'A fresh volume, or directory, holds exactly what a directory of an archive holds',
  fields,
  traits: { fillsFromBackup: true },
  outputs: ['volume', 'path'],
  hasOutput: (name, { members, ...single }) =>
    [single, members].flat().some((one) => typeof one === 'object' && one !== null && name in one),
  timeoutMinutes: 480,
  usualSeconds: 5,

  validate(step) {
    const { from, volume, path, live, members } = step
    if (members && (from ?? volume ?? path ?? live) !== undefined)
      return 'has members: and also from:, volume:, path: or live:; list each target in members:'
    const all = membersOf(step)
    if (all.some((member) => (member.volume === undefined) === (member.path === undefined)))
      return members
        ? 'needs either volume: or path: in each of its members'
        : 'needs either volume: or path:'
    const names = all.map(targetName)
    const twice = names.find((name, index) => names.indexOf(name) < index)
    if (twice !== undefined) return `restores twice into ${twice}`
    const paths = all.flatMap((member) => member.path ?? [])
    const nested = paths.find((one) =>
      [...paths, step.archive].some((other) => other.startsWith(`${one}/`) || one.startsWith(`${other}/`)),
    )
    return nested === undefined
      ? undefined
      : `restores into ${nested}, which holds, or lies in, another of its places`
  },
  describe(step) {
    const members = membersOf(step)
    const [first] = members
    const text =
      members.length === 1 && first
        ? `restore ${first.from === undefined ? '' : `${first.from} of `}the archive ${step.archive} into the fresh ${targetName(first)}`
        : `restore the archive ${step.archive} into ${members.length} fresh targets: ${members.map(targetName).join(', ')}`
    return text.slice(0, 200)
  },
  effects: (step) => [
    { how: 'reads', what: 'path', name: step.archive },
    ...membersOf(step).flatMap(({ live, ...target }) => [
      ...(live === undefined
        ? []
        : [{ how: 'reads', what: live.startsWith('/') ? 'path' : 'volume', name: live } as const]),
      { how: 'creates', ...targetPlace(target) } as const,
    ]),
  ],

  async inspect(step, host) {
    const { archive } = step
    const places = await inspectPlaces(step, host)
    const { source, symlink, identity = '', archiveBytes, writtenAt, parts } = places.archive
    refuseSymlink(archive, symlink)
    places.targets.forEach(refuseEngine)
    if (source === 'absent') return blockedOnMissing('path', archive, `the archive ${archive}`)
    places.targets.forEach(refuseTarget)
    const homeless = places.targets.find(({ parent }) => parent === 'missing')
    if (homeless) return blockedOnDirectoryOf(homeless.member.path ?? '')
    refuseSource(step, places)
    const nothing: Prior = { existed: false, identity, unpackedBytes: 0, lead: '', found: {} }
    if (places.targets.every(({ done }) => done === 'yes'))
      return {
        priorState: nothing,
        changes: [],
        because: `this step filled ${membersOf(step).map(targetName).join(', ')}`,
      }

    const read = await readArchive(step, host, places)
    refuseNoSpace(
      places.targets.map((target, index) => {
        const { spaceNeeded = 0, entries = 0, inside = '' } = read.members[index] ?? {}
        return { ...target, spaceNeeded, entries, source: `${archive}${inside === '.' ? '' : `, ${inside}`}` }
      }),
    )
    const found = membersOf(step).flatMap(({ from = '.' }, index) => {
      const inside = read.members[index]?.inside ?? from
      return inside === from ? [] : [[String(index), inside]]
    })
    const written = new Date(writtenAt * 1000).toISOString()
    return {
      priorState: {
        ...{ existed: false, identity, unpackedBytes: read.unpackedBytes, lead: read.lead },
        found: Object.fromEntries(found) as Record<string, string>,
      } satisfies Prior,
      copiesBytes: sum(read.members.map(({ bytes }) => bytes)),
      changes: membersOf(step).flatMap((member, index) => {
        const one = read.members[index]
        const what = one === undefined || one.inside === '.' ? 'all' : one.inside
        return [`makes ${targetName(member)}`, `unpacks ${what} of ${archive}: ${one ? amountOf(one) : ''}`]
      }),
      notes: [
        `${archive}: ${formatBytes(archiveBytes)}${parts > 1 ? ` in ${parts} parts` : ''}, written at ${written}, its newest file is of ${read.newest.slice(0, 16)} UTC`,
      ],
    }
  },

  async apply(step, { identity, unpackedBytes, lead, found }, host) {
    const members = membersOf(step)
    for (const [index, member] of members.entries()) {
      const target = targetOf(member, memberHost(index, members, host))
      const name = (about: string) => commandName(about, index, members)
      const inside = found[String(index)] ?? member.from ?? '.'
      await host.run(name('make-target'), command(shellFile('shared/fresh-make.sh', target)))
      await host.run(
        name('unpack'),
        command(
          shellFile('archive-restore/unpack.sh', {
            ...target,
            archive: step.archive,
            identity,
            inside,
            lead,
            ...livePlaceOf(member.live),
          }),
          { environment: archiveEnvironment(step) },
        ),
        (line) => unpackProgress(line, unpackedBytes),
      )
      await host.run(name('record'), command(shellFile('shared/fresh-record.sh', target)))
    }
  },

  async verify(step, host) {
    const members = membersOf(step)
    const parts = members.map((member, index) =>
      shellFile('archive-restore/compare.sh', {
        ...targetOf(member, memberHost(index, members, host)),
        member: index + 1,
        compare: textFile('archive-restore/compare.awk'),
        same_bytes: textFile('archive-restore/same-bytes.awk'),
      }),
    )
    const script = lines(
      shellFile('archive-restore/verify.sh', { ...listOf(step), count: members.length }),
      inSubshells(...parts),
      shellFile('archive-restore/end-compare.sh'),
    )
    const { stdout } = await host.measure(
      'compare',
      question(script, { timeoutSeconds: VERIFY_SECONDS, environment: archiveEnvironment(step) }),
    )
    const output = stdout.split(/^member=\d+$/m).slice(1)
    const compared = members.map((member, index) => ({
      member,
      ...readFacts(output[index] ?? '', comparison),
    }))
    const wrong = compared.filter(
      ({ same, list, sum: ofContents }) => same !== 'yes' || list === undefined || ofContents === undefined,
    )
    if (wrong.length > 0)
      throw new StepNotVerified(
        wrong
          .map(
            ({ member, differ = '0' }) =>
              `${targetName(member)} differs from the archive ${step.archive} (${differ} paths)`,
          )
          .join('; '),
        wrong.flatMap(({ path }) => path),
      )
    const [files, bytes] = [sum(compared.map(({ files }) => files)), sum(compared.map(({ bytes }) => bytes))]
    const differences = await differencesFromLive(
      compared.map(({ member, at = '' }) => ({ from: member.path ?? at, live: member.live })),
      host,
    )
    const implied = sum(compared.map((one) => one.implied))
    const attributed = sum(compared.map(({ attributed }) => attributed))
    const isUncompared = compared.some(({ attributes }) => attributes === 'uncompared')
    const attributes =
      attributed === 0
        ? []
        : [
            `extended attributes of ${countOf(attributed, 'file')} ${isUncompared ? 'restored, not compared' : 'compared'}`,
          ]
    return {
      summary: [
        `${members.map(targetName).join(', ')} ${members.length === 1 ? 'equals' : 'equal'} the archive ${step.archive}: ${countOf(files, 'file')}, ${formatBytes(bytes)}, ` +
          "each path with type, mode, owner, time and link by the archive's list, the contents by their sha256",
        ...(implied === 0
          ? []
          : [
              `not compared: mode and owner of ${countOf(implied, 'place')}, which the archive has no entry for` +
                compared
                  .map(({ member, top }) => (top === undefined ? '' : `; ${targetName(member)} got ${top}`))
                  .join(''),
            ]),
        ...attributes,
        ...differences,
      ].join('; '),
      strength: 'proven',
      facts: {
        ...{ files, bytes },
        list: compared.map(({ list }) => list).join(' '),
        sum: compared.map(({ sum }) => sum).join(' '),
        ...(differences.length > 0 && { live: differences }),
      },
      outputs: outputsOfMembers(members),
    }
  },

  undoes: (step) =>
    `removes ${membersOf(step).map(targetName).join(', ')}; keeps what was written to or is in use`,

  async undo(step, _prior, host) {
    const members = membersOf(step)
    const leftovers: Leftover[] = []
    for (const [index, member] of members.entries()) {
      const target = targetOf(member, memberHost(index, members, host))
      const script = shellFile('shared/fresh-undo.sh', { ...target, scratch: 'no' })
      const { stdout } = await host.run(commandName('remove-unserved', index, members), command(script))
      const { kept } = readFacts(stdout, { kept: maybe })
      if (kept) leftovers.push(keptTarget(member, kept))
    }
    return leftovers
  },
})

const VERIFY_SECONDS = 7 * 86_400

const comparison = {
  ...{
    same: once,
    differ: maybe,
    path: many,
    at: maybe,
    top: maybe,
    list: maybe,
    sum: maybe,
    attributes: maybe,
  },
  ...{
    files: amount.default(0),
    bytes: amount.default(0),
    attributed: amount.default(0),
    implied: amount.default(0),
  },
}

/** @throws StepRefused for what cannot be read as an archive on this host */
function refuseSource(
  { archive, key, passphrase }: Step,
  { archive: { source, missingPart, lacks, encryption, magic = '' } }: Places,
): void {
  if (source === 'other')
    throw new StepRefused(
      `${archive} is not a file; name the file that holds the backup`,
      aboutContent(archive),
    )
  if (source === 'empty')
    throw new StepRefused(
      `the archive ${archive} is empty; look for what went wrong when it was made`,
      aboutContent(archive),
    )
  if (missingPart)
    throw new StepRefused(`the part ${missingPart} of the archive is missing`, aboutContent(archive))
  const other = OTHER_FORMATS.find(({ begins }) => magic.startsWith(begins))
  if (other) throw new StepRefused(`${archive} is ${other.is}; ${other.instead}`, aboutContent(archive))
  const [program] = lacks
  if (program !== undefined) throw new StepRefused(lacking(program))
  if (encryption === 'age' && key === undefined)
    throw new StepRefused(`the archive ${archive} is encrypted with age; name its identity in key:`, {
      isOfPlan: true,
    })
  if (encryption === 'gpg' && key === undefined && passphrase === undefined)
    throw new StepRefused(
      `the archive ${archive} is encrypted with gpg; name passphrase:, or the private key in key:`,
      { isOfPlan: true },
    )
}

const UNPACK = 'unpack it, and restore the directory with volume-restore'
const OTHER_FORMATS = [
  { begins: '504b0304', is: 'a zip archive', instead: UNPACK },
  { begins: '377abcaf', is: 'a 7z archive', instead: UNPACK },
  { begins: '526172211a07', is: 'a rar archive', instead: UNPACK },
  { begins: '5047444d50', is: 'a dump of pg_dump', instead: 'restore it with dump-restore' },
]

/** Parses `progress=BYTES`: how much of the archive is unpacked. */
function unpackProgress(line: string, totalBytes: number): Progress | undefined {
  const [, bytes] = /^progress=(\d+)$/.exec(line) ?? []
  if (bytes === undefined) return undefined
  return {
    ...{ text: `unpacked ${formatBytes(Number(bytes))} of ${formatBytes(totalBytes)}`, totalBytes },
    doneBytes: Number(bytes),
  }
}
