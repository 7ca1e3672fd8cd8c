import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { absolutePath, writtenPath } from '../../fields/absolute-path.ts'
import { variableName } from '../../fields/environment.ts'
import { id } from '../../fields/id.ts'
import { containerName, projectName } from '../../fields/names.ts'
import { accessProblem } from '../shared/file-state.ts'
import {
  blockedWrite,
  describeRestoreFile,
  restoreFile,
  writeFile,
  type WrittenFilePrior,
} from '../shared/written-file.ts'
import {
  findSecrets,
  MAX_LINES,
  namesFromWitnesses,
  witnessNotes,
  sourceProblems,
  gatherFrom,
  labelOf,
  mergeOf,
  type Source,
} from './sources.ts'
import { changeKind, type Effect } from '../step-kind.ts'

const about = {
  host: id.optional().meta({
    title: 'host',
    description: "Another host of the plan, which is only read. Default: the step's own",
  }),
  /**
   * A broken old stack may help a restore, but must not stop it: where a witness differs, the step reports the name and
   * the place and goes by the other sources. Values that no other source has are taken from it.
   */
  witness: z.boolean().optional().meta({
    title: 'witness',
    description:
      'Where it differs from the other sources, the step reports that and uses theirs; a name that none of them has is taken from it',
  }),
}
const source = z.union([
  z.strictObject({ file: absolutePath, ...about }),
  z.strictObject({ container: containerName, ...about }),
  z.strictObject({ project: projectName, ...about }),
])

const fields = {
  path: writtenPath.meta({
    title: 'path to write',
    description:
      'The env file to write, with mode 0600. Its values are a source too, and never change; the step only adds names',
  }),
  sources: z
    .array(source)
    .min(1)
    .max(20)
    .meta({
      title: 'sources',
      description:
        'Each { file: PATH }, { container: NAME } or { project: NAME }, with host: NAME for another host of the plan; where two ' +
        'disagree, the step is refused unless one is a witness: true',
    }),
  require: z.array(variableName).min(1).max(200).meta({
    title: 'names',
    description: 'Names that must be found, with one value each; other names are left out',
  }),
}

/** Collects secrets in one env file. Values stay on the hosts; people see names and where they were found. */
export const secretsAudit = changeKind({
  kind: 'secrets-audit',
  summary:
    'An env file, readable by its owner only, has every required name with the value that its sources agree on',
  fields,
  timeoutMinutes: 5,

  validate({ path, sources }) {
    const itself = sources.some(
      (source) => 'file' in source && source.file === path && source.host === undefined,
    )
    return itself ? 'has its own path as a source, which it is anyway; remove it from sources:' : undefined
  },
  describe: ({ path, sources, require }) =>
    `collect ${require.length} secrets in ${path} from ${sources.map(labelOf).join(', ')}`,
  effects: ({ path, sources }) => [{ how: 'modifies', what: 'path', name: path }, ...sources.map(effectOf)],

  async inspect(step, host) {
    const found = await findSecrets(step, host)
    const blocked = blockedWrite(step.path, found)
    const absent = step.sources.find((source) => found.absent.includes(labelOf(source)))
    if (absent)
      return { blockedOn: { ...effectOf(absent), how: 'creates' }, text: `the source ${labelOf(absent)}` }
    if (blocked) return blocked
    if (found.exposed.length > 0)
      throw new StepRefused(`other users can read a source: ${found.exposed.join('; ')}`)
    const wrongs = sourceProblems(found)
    if (wrongs.length > 0)
      throw new StepRefused(
        `the sources do not have one value for every secret: ${wrongs.slice(0, MAX_LINES).join('; ')}`,
      )

    const { access, was } = found
    const priorState: WrittenFilePrior = { was, owner: access?.numbers ?? found.me }
    const notes = witnessNotes(found)
    const taken = namesFromWitnesses(found)
    if (!access)
      return {
        ...{ priorState, notes },
        changes: [`new file ${step.path}, mode 600: ${step.require.length} names`, ...taken],
      }
    if (found.same !== 'yes')
      return {
        ...{ priorState, notes },
        changes: [`adds names to ${step.path}; none of its values changes`, ...taken],
      }
    const wrong = accessProblem(access, { mode: '600' })
    if (wrong) return { priorState, notes, changes: [`changes the access to ${step.path}: ${wrong}`] }
    return {
      ...{ priorState, notes },
      changes: [],
      because: `${step.path} has all ${step.require.length} names, as its sources do`,
    }
  },

  async apply(step, priorState, host) {
    const { here, environment } = await gatherFrom(step, host)
    const variables = mergeOf({ ...step, sources: here })
    await writeFile({ path: step.path, mode: '600' }, priorState, host, {
      ...{ file: 'secrets-audit/apply.sh', variables, environment },
    })
  },

  async verify(step, host) {
    const found = await findSecrets(step, host)
    if (found.symlink || !found.access) throw new StepNotVerified(`${step.path} is missing`)
    const wrongs = [...found.absent.map((name) => `${name} is missing`), ...sourceProblems(found)]
    if (wrongs.length > 0) throw new StepNotVerified(`${step.path} and its sources do not agree`, wrongs)
    if (found.same !== 'yes') throw new StepNotVerified(`${step.path} does not have every required name`)
    const wrong = accessProblem(found.access, { mode: '600' })
    if (wrong) throw new StepNotVerified(`${step.path}: ${wrong}`)
    const { require, sources } = step
    const witnesses = witnessNotes(found)
    const taken = namesFromWitnesses(found)
    const open = found.open.length > 0 ? `; other users can read ${found.open.join(', ')}` : ''
    return {
      summary: `${step.path}: ${require.length} of ${require.length} names, mode 600, as in ${sources.map(labelOf).join(', ')}${open}${[...taken, ...witnesses].map((line) => `; ${line}`).join('')}`,
      strength: 'proven',
      facts: {
        names: require,
        ...(found.taken.length > 0 ? { taken: found.taken } : {}),
        ...(found.unlike.length > 0 ? { unlike: found.unlike } : {}),
      },
    }
  },

  undoes: ({ path }, priorState) => describeRestoreFile(path, priorState),
  undo: ({ path }, _priorState, host) => restoreFile(path, host),
})

function effectOf(source: Source): Effect {
  const { host } = source
  const at = { how: 'reads', ...(host === undefined ? {} : { host }) } as const
  if ('file' in source) return { ...at, what: 'path', name: source.file }
  if ('container' in source) return { ...at, what: 'container', name: source.container }
  return { ...at, what: 'project', name: source.project }
}
