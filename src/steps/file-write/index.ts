import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { absolutePath, writtenPath } from '../../fields/absolute-path.ts'
import { fileMode } from '../../fields/file-mode.ts'
import { owner } from '../../fields/names.ts'
import { planFile, planTemplate } from '../../fields/plan-file.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { maybe, readFacts } from '../facts.ts'
import { inspectCopy, verifyCopy, type CopyStep } from './copy.ts'
import { hideSecrets } from './hide-secrets.ts'
import { lineDiff } from './line-diff.ts'
import {
  blockedReload,
  readReloadState,
  reloadChange,
  reloadField,
  reloadNew,
  reloadOld,
  serviceOf,
  type Reload,
} from './reload.ts'
import type { readAccess } from '../shared/file-state.ts'
import { accessProblem } from '../shared/file-state.ts'
import {
  blockedWrite,
  describeRestoreFile,
  readWrittenFile,
  restoreFile,
  writeFile,
  type WrittenFilePrior,
} from '../shared/written-file.ts'
import { countOf } from '../format.ts'
import {
  aboutContent,
  changeKind,
  type Blocked,
  type Inspection,
  type Values,
  type Verified,
} from '../step-kind.ts'

const fields = {
  path: writtenPath,
  from: planFile.optional(),
  template: planTemplate.optional(),
  copyOf: absolutePath.optional().meta({
    title: 'absolute path',
    description: 'A file on the host whose bytes are copied, such as a file of a backup',
  }),
  mode: fileMode.default('644'),
  owner: owner.optional().meta({
    description: 'user or user:group. Default: the owner of the old file, or root for a new one',
  }),
  replace: z.boolean().optional().meta({
    description:
      'Whether to replace a file that has other content. false: the step refuses it. Default: true',
  }),
  reload: reloadField.optional().meta({
    description:
      'The service that reads the file: project:, service:, test:, a list of words that checks the file, and run:, one that reads it. Both run in its containers after the file is written, and after an undo. If test fails, the old file is put back. Mount the directory of the file: a container that mounts the file itself keeps the old one, so the step refuses it',
  }),
}
type Step = Values<typeof fields>

/** Writes a file of the plan to a path: built apart, synced, renamed. The old file is saved until the run is closed. */
export const fileWrite = changeKind({
  kind: 'file-write',
  summary: 'A file on the host has exactly the bytes and the mode that the plan gives it',
  fields,
  traits: { writesFile: true },
  oneOf: [['from', 'template', 'copyOf']],
  outputs: ['sha256'],
  hasOutput: (_name, fields) => fields['copyOf'] === undefined,
  timeoutMinutes: 5,

  validate: ({ from, template, copyOf, replace }) => [
    ...([from, template, copyOf].filter((one) => one !== undefined).length === 1
      ? []
      : ['needs exactly one of from:, template: and copyOf:']),
    ...(copyOf !== undefined && replace !== undefined
      ? ['has replace:, which belongs to a file of the plan, and copyOf:']
      : []),
  ],
  describe: ({ path, from, template, copyOf }) =>
    `write ${path} from ${copyOf ?? (from ?? template)?.name ?? 'the plan'}`.slice(0, 200),
  effects: ({ path, copyOf, reload }) => [
    ...(copyOf === undefined ? [] : [{ how: 'reads', what: 'path', name: copyOf } as const]),
    { how: 'modifies', what: 'path', name: path },
    ...(reload ? [{ how: 'modifies', what: 'project', name: reload.project, inPlace: true } as const] : []),
  ],

  async inspect(step, host) {
    const inspection = await inspectFile(step, host)
    return step.reload === undefined || 'blockedOn' in inspection
      ? inspection
      : await withReload(inspection, step.path, step.reload, host)
  },

  async apply(step, priorState, host) {
    const script = isCopy(step)
      ? {
          file: 'file-write/copy.sh',
          variables: { source: step.copyOf, source_was: priorState['source'] ?? '' },
        }
      : { file: 'file-write/apply.sh', variables: { content: contentOf(step).base64 } }
    await writeFile(step, priorState, host, script)
    if (step.reload) await reloadNew(step.path, step.reload, host)
  },

  async verify(step, host) {
    const evidence = await verifyFile(step, host)
    if (step.reload === undefined) return evidence
    const { running, unread } = await readReloadState(step.path, step.reload, host)
    const service = serviceOf(step.reload)
    if (running.length === 0) throw new StepNotVerified(`${service} does not run`)
    if (unread.length > 0)
      throw new StepNotVerified(`${service} has not read ${step.path} since it was written`, unread)
    return { ...evidence, summary: `${evidence.summary}; ${service} has read it` }
  },

  undoes: ({ path, reload }, priorState) =>
    describeRestoreFile(path, priorState) + (reload ? `; ${serviceOf(reload)} reads it again` : ''),

  async undo({ path, reload }, _priorState, host) {
    if (!reload) return await restoreFile(path, host)
    const leftovers = await restoreFile(path, host, 'file-write/put-back.sh')
    await reloadOld(path, reload, host)
    return leftovers
  },
})

/** Adds the reload to what an inspection of the file found. @throws StepRefused for a container that would keep the old file */
async function withReload(
  inspection: Exclude<Inspection<WrittenFilePrior>, Blocked>,
  path: string,
  reload: Reload,
  host: HostView,
): Promise<Inspection<WrittenFilePrior>> {
  const found = await readReloadState(path, reload, host)
  const blocked = blockedReload(path, reload, found)
  if (blocked) return { ...blocked, notes: [...inspection.changes, ...(inspection.notes ?? [])] }
  const { changes, because, ...rest } = inspection
  if (changes.length > 0 || found.unread.length > 0)
    return { ...rest, changes: [...changes, reloadChange(reload)] }
  return { ...rest, changes, because: `${because}, and ${serviceOf(reload)} has read it` }
}

async function inspectFile(step: Step, host: HostView): Promise<Inspection<WrittenFilePrior>> {
  if (isCopy(step)) return await inspectCopy(step, host)
  const content = contentOf(step)
  const found = await readState(step, host)
  const whenNew = `new file ${step.path}, ${countOf(content.sizeBytes, 'byte')}, mode ${step.mode}, sha256 ${short(content.sha256)}`
  const blocked = blockedWrite(step.path, found)
  if (blocked) return { ...blocked, notes: [whenNew] }
  const { access, was } = found
  const priorState: WrittenFilePrior = { was, owner: access?.numbers ?? '0:0' }
  if (!access) return { priorState, changes: [whenNew] }
  const changes = changesOf({ step, content, found: { ...found, access } })
  const because = `${step.path} has these bytes and this mode`
  const { path } = step
  const isOther = found.sha256 !== content.sha256
  const sizeBytes = Number(found.sizeBytes)
  const notes = isOther ? await diffOfFile({ path, sizeBytes, content }, host) : []
  if (isOther && step.replace === false)
    throw new StepRefused(
      `${path} has other content than the plan gives it, and replace: is false: ${notes.filter((line) => /^[-+]/.test(line)).join('; ') || notes.join('; ')}`,
      aboutContent(path),
    )
  return {
    priorState,
    changes,
    ...(isOther && { notes }),
    ...(changes.length === 0 && { because }),
  }
}

async function verifyFile(step: Step, host: HostView): Promise<Verified> {
  if (isCopy(step)) return await verifyCopy(step, host)
  const { sha256, sizeBytes } = contentOf(step)
  const { symlink, access, ...found } = await readState(step, host)
  if (symlink || !access)
    throw new StepNotVerified(`${step.path} is ${symlink ? 'reached by a symbolic link' : 'missing'}`)
  if (found.sha256 !== sha256) {
    throw new StepNotVerified(
      `${step.path} has ${found.sizeBytes} bytes with sha256 ${found.sha256}, not ${sizeBytes} with ${sha256}`,
    )
  }
  const wrong = accessProblem(access, step)
  if (wrong) throw new StepNotVerified(`${step.path}: ${wrong}`)
  const summary = `${step.path}: ${sizeBytes} bytes, mode ${access.mode}, sha256 ${short(sha256)} as in the plan`
  return { summary, strength: 'proven', facts: { sha256, sizeBytes }, outputs: { sha256 } }
}

function isCopy(step: Step): step is Step & CopyStep {
  return step.copyOf !== undefined
}

/** The plan's file. @throws StepRefused where the plan names none. */
function contentOf({ from, template }: Step) {
  const file = from ?? template
  if (!file)
    throw new StepRefused('the step names no file; it needs from:, template: or copyOf:', { isOfPlan: true })
  const { sha256, base64 } = file
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  return { sha256, base64, sizeBytes: (base64.length / 4) * 3 - padding }
}

function changesOf({
  step,
  content,
  found,
}: {
  step: Step
  content: { readonly sha256: string; readonly sizeBytes: number }
  found: {
    readonly sha256: string
    readonly sizeBytes: string
    readonly access: ReturnType<typeof readAccess>
  }
}): string[] {
  if (found.sha256 !== content.sha256) {
    return [
      `replaces ${step.path}: ${found.sizeBytes} bytes, mode ${found.access.mode}, sha256 ${short(found.sha256)} ` +
        `by ${content.sizeBytes} bytes, mode ${step.mode}, sha256 ${short(content.sha256)}`,
    ]
  }
  const wrong = accessProblem(found.access, step)
  return wrong ? [`changes the access to ${step.path}: ${wrong}`] : []
}

async function readState({ path }: Step, host: HostView) {
  const output = await host.ask(question(shellFile('file-write/inspect.sh', { path })))
  const { sha256 = '', sizeBytes = '0' } = readFacts(output, { sha256: maybe, sizeBytes: maybe })
  return { ...readWrittenFile(output), sha256, sizeBytes }
}

function short(sum: string): string {
  return sum.slice(0, 12)
}

const MAX_BYTES = 65_536
const MAX_LINES = 30
const MAX_CHARACTERS = 200

interface Writing {
  readonly path: string
  readonly sizeBytes: number
  readonly content: { readonly base64: string; readonly sizeBytes: number }
}

/** The lines of a diff between the old and the new file, with secrets hidden. */
async function diffOfFile({ path, sizeBytes, content }: Writing, host: HostView): Promise<readonly string[]> {
  if (Math.max(sizeBytes, content.sizeBytes) > MAX_BYTES) return ['too large for a diff']
  // Asked as text, so that the secrets of the plan are replaced.
  const before = await host.ask(question(shellFile('file-write/head.sh', { path, bytes: MAX_BYTES })))
  const bytes = Uint8Array.from(atob(content.base64), (character) => character.charCodeAt(0))
  const after = new TextDecoder().decode(bytes)
  if (/[\0\uFFFD]/.test(before + after)) return ['binary: no diff']
  const lines = lineDiff(before, after, hideSecrets).map(printable)
  return lines.length > MAX_LINES
    ? [...lines.slice(0, MAX_LINES), `… and ${lines.length - MAX_LINES} more lines`]
    : lines
}

/** Replaces control characters: an escape sequence of a file must not reach a terminal. */
function printable(line: string): string {
  const shown = line.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) =>
    character === '\t' ? '  ' : '·',
  )
  return shown.length > MAX_CHARACTERS ? `${shown.slice(0, MAX_CHARACTERS)}…` : shown
}
