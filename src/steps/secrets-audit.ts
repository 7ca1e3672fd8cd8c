import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../errors.ts'
import { absolutePath, writtenPath } from '../fields/absolute-path.ts'
import { variableName } from '../fields/environment.ts'
import { containerName } from '../fields/names.ts'
import type { HostView } from '../host/host.ts'
import { command, question } from '../shell/command.ts'
import { lines, sh } from '../shell/script.ts'
import { labelOf, mergeWords } from './env-merge.ts'
import { leftoversOf } from './env-file.ts'
import { many, once, readFacts } from './facts.ts'
import { wrongAccess } from './file-state.ts'
import { refuseSymlink } from './on-the-way.ts'
import {
  putBackPrivately,
  readStateOfFile,
  stateOfFile,
  writePrivately,
  type PrivateFileSeen,
} from './private-file.ts'
import { stepKind, type Values } from './step-kind.ts'

const source = z.union([z.strictObject({ file: absolutePath }), z.strictObject({ container: containerName })])

const fields = {
  /** What it has already counts as a source: names are added to it, and no value of it is ever changed. */
  path: writtenPath.meta({
    title: 'path to write',
    description: 'The env file that is made, mode 0600; what it has already stays, and names are only added',
  }),
  /** On the step's host; where two of them disagree, the step is refused. */
  sources: z.array(source).min(1).max(20).meta({
    title: 'sources',
    description: 'Each { file: PATH } or { container: NAME }; where two disagree, the step is refused',
  }),
  require: z.array(variableName).min(1).max(200).meta({
    title: 'names',
    description: 'The names that must be found, with one value each; other names are left out',
  }),
}
type Step = Values<typeof fields>

/** Brings secrets together in one file. Values stay on the host; people are told names and where those were found. */
export const secretsAudit = stepKind({
  kind: 'secrets-audit',
  summary:
    'One env file, readable by its owner only, has every required name with the one value that its sources agree on',
  fields,
  outputs: [],
  timeoutMinutes: 5,

  objection({ path, sources }) {
    const itself = sources.some((source) => 'file' in source && source.file === path)
    return itself ? 'has its own path as a source; it counts as one without being named' : undefined
  },
  describe: ({ path, sources, require }) =>
    `bring ${require.length} secrets together in ${path} from ${sources.map(labelOf).join(', ')}`.slice(
      0,
      160,
    ),
  touches: ({ path, sources }) => [
    { how: 'changes', what: 'path', name: path },
    ...sources.map((source) =>
      'file' in source
        ? ({ how: 'reads', what: 'path', name: source.file } as const)
        : ({ how: 'reads', what: 'container', name: source.container } as const),
    ),
  ],
  mayRepeat: () => true,
  cannotUndo: () => undefined,

  async look(step, host) {
    const found = await lookAt(step, host)
    refuseSymlink(step.path, found.symlink)
    const [absent] = found.absent
    if (absent) return { later: `the source ${absent}` }
    if (found.parent === 'missing') return { later: `the directory of ${step.path}` }
    if (found.parent !== 'directory' || found.kind === 'other')
      throw new StepRefused(`${step.path} cannot be written: it, or its directory, is something else`)
    if (found.links !== 1)
      throw new StepRefused(`${step.path} has ${found.links} hard links; remove them or choose another path`)
    const wrongs = wrongsOf(found)
    if (wrongs.length > 0)
      throw new StepRefused(
        `the sources do not give every secret one value: ${wrongs.slice(0, 40).join('; ')}`,
      )

    const { access, was = 'absent' } = found
    const seen: PrivateFileSeen = { was, owner: access?.numbers ?? found.me }
    if (!access) return { seen, changes: [`new file ${step.path}, mode 600: ${step.require.length} names`] }
    if (found.same !== 'yes')
      return { seen, changes: [`adds names to ${step.path}; none of its values changes`] }
    const wrong = wrongAccess(access, { mode: '600' })
    if (wrong) return { seen, changes: [`changes the access to ${step.path}: ${wrong}`] }
    return {
      seen,
      changes: [],
      because: `${step.path} has all ${step.require.length} names, as its sources do`,
    }
  },

  async run(step, seen, host) {
    const script = writePrivately(
      { path: step.path, was: seen.was, owner: seen.owner, make: sh`merged` },
      host,
    )
    await host.run('write', command(lines(mergeWords(step), script)))
    return {}
  },

  async verify(step, host) {
    const found = await lookAt(step, host)
    if (found.symlink || !found.access) throw new StepNotVerified(`${step.path} is not there`)
    const wrongs = [...found.absent.map((name) => `${name} is not there any more`), ...wrongsOf(found)]
    if (wrongs.length > 0) throw new StepNotVerified(`${step.path} and its sources do not agree`, wrongs)
    if (found.same !== 'yes') throw new StepNotVerified(`${step.path} does not have every required name`)
    const wrong = wrongAccess(found.access, { mode: '600' })
    if (wrong) throw new StepNotVerified(`${step.path}: ${wrong}`)
    const { require, sources } = step
    const open = found.open.length > 0 ? `; others can read ${found.open.join(', ')}` : ''
    return {
      summary: `${step.path}: ${require.length} of ${require.length} names, mode 600, as in ${sources.map(labelOf).join(', ')}${open}`,
      strength: 'proven',
      facts: { names: require },
    }
  },

  async undo(step, _seen, host) {
    const { stdout } = await host.run('put-back', command(putBackPrivately(step.path, host)))
    return leftoversOf(step.path, stdout)
  },
})

async function lookAt(step: Step, host: HostView) {
  const script = lines(
    mergeWords(step),
    // Why `merged` fails is what `audit` says in more words.
    stateOfFile(step.path, sh`merged 2> /dev/null`),
    sh`printf 'me=%s\\n' "$(id -u):$(id -g)"`,
    sh`audit`,
  )
  const output = await host.ask(question(script))
  const names = {
    absent: many,
    open: many,
    problem: many,
    missing: many,
    empty: many,
    unclear: many,
    differ: many,
  }
  return { ...readStateOfFile(output), ...readFacts(output, { me: once, ...names }) }
}

function wrongsOf(found: Awaited<ReturnType<typeof lookAt>>): string[] {
  const { problem, missing, empty, differ, unclear } = found
  return [
    ...problem,
    ...(missing.length > 0 ? [`no source has ${missing.join(', ')}`] : []),
    ...empty.map((name) => `empty: ${name}`),
    ...differ.map((name) => `of different values: ${name}`),
    ...unclear.map((name) => `${name} has a $ that Compose would fill in; put the value in single quotes`),
  ]
}
