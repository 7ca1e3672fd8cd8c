import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { writtenPath } from '../../fields/absolute-path.ts'
import { fileMode } from '../../fields/file-mode.ts'
import { owner } from '../../fields/names.ts'
import type { HostView } from '../../host/host.ts'
import { command, question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { many, readFacts } from '../facts.ts'
import { readAccess, accessProblem } from '../shared/file-state.ts'
import { refuseSymlink } from '../shared/symlink-guard.ts'
import { changeKind, type Values, aboutPath } from '../step-kind.ts'

const fields = {
  paths: z.array(writtenPath).min(1).max(200).meta({ description: 'Absolute paths of the directories' }),
  mode: fileMode.optional().meta({
    description: 'Mode of the listed directories. Default: 755, also of directories made above them',
  }),
  owner: owner
    .optional()
    .meta({ description: 'user or user:group of the listed directories. Default: root' }),
}
type Step = Values<typeof fields>

/** `missing[n]`: how many components at the end of `paths[n]` did not exist. */
interface Prior {
  readonly missing: readonly number[]
  readonly [key: string]: readonly number[]
}

/** Makes missing directories. Existing ones do not change: one with another mode or owner refuses the step. */
export const directories = changeKind({
  kind: 'directories',
  summary: 'The listed directories exist',
  fields,
  timeoutMinutes: 5,

  describe: ({ paths }) =>
    `make ${paths.length === 1 ? 'directory' : `${paths.length} directories:`} ${paths.join(', ')}`,
  effects: ({ paths }) => paths.map((name) => ({ how: 'creates', what: 'path', name })),

  async inspect(step, host) {
    const found = await readState(step, host)
    found.forEach(({ path, symlink, notDirectory, wrong }) => {
      refuseSymlink(path, symlink)
      if (notDirectory)
        throw new StepRefused(
          `${notDirectory} is not a directory, so ${path} cannot be made; move it away or choose another path`,
          aboutPath(notDirectory),
        )
      if (wrong)
        throw new StepRefused(
          `directory ${path} exists, but ${wrong}; change the plan or the directory`,
          aboutPath(path),
        )
    })
    const missing = found.filter(({ missing }) => missing > 0)
    return {
      priorState: { missing: found.map(({ missing }) => missing) } satisfies Prior as Prior,
      changes: missing.map(({ path }) => `makes ${path}`),
      ...(missing.length === 0 && { because: 'every directory exists' }),
    }
  },

  async apply(step, priorState, host) {
    const missing = step.paths.filter((_, index) => (priorState.missing[index] ?? 0) > 0)
    const variables = {
      keep: host.originals,
      owner: step.owner ? `${step.owner.user}:${step.owner.group}` : '',
      mode: step.mode ?? '',
    }
    await host.run('make', command(shellFile('directories/apply.sh', variables, missing)))
  },

  async verify(step, host) {
    const found = await readState(step, host)
    const wrong = found.flatMap(({ path, symlink, notDirectory, missing, wrong }) => {
      if (symlink) return [`${symlink} is a symbolic link`]
      if (notDirectory) return [`${notDirectory} is not a directory`]
      return missing > 0 ? [`${path} is missing`] : wrong ? [`${path}: ${wrong}`] : []
    })
    if (wrong.length > 0) throw new StepNotVerified('directories differ from the plan', wrong)
    return {
      summary: `${step.paths.length} of ${step.paths.length} directories exist`,
      strength: 'observed',
    }
  },

  undoes: ({ paths }, { missing }) =>
    `removes the directories that it made for ${paths.filter((_, index) => (missing[index] ?? 0) > 0).join(', ')}; keeps those that are not empty`,

  async undo(step, priorState, host) {
    const made = step.paths.flatMap((path, index) => ancestors(path).slice(0, priorState.missing[index] ?? 0))
    const deepestFirst = [...new Set(made)].sort((a, b) => b.split('/').length - a.split('/').length)
    if (deepestFirst.length === 0) return []
    const { stdout } = await host.run(
      'remove-empty',
      command(shellFile('directories/undo.sh', { keep: host.originals }, deepestFirst)),
    )
    const { left } = readFacts(stdout, { left: many })
    // A directory is left because of the deepest one in it.
    const deepest = left.filter((path) => !left.some((other) => other.startsWith(`${path}/`)))
    return deepest.map((path) => ({ what: `directory ${path}`, why: 'it is not empty' }))
  },
})

/** The path and the directories above it, deepest first, without the root. */
function ancestors(path: string): string[] {
  const names = path.slice(1).split('/')
  return names.map((_, index) => `/${names.slice(0, names.length - index).join('/')}`)
}

async function readState(step: Step, host: HostView) {
  const output = await host.ask(question(shellFile('directories/inspect.sh', {}, step.paths)))
  const facts = readFacts(output, { symlink: many, there: many, kind: many, missing: many, access: many })
  return step.paths.map((path, index) => {
    const missing = Number(facts.missing[index])
    return {
      path,
      missing,
      symlink: facts.symlink[index] || undefined,
      notDirectory: facts.kind[index] === 'directory' ? undefined : facts.there[index],
      wrong: missing > 0 ? undefined : accessProblem(readAccess(facts.access[index] ?? ''), step),
    }
  })
}
