import { z } from 'zod'
import { StepNotVerified } from '../../errors.ts'
import { writtenPath } from '../../fields/absolute-path.ts'
import { environment } from '../../fields/environment.ts'
import { fileMode } from '../../fields/file-mode.ts'
import { owner } from '../../fields/names.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { shellFile, textFile } from '../../shell/shell-file.ts'
import { Secret } from '../../shell/secret.ts'
import { many, readFacts } from '../facts.ts'
import { accessProblem, type Access } from '../shared/file-state.ts'
import {
  blockedWrite,
  describeRestoreFile,
  readWrittenFile,
  restoreFile,
  writeFile,
  type WrittenFilePrior,
} from '../shared/written-file.ts'
import { changeKind, type Values } from '../step-kind.ts'

/** Linux limits one environment variable to 128 KiB; the content is sent to the host in one. */
const MAX_BYTES = 100_000

const fields = {
  path: writtenPath,
  values: environment
    .refine((values) => Object.keys(values).length > 0, { error: 'names no variable' })
    .meta({
      title: 'environment',
      description: 'Variables by name, in this order. A value may contain ${{ secrets.NAME }}',
    }),
  others: z.enum(['remove', 'keep']).default('remove').meta({
    description:
      'Whether the other variables of the old file, and its comments, are removed or kept. Default: remove',
  }),
  mode: fileMode.optional().meta({
    description: 'Default: 0600; with others: keep, the mode of the old file',
  }),
  owner: owner.optional().meta({
    description: 'user or user:group. Default: the owner of the old file, or root for a new one',
  }),
}
type Step = Values<typeof fields>

interface Prior extends WrittenFilePrior {
  /** The mode of the file to write. */
  readonly mode: string
}

/** Writes a Compose .env file. Values are sent to the host in the environment; it returns names only. */
export const envFile = changeKind({
  kind: 'env-file',
  summary: 'An env file has the listed values. By default it has no others, and only its owner can read it',
  fields,
  traits: { writesEnvironment: true },
  timeoutMinutes: 5,
  priorStateVersion: 2,

  validate({ values }) {
    const bytes = Buffer.byteLength(textOf(values).reveal())
    return bytes > MAX_BYTES ? `has ${bytes} bytes of values; an env file may have ${MAX_BYTES}` : undefined
  },
  describe: ({ path, values }) => `write ${path}: ${namesOf(values)}`,
  effects: ({ path }) => [{ how: 'modifies', what: 'path', name: path }],

  async inspect(step, host) {
    const found = await readState(step, host)
    const blocked = blockedWrite(step.path, found)
    if (blocked) return blocked
    const { access, was } = found
    const mode = modeOf(step, access)
    const priorState: Prior = { was, owner: access?.numbers ?? '0:0', mode }
    if (!access)
      return { priorState, changes: [`new file ${step.path}, mode ${mode}: ${namesOf(step.values)}`] }
    if (found.same !== 'yes')
      return {
        priorState,
        changes: [
          `replaces ${step.path}, mode ${access.mode}, last changed ${changedAt(was)}: ${found.names}`,
        ],
      }
    const wrong = accessProblem(access, { mode, owner: step.owner })
    if (wrong) return { priorState, changes: [`changes the access to ${step.path}: ${wrong}`] }
    return { priorState, changes: [], because: `${step.path} has these values and this mode` }
  },

  async apply(step, priorState, host) {
    const environment = contentOf(step.values)
    await writeFile({ ...step, mode: priorState.mode }, priorState, host, {
      ...{ file: 'env-file/apply.sh', variables: keptLines(step), environment },
    })
  },

  async verify(step, host) {
    const { symlink, access, same } = await readState(step, host)
    if (symlink || !access)
      throw new StepNotVerified(`${step.path} is ${symlink ? 'reached by a symbolic link' : 'missing'}`)
    if (same !== 'yes') throw new StepNotVerified(`${step.path} does not have the values of the plan`)
    const wrong = accessProblem(access, { mode: modeOf(step, access), owner: step.owner })
    if (wrong) throw new StepNotVerified(`${step.path}: ${wrong}`)
    const names = Object.keys(step.values)
    const summary = `${step.path}: ${names.length} ${names.length === 1 ? 'value' : 'values'}, mode ${access.mode}, compared byte for byte on the host`
    return { summary, strength: 'proven', facts: { names, path: step.path, ...composeProjectOf(step) } }
  },

  // Version 1 always wrote mode 600.
  priorStateSince: (_version, priorState) => ({ ...(priorState as WrittenFilePrior), mode: '600' }),
  undoes: ({ path }, priorState) => describeRestoreFile(path, priorState),
  undo: ({ path }, _priorState, host) => restoreFile(path, host),
})

async function readState(step: Step, host: HostView) {
  const script = shellFile('env-file/inspect.sh', {
    ...keptLines(step),
    path: step.path,
    read_entries: textFile('shared/env-encode.awk') + textFile('shared/env-entries.awk'),
    compare: textFile('env-file/compare.awk'),
  })
  const output = await host.ask(question(script, { environment: contentOf(step.values) }))
  return { ...readWrittenFile(output), names: describeNames(output) }
}

/** The project that Compose takes from the file. */
function composeProjectOf({ values: { COMPOSE_PROJECT_NAME: project } }: Step) {
  return typeof project === 'string' ? { composeProject: project } : {}
}

/** The mode that the file gets, or should have: `access` is that of the present file. */
function modeOf({ mode, others }: Step, access: Access | undefined): string {
  return mode ?? (others === 'keep' ? access?.mode : undefined) ?? '600'
}

/** The variables of content.sh. */
function keptLines({ others, values }: Step) {
  return {
    others,
    names: Object.keys(values).join(' '),
    drop_lines: textFile('env-file/drop-lines.awk') + textFile('shared/env-entries.awk'),
  }
}

/** The change time in an identity of written-file.sh, `inode.seconds.nanoseconds`. It differs even if only a value changed. */
function changedAt(identity: string): string {
  const [, seconds = '0', fraction = ''] = identity.split('.')
  const time = new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ')
  return `${time}.${fraction.slice(0, 3)} UTC`
}

function contentOf(values: Step['values']) {
  return { CONTENT: textOf(values) }
}

function textOf(values: Step['values']): Secret {
  const written = Object.entries(values).map(([name, value]) =>
    envLine(name, value instanceof Secret ? value.reveal() : value),
  )
  return new Secret(`${written.join('\n')}\n`)
}

function namesOf(values: z.infer<typeof environment>): string {
  const names = Object.keys(values)
  const shown = names.slice(0, 12).join(', ')
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown
}

const MAX_NAMES = 40

/** Names without values: `+ NEW, ~ CHANGED, - GONE; 5 unchanged`. */
function describeNames(output: string): string {
  const { nameAdded, nameChanged, nameGone, nameKept } = readFacts(output, {
    nameAdded: many,
    nameChanged: many,
    nameGone: many,
    nameKept: many,
  })
  const signed = [
    ...nameAdded.map((name) => `+ ${name}`),
    ...nameChanged.map((name) => `~ ${name}`),
    ...nameGone.map((name) => `- ${name}`),
  ]
  const more = signed.length > MAX_NAMES ? ` and ${signed.length - MAX_NAMES} more` : ''
  const others = signed.length === 0 ? 'no value changes' : `${nameKept.length} unchanged`
  return `${signed.slice(0, MAX_NAMES).join(', ')}${more}${signed.length === 0 ? '' : '; '}${others}`
}

/**
 * `NAME=value`, quoted so that Compose's parser of env files gives the container exactly these characters. Where
 * possible, a shell and the parser of secrets files read the same value.
 */
function envLine(name: string, value: string): string {
  if (/^[A-Za-z0-9_./:@%+,=-]*$/.test(value)) return `${name}=${value}`
  // Single quotes are literal, but Compose reads a backslash before the closing quote as an escape.
  if (!/['\r]|\\$/.test(value)) return `${name}='${value}'`
  return `${name}="${value.replace(/[\\"$\r\n]/g, escaped).replace(/\\\\$/, '\\0134')}"`
}

const letters: Readonly<Record<string, string>> = { '\r': '\\r', '\n': '\\n' }

function escaped(character: string): string {
  return letters[character] ?? `\\${character}`
}
