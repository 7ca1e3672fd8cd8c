import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { writtenPath } from '../../fields/absolute-path.ts'
import { fileMode } from '../../fields/file-mode.ts'
import { owner } from '../../fields/names.ts'
import type { HostView } from '../../host/host.ts'
import { command, question } from '../../shell/command.ts'
import { lines, sh } from '../../shell/script.ts'
import { many, readFacts } from '../facts.ts'
import { readAccess, statOwner, wrongAccess } from '../shared/file-state.ts'
import { pathWords, refuseSymlink } from '../shared/symlink-guard.ts'
import { changeKind, type Values } from '../step-kind.ts'

const fields = {
  paths: z
    .array(writtenPath)
    .min(1)
    .max(200)
    .meta({ description: 'The directories, each with its whole path' }),
  mode: fileMode
    .optional()
    .meta({ description: 'Of the listed ones; those on the way to them are made 0755' }),
  owner: owner.optional().meta({ description: 'user or user:group of the listed ones' }),
}
type Step = Values<typeof fields>

/** `missing[n]`: how many names at the end of `paths[n]` did not exist. */
interface Prior {
  readonly missing: readonly number[]
  readonly [key: string]: readonly number[]
}

/** Makes directories that are missing. Those that are there stay as they are, or the step is refused. */
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
        )
      if (wrong)
        throw new StepRefused(`directory ${path} is there, but ${wrong}; change the plan or the directory`)
    })
    const missing = found.filter(({ missing }) => missing > 0)
    return {
      priorState: { missing: found.map(({ missing }) => missing) } satisfies Prior as Prior,
      changes: missing.map(({ path }) => `makes ${path}`),
      ...(missing.length === 0 && { because: 'every directory is there' }),
    }
  },

  async apply(step, priorState, host) {
    const missing = step.paths.filter((_, index) => (priorState.missing[index] ?? 0) > 0)
    const making = missing.map((path) =>
      lines(
        sh`no_symlink_in ${path}`,
        sh`mkdir -p -- ${path}`,
        ...(step.owner ? [sh`chown -- ${step.owner.user}:${step.owner.group} ${path}`] : []),
        ...(step.mode ? [sh`chmod -- ${step.mode} ${path}`] : []),
      ),
    )
    // `begun` is written first: without it an undo knows that none of these directories is ours.
    const begun = sh`set -eu; umask 077; mkdir -p -- ${host.keepsakes}; : > ${host.keepsakes}/begun; umask 022`
    await host.run('make', command(lines(pathWords, begun, ...making)))
  },

  async verify(step, host) {
    const found = await readState(step, host)
    const wrong = found.flatMap(({ path, symlink, notDirectory, missing, wrong }) => {
      if (symlink) return [`${symlink} is a symbolic link`]
      if (notDirectory) return [`${notDirectory} is not a directory`]
      return missing > 0 ? [`${path} is missing`] : wrong ? [`${path}: ${wrong}`] : []
    })
    if (wrong.length > 0) throw new StepNotVerified('directories are not as planned', wrong)
    return {
      summary: `${step.paths.length} of ${step.paths.length} directories are there`,
      strength: 'observed',
    }
  },

  async undo(step, priorState, host) {
    const made = step.paths.flatMap((path, index) => ancestors(path).slice(0, priorState.missing[index] ?? 0))
    const deepestFirst = [...new Set(made)].sort((a, b) => b.split('/').length - a.split('/').length)
    if (deepestFirst.length === 0) return []
    const { stdout } = await host.run('remove-empty', command(removeEmpty(deepestFirst, host)))
    const { left } = readFacts(stdout, { left: many })
    // Of directories in each other the deepest says why.
    const deepest = left.filter((path) => !left.some((other) => other.startsWith(`${path}/`)))
    return deepest.map((path) => ({ what: `directory ${path}`, why: 'it is not empty' }))
  },
})

function removeEmpty(paths: readonly string[], host: HostView) {
  return sh`
set -u
[ -e ${host.keepsakes}/begun ] || exit 0
for path in ${paths}; do
  if [ -L "$path" ] || [ ! -d "$path" ]; then continue; fi
  rmdir -- "$path" 2>/dev/null || printf 'left=%s\\n' "$path"
done`
}

/** The path and the directories above it, deepest first, without the root. */
function ancestors(path: string): string[] {
  const names = path.slice(1).split('/')
  return names.map((_, index) => `/${names.slice(0, names.length - index).join('/')}`)
}

async function readState(step: Step, host: HostView) {
  const output = await host.ask(
    question(
      lines(
        pathWords,
        sh`
for path in ${step.paths}; do
  there=$path missing=0
  while [ ! -e "$there" ] && [ ! -L "$there" ]; do
    missing=$((missing + 1)) there=\${there%/*}
    [ -n "$there" ] || there=/
  done
  [ -d "$there" ] && kind=directory || kind=other
  printf 'symlink=%s\\nthere=%s\\nkind=%s\\nmissing=%s\\n' "$(symlink_in "$path")" "$there" $kind $missing
  printf 'access=%s\\n' "$(${statOwner} "$there")"
done`,
      ),
    ),
  )
  const facts = readFacts(output, { symlink: many, there: many, kind: many, missing: many, access: many })
  return step.paths.map((path, index) => {
    const missing = Number(facts.missing[index])
    return {
      path,
      missing,
      symlink: facts.symlink[index] || undefined,
      notDirectory: facts.kind[index] === 'directory' ? undefined : facts.there[index],
      wrong: missing > 0 ? undefined : wrongAccess(readAccess(facts.access[index] ?? ''), step),
    }
  })
}
