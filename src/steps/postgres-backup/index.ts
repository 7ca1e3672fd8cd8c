import { StepNotVerified, StepRefused } from '../../errors.ts'
import { writtenPath } from '../../fields/absolute-path.ts'
import { imageName } from '../../fields/names.ts'
import type { HostView, Progress } from '../../host/host.ts'
import { command, question } from '../../shell/command.ts'
import { shellFile, textFile } from '../../shell/shell-file.ts'
import { amount, many, maybe, once, readFacts } from '../facts.ts'
import { countOf, formatBytes } from '../format.ts'
import { proofFacts, proofScript } from '../shared/backup-proof.ts'
import { scratchOf } from '../shared/owner-label.ts'
import {
  containerNameProblem,
  describeContainer,
  serverBlockedOn,
  serverEnvironment,
  serverFields,
  serverName,
  serverOf,
} from '../shared/postgres-server.ts'
import { refuseSymlink } from '../shared/symlink-guard.ts'
import {
  aboutPath,
  blockedOnDirectoryOf,
  blockedOnMissing,
  changeKind,
  type Inspection,
  type Values,
} from '../step-kind.ts'

const LONG_SECONDS = 7 * 86_400

const fields = {
  ...serverFields,
  image: imageName.meta({
    description: "An image with the server's version of PostgreSQL; it recovers the backup without a network",
  }),
  to: writtenPath.meta({
    title: 'path to write',
    description: 'The directory that the backup becomes; it must not exist: /backup/shop/${{ run.id }}',
  }),
}
type Step = Values<typeof fields>

/** The list of sums in the backup, for `manifest:` of backup-audit. */
const MANIFEST = 'MANIFEST.sha256'

/**
 * Takes a base backup of a running server, proves it by the server's sums, recovers it in a scratch container and stops it
 * cleanly there: every kind that reads a data directory takes the result. A finished backup outlives a rollback.
 */
export const postgresBackup = changeKind({
  kind: 'postgres-backup',
  summary: 'A directory holds a verified, cleanly stopped copy of a running PostgreSQL server',
  fields,
  traits: { backsUpServer: true },
  outputs: ['path'],
  timeoutMinutes: 240,
  usualSeconds: 10,

  validate: (step) => containerNameProblem(step),
  describe: (step) => `back up ${describeContainer(step)} to ${step.to}`.slice(0, 200),
  effects: (step) => [
    { how: 'reads', what: 'database', name: serverName(step) },
    { how: 'reads', what: 'image', name: step.image },
    { how: 'creates', what: 'path', name: step.to },
  ],

  async inspect(step, host) {
    const { image, to } = step
    const script = shellFile('postgres-backup/inspect.sh', {
      ...{ ...serverOf(step), ...targetOf(step, host) },
      ...{ image, facts: textFile('postgres-backup/facts.sql') },
    })
    const output = await host.ask(question(script, { environment: serverEnvironment(step) }))
    const found = readFacts(output, {
      ...{ symlink: once, parent: once, there: once, free: amount.optional(), done: maybe },
      ...{ imageMajor: maybe, noServer: maybe, serverProject: maybe, failed: maybe },
      superuser: maybe,
    })
    refuseSymlink(to, found.symlink)
    if (found.done) return { priorState: null, changes: [], because: `this step made ${to}` }
    if (found.there === 'yes')
      throw new StepRefused(
        `${to} is there; a backup never replaces another: name a path with \${{ run.id }}`,
        aboutPath(to),
      )
    if (found.parent === 'missing') return blockedOnDirectoryOf(to)
    if (found.parent !== 'directory')
      throw new StepRefused(`the parent of ${to} is not a directory`, aboutPath(to))
    if (found.imageMajor === undefined) return blockedOnMissing('image', image, `the image ${image}`)
    if (found.noServer !== undefined)
      return {
        blockedOn: serverBlockedOn(step, found.serverProject),
        text: `a connection to ${describeContainer(step)}: ${found.noServer}`,
      }
    if (found.superuser === 'false')
      throw new StepRefused(
        `role ${step.user} of ${describeContainer(step)} is no superuser; name one in user:`,
      )
    if (found.failed !== undefined)
      throw new StepRefused(`${describeContainer(step)} did not answer: ${found.failed}`)
    return inspectServer(step, { output, free: found.free ?? 0, imageMajor: found.imageMajor })
  },

  async apply(step, _priorState, host) {
    const target = targetOf(step, host)
    const take = shellFile('postgres-backup/take.sh', {
      ...{ ...serverOf(step), ...target },
      inside: textFile('postgres-backup/inside.sh'),
      base_backup: textFile('postgres-backup/base-backup.sh'),
    })
    await host.run('take', command(take, { environment: serverEnvironment(step) }), progressOf)
    const recover = shellFile('postgres-backup/recover.sh', {
      ...{ ...scratchOf(step.image, host), ...target },
      inside: textFile('postgres-backup/recover-inside.sh'),
    })
    await host.run('recover', command(recover))
    await host.run('place', command(shellFile('postgres-backup/place.sh', target)))
  },

  async verify(step, host) {
    const { image, to } = step
    const script = proofScript(
      { from: to, manifest: `${to}/${MANIFEST}`, isManifestWanted: true, postgres: { image } },
      host,
    )
    const { stdout } = await host.measure('audit', question(script, { timeoutSeconds: LONG_SECONDS }))
    const found = readFacts(stdout, proofFacts)
    if (found.wrong.length > 0) throw new StepNotVerified(`the backup ${to} is damaged`, found.wrong)
    const { files, bytes, version = '' } = found
    return {
      summary:
        `${to} holds PostgreSQL ${version} of ${describeContainer(step)}, recovered and shut down cleanly: ${countOf(files, 'file')}, ${formatBytes(bytes)}, ` +
        `each with its sha256 in ${MANIFEST}; not in it: rows of unlogged tables, replication slots`,
      strength: 'proven',
      facts: { files, bytes },
      outputs: { path: to },
    }
  },

  undoes: ({ to }) => `removes an unfinished backup; keeps a finished one at ${to}`,

  async undo(step, _priorState, host) {
    const { scratch } = scratchOf(step.image, host)
    const script = shellFile('postgres-backup/undo.sh', { ...targetOf(step, host), scratch })
    const { kept } = readFacts((await host.run('remove', command(script))).stdout, { kept: maybe })
    return kept === undefined
      ? []
      : [{ what: `path ${step.to}`, why: 'a finished backup is kept; remove it when nobody needs it' }]
  },
})

/** The variables of staged.sh. */
function targetOf({ to }: Step, host: HostView) {
  return { to, keep: host.originals }
}

interface Around {
  /** What inspect.sh printed. */
  readonly output: string
  /** Free bytes at the target. */
  readonly free: number
  readonly imageMajor: string
}

/** @throws StepRefused if the server cannot be backed up, or the disk has no room */
function inspectServer(step: Step, { output, free, imageMajor }: Around): Inspection<null> {
  const { image, to } = step
  const found = readFacts(output, {
    ...{ major: once, standby: once, walLevel: once, senders: amount, slots: amount },
    ...{ tablespace: many, outside: many, bytes: amount, lacks: maybe, refused: maybe },
  })
  const server = describeContainer(step)
  const no = (reason: string, about: ConstructorParameters<typeof StepRefused>[1] = {}): never => {
    throw new StepRefused(reason, about)
  }
  if (imageMajor !== '' && imageMajor !== found.major)
    no(
      `${server} is PostgreSQL ${found.major}, and the image ${image} has ${imageMajor}; use an image of ${found.major}`,
      { isOfPlan: true },
    )
  if (Number(found.major) < 13)
    no(`${server} is PostgreSQL ${found.major}, whose base backups carry no sums; 13 is the oldest that does`)
  if (found.standby === 'true') no(`${server} is a standby; back up its primary`)
  if (found.tablespace.length > 0)
    no(
      `${server} has tablespaces outside its data directory: ${found.tablespace.join(', ')}; a directory cannot hold them`,
    )
  if (found.walLevel === 'minimal')
    no(`${server} has wal_level = minimal, which allows no backup while it runs; set it to replica`)
  if (found.senders < 1)
    no(`${server} has no free WAL sender; wait for another backup, or raise max_wal_senders`)
  if (found.slots < 1)
    no(`${server} has no free replication slot, which keeps WAL for the backup; raise max_replication_slots`)
  if (found.lacks !== undefined) no(`the container of ${server} has no ${found.lacks}`)
  if (found.refused !== undefined)
    no(
      `${server} refuses ${step.user} a replication connection over its socket: ${found.refused}. ` +
        'Add a line "local replication" for it to pg_hba.conf, and reload',
    )
  const needed = Math.ceil(found.bytes * 1.05) + SPARE_BYTES
  if (needed > free)
    no(
      `a backup of ${server} needs ${formatBytes(needed)} with spare, but ${formatBytes(free)} are free at ${to}`,
    )
  return {
    priorState: null,
    changes: [`backs up ${server} to ${to}`],
    notes: [
      `${formatBytes(found.bytes)}, while the server runs`,
      ...found.outside.map((file) => `${file} is not in its data directory, and so not in the backup`),
    ],
    copiesBytes: found.bytes,
  }
}

/** For WAL that is written meanwhile. */
const SPARE_BYTES = 64 * 1024 * 1024

/** ` 23152/31240 kB (74%), 0/1 tablespace` */
function progressOf(line: string): Progress | undefined {
  const [, done, total] = /^ *(\d+)\/(\d+) kB \(\d+%\)/.exec(line) ?? []
  if (done === undefined || total === undefined) return undefined
  const [doneBytes, totalBytes] = [Number(done) * 1024, Number(total) * 1024]
  return { text: `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`, doneBytes, totalBytes }
}
