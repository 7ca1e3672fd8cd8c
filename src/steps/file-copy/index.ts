import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { absolutePath, writtenPath } from '../../fields/absolute-path.ts'
import { overlap } from '../../fields/is-in.ts'
import type { HostView } from '../../host/host.ts'
import { command, question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { amount, many, maybe, once, readFacts } from '../facts.ts'
import { countOf } from '../format.ts'
import { readBack, readFromDisk } from '../shared/read-back.ts'
import type { ReadBack } from '../shared/read-back.ts'
import { refuseSymlink } from '../shared/symlink-guard.ts'
import {
  changeKind,
  blockedOnDirectoryOf,
  blockedOnContainer,
  blockedOnMissing,
  type Values,
  aboutContent,
  aboutPath,
} from '../step-kind.ts'
import { formatBytes } from '../format.ts'

const LONG_SECONDS = 7 * 86_400

const fields = {
  from: absolutePath.meta({
    title: 'absolute path',
    description: 'A directory on the host; its whole tree is copied with dotfiles, owners, modes and links',
  }),
  to: writtenPath.meta({ title: 'path to write', description: 'The directory that the copy becomes' }),
  into: z.enum(['fresh', 'existing']).default('fresh').meta({
    description:
      'fresh: the target is missing or an empty directory. existing: missing files are added, and a file that differs refuses the step',
  }),
  readBack,
}
type Step = Values<typeof fields>

/** The target before: `absent`, or mode and owner of the directory. */
interface Prior {
  readonly was: string
  readonly [key: string]: string
}

/** Copies a tree on a host into staging, then moves it to its place. Never replaces an existing file. */
export const fileCopy = changeKind({
  kind: 'file-copy',
  summary: 'A directory holds every file of another one, proven by the sha256 of each',
  fields,
  traits: { fillsFromBackup: true, copiesTree: true },
  outputs: ['path'],
  timeoutMinutes: 60,
  usualSeconds: 3,

  validate: ({ from, to }) =>
    overlap(from, to) ? 'needs two directories, neither inside the other' : undefined,
  describe: ({ from, to, into }) =>
    `copy ${from} to ${into === 'fresh' ? 'the fresh ' : ''}${to}${into === 'existing' ? ', adding what is missing' : ''}`.slice(
      0,
      200,
    ),
  effects: ({ from, to }) => [
    { how: 'reads', what: 'path', name: from },
    { how: 'creates', what: 'path', name: to },
  ],

  async inspect(step, host) {
    const { from, to, into } = step
    const found = await inspectCopy(step, host)
    refuseSymlink(from, found.symlinkFrom)
    refuseSymlink(to, found.symlinkTo)
    if (found.source === 'absent') return blockedOnMissing('path', from, `the source ${from}`)
    // A note, not a change: the size of a tree that is in use changes by itself.
    const notes = [`${countOf(found.files, 'file')}, ${formatBytes(found.bytes)}`]
    if (found.parent === 'missing') return { ...blockedOnDirectoryOf(to), notes }
    refuseCopy(step, found)
    const { bound } = found
    if (bound && into === 'fresh' && found.target === 'empty') {
      const [name = '', project = ''] = bound.split('|')
      return blockedOnContainer({ name, project }, `container ${name}, which mounts ${to}, to be stopped`)
    }

    const priorState: Prior = { was: found.access ?? 'absent' }
    if (into === 'fresh' || found.target === 'absent') {
      return {
        priorState,
        changes: [`copies ${from} to ${to}`],
        notes,
        copiesBytes: found.bytes,
      }
    }
    const asked = comparison(step, host, 'memory')
    const compared = readCompared((await host.measure('compare', asked)).stdout)
    if (compared.differCount > 0) {
      throw new StepRefused(
        `${to} has ${countOf(compared.differCount, 'path')} that ${compared.differCount === 1 ? 'differs' : 'differ'} from ${from} and would be replaced: ` +
          `${compared.differ.join(', ')}. Move them away, or remove them from the source`,
        aboutPath(to),
      )
    }
    const changes = compared.missing.map((path) => `adds ${path}`)
    const more = compared.missingCount - changes.length
    return {
      priorState,
      changes: more > 0 ? [...changes, `adds ${more} more`] : changes,
      ...(changes.length === 0 && { because: `${to} has all ${compared.files} files of ${from}` }),
    }
  },

  async apply(step, priorState, host) {
    const copy = treesOf(effectiveStep(step, priorState), host)
    await host.run('copy', command(shellFile('file-copy/stage.sh', copy)))
    await host.run('place', command(shellFile('file-copy/place.sh', copy)))
  },

  async verify(step, host) {
    const { from, to, into } = step
    const asked = comparison(step, host, step.readBack)
    const found = readCompared((await host.measure('compare', asked)).stdout)
    const extra = into === 'fresh' ? found.extraCount : 0
    const wrong = found.missingCount + found.differCount + extra
    if (wrong > 0) {
      throw new StepNotVerified(`${to} differs from ${from} (${wrong} ${wrong === 1 ? 'path' : 'paths'})`, [
        ...found.missing.map((path) => `${path} is missing`),
        ...found.differ.map((path) => `${path} differs`),
        ...(extra > 0 ? found.extra.map((path) => `${path} is only in the copy`) : []),
      ])
    }
    const { files, bytes, manifest, readBytes, storedBytes } = found
    const read = readFromDisk(to, step.readBack, found)
    return {
      summary: `${to} ${into === 'fresh' ? 'equals' : 'has all of'} ${from}: ${files} files, ${formatBytes(bytes)}, by manifests with the sha256 of every file${read === undefined ? '' : `; ${read}`}`,
      strength: 'proven',
      facts: { files, bytes, manifest, ...(read !== undefined && { readBytes, storedBytes }) },
      outputs: { path: to },
    }
  },

  undoes: ({ to }) => `removes what it copied to ${to}; keeps what was changed or added since`,

  async undo(step, priorState, host) {
    const variables = { ...treesOf(effectiveStep(step, priorState), host), was: priorState.was }
    const { stdout } = await host.run('remove', command(shellFile('file-copy/undo.sh', variables)))
    const { changed, held, aside } = readFacts(stdout, { changed: many, held: many, aside: many })
    const deepest = held.filter((path) => !held.some((other) => other.startsWith(`${path}/`)))
    const at = (path: string) => (path === '.' ? step.to : `${step.to}/${path}`)
    return [
      ...changed.map((path) => ({ what: `path ${at(path)}`, why: 'changed after it was copied; kept' })),
      ...deepest.map((path) => ({
        what: `directory ${at(path)}`,
        why: 'holds files that others added; kept',
      })),
      ...aside.map((kept) => ({
        what: `path ${step.to}/${kept.replace(/^.*?\/undone\//, '')}`,
        why: `changed while it was removed; set aside as ${kept}`,
      })),
    ]
  },
})

/** A target that did not exist before the step is fresh. */
function effectiveStep(step: Step, { was }: Prior): Step {
  return was === 'absent' ? { ...step, into: 'fresh' } : step
}

/** The variables of trees.sh. */
function treesOf({ from, to, into }: Step, host: HostView) {
  return { from, to, into, keep: host.originals }
}

function comparison(step: Step, host: HostView, readBack: ReadBack) {
  const script = shellFile('file-copy/verify.sh', { ...treesOf(step, host), read_back: readBack })
  return question(script, { timeoutSeconds: LONG_SECONDS })
}

function readCompared(output: string) {
  return readFacts(output, {
    manifest: once,
    files: amount,
    bytes: amount,
    missingCount: amount,
    missing: many,
    differCount: amount,
    differ: many,
    extraCount: amount,
    extra: many,
    readBytes: amount.default(0),
    storedBytes: amount.default(0),
  })
}

/** Reads, in one command, everything that decides whether a tree can be copied, except the content of files. */
async function inspectCopy({ from, to }: Step, host: HostView) {
  const script = shellFile('file-copy/inspect.sh', { from, to })
  const output = await host.ask(question(script, { timeoutSeconds: 3600 }))
  return readFacts(output, {
    symlinkFrom: once,
    symlinkTo: once,
    access: maybe,
    mounted: maybe,
    bound: maybe,
    files: amount,
    bytes: amount,
    postmaster: maybe,
    writer: maybe,
    target: once,
    source: once,
    parent: once,
    free: amount,
  })
}

/** @throws StepRefused if the source is not a clean tree, or the target has no room or is not fresh */
function refuseCopy({ from, to, into }: Step, found: Awaited<ReturnType<typeof inspectCopy>>): void {
  const no = (reason: string, about: ConstructorParameters<typeof StepRefused>[1] = {}) => {
    throw new StepRefused(reason, about)
  }
  if (found.source === 'other')
    no(`the source ${from} is not a directory; write a single file with file-write`, aboutContent(from))
  if (found.files === 0)
    no(`the source ${from} has no files; an empty source is never copied. Check the path`, aboutContent(from))
  if (found.postmaster)
    no(
      `${found.postmaster} exists: this database is running or was not shut down; stop it first`,
      aboutContent(from),
    )
  if (found.writer)
    no(
      `the source ${from} is in use: process ${found.writer} can write to a file of it. Stop it first`,
      aboutContent(from),
    )
  if (found.parent !== 'directory' || found.target === 'other')
    no(`${to}, or its parent, is not a directory`, aboutPath(to))
  if (found.target === 'full' && into === 'fresh')
    no(
      `${to} is not empty; name a fresh directory, or use into: existing to add missing files`,
      aboutPath(to),
    )
  if (found.mounted && found.target === 'empty' && into === 'fresh')
    no(`${to} cannot be replaced: ${found.mounted}; use into: existing, or name a directory below it`)
  if (found.free < found.bytes * 1.05 && found.target !== 'full')
    no(
      `the source ${from} needs ${formatBytes(found.bytes)} plus 5 %, but ${formatBytes(found.free)} are free at ${to}`,
    )
}
