import { z } from 'zod'
import { listOf } from '../../fields/list.ts'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { absolutePath, writtenPath } from '../../fields/absolute-path.ts'
import { overlap } from '../../fields/is-in.ts'
import type { HostView } from '../../host/host.ts'
import { command, question } from '../../shell/command.ts'
import { many, readFacts } from '../facts.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { ownerFileName } from '../shared/owner-label.ts'
import { refuseSymlink } from '../shared/symlink-guard.ts'
import { changeKind, type Deletion, type Values, aboutPath } from '../step-kind.ts'
import { formatBytes } from '../format.ts'

// `priorState` holds about 60 characters per path.
const MAX_PATHS = 60

const usualPlaces = ['/etc', '/home', '/opt', '/root', '/srv', '/usr/local', '/var/www']

/** A directory to search, which may be a system directory. */
const searched = z.string().regex(/^\/[^*?[\]{}$`\\\u0000-\u001f]*$/, { error: 'must be an absolute path' })

const fields = {
  paths: listOf(z.array(writtenPath).min(1).max(MAX_PATHS)).meta({
    title: 'paths',
    description: 'Paths to move, each to .reinstate-quarantine in its own directory',
  }),
  protect: z.array(absolutePath).max(200).default([]).meta({
    title: 'paths',
    description: 'Paths to keep, such as backups: a path that contains one, or lies in one, is refused',
  }),
  searchUnder: z.array(searched).min(1).max(50).default(usualPlaces).meta({
    title: 'paths',
    description: 'Directories to search for symbolic links to the paths',
  }),
}
type Step = Values<typeof fields>

/** In the order of `paths`: inode and time of birth, which a rename keeps, or `absent`; and the size of each. */
interface Prior {
  readonly identities: readonly string[]
  /** Entries and bytes. */
  readonly held: readonly (readonly [number, number])[]
  readonly [key: string]: readonly string[] | readonly (readonly [number, number])[]
}

/** Renames paths into a quarantine, so that an undo restores them exactly. Refused if anything references one of them. */
export const quarantine = changeKind({
  kind: 'quarantine',
  summary: 'The listed paths are moved, unchanged, to a quarantine beside them, and nothing referenced them',
  fields,
  timeoutMinutes: 15,

  validate({ paths, protect }) {
    const pair = paths.flatMap((path, index) =>
      paths.slice(index + 1).filter((other) => overlap(path, other)),
    )[0]
    if (pair !== undefined) return `lists ${pair}, which contains or lies in another of its paths`
    const kept = protect.find((kept) => paths.some((path) => overlap(path, kept)))
    return kept === undefined ? undefined : `would move what it protects: ${kept}`
  },
  describe: ({ paths }) =>
    `quarantine ${paths.length === 1 ? '' : `${paths.length} paths: `}${paths.join(', ')}`,
  effects: ({ paths }) => [
    ...paths.map((name) => ({ how: 'deletes', what: 'path', name }) as const),
    ...[...new Set(paths.map(quarantineOf))].map((name) => ({ how: 'creates', what: 'path', name }) as const),
  ],

  async inspect(step, host) {
    const found = await readState(step, host)
    step.paths.forEach((path, index) => refuseSymlink(path, found.symlink[index]))
    const [taken] = found.taken
    if (taken)
      throw new StepRefused(
        `${taken} exists and is not a directory of the user that applies steps; move it away`,
        aboutPath(taken),
      )
    if (found.reference.length > 0) {
      throw new StepRefused(
        `a path is still referenced: ${found.reference.slice(0, 20).join('; ')}. ` +
          'Remove the references first, or leave the path out',
      )
    }
    const priorState: Prior = { identities: found.identity, held: found.held.map(readHeld) }
    const changes = step.paths.flatMap((path, index) =>
      found.identity[index] === 'absent'
        ? []
        : `moves ${path} to ${quarantineOf(path)}: ${describeSize(priorState.held[index])}`,
    )
    const absent = step.paths.filter((_, index) => found.identity[index] === 'absent')
    return {
      priorState,
      changes,
      ...(changes.length > 0 &&
        absent.length > 0 && { notes: absent.map((path) => `${path} does not exist`) }),
      deletions: deletionsOf(step.paths, priorState),
      ...(changes.length === 0 && { because: 'none of the paths exists' }),
    }
  },

  async apply({ paths }, priorState, host) {
    const words = presentPaths(paths, priorState).flatMap(({ path, identity, held }) => [
      ...[path, identity],
      ...(held ?? ['', '']).map(String),
    ])
    await host.run('set-aside', command(shellFile('quarantine/apply.sh', variablesOf(host), words)))
  },

  async verify({ paths }, host) {
    const output = await host.ask(
      question(shellFile('quarantine/verify.sh', { own_name: ownerFileName(host) }, paths)),
    )
    const { identity, aside } = readFacts(output, { identity: many, aside: many })
    const still = paths.filter((_, index) => identity[index] !== 'absent')
    if (still.length > 0) throw new StepNotVerified('paths still exist', still)
    const missing = paths.filter((_, index) => aside[index] === 'absent')
    return {
      summary:
        `${paths.length - missing.length} of ${paths.length} paths are in quarantine` +
        (missing.length > 0 ? `; did not exist: ${missing.join(', ')}` : ''),
      strength: 'observed',
      facts: { setAside: paths.filter((path) => !missing.includes(path)), missing },
    }
  },

  undoes: ({ paths }, priorState) =>
    `moves back from quarantine: ${presentPaths(paths, priorState)
      .map(({ path }) => path)
      .join(', ')}`,

  async undo({ paths }, priorState, host) {
    const words = presentPaths(paths, priorState).flatMap(({ path, identity }) => [path, identity])
    const { stdout } = await host.run(
      'put-back',
      command(shellFile('quarantine/undo.sh', variablesOf(host), words)),
    )
    const { gone, taken } = readFacts(stdout, { gone: many, taken: many })
    return [
      ...gone.map((path) => ({ what: `path ${path}`, why: 'it is missing from its quarantine' })),
      ...taken.map((path) => ({
        what: `path ${path}`,
        why: `something else is there by now; the original is ${quarantineOf(path)}/${ownerFileName(host)}/${nameOf(path)}`,
      })),
    ]
  },
})

function presentPaths(paths: readonly string[], { identities, held }: Prior) {
  return paths.flatMap((path, index) => {
    const identity = identities[index]
    return identity === undefined || identity === 'absent' ? [] : { path, identity, held: held[index] }
  })
}

function readHeld(line: string): readonly [number, number] {
  const [entries = 0, bytes = 0] = line.split(' ').map(Number)
  return [entries, bytes]
}

function deletionsOf(paths: readonly string[], priorState: Prior): Deletion[] {
  return presentPaths(paths, priorState).map(({ path, held: [entries, bytes] = [0, 0] }) => {
    return { name: `path ${path}`, entries, bytes }
  })
}

function describeSize([entries, bytes]: readonly [number, number] = [0, 0]): string {
  return `${entries === 1 ? '1 entry' : `${entries} entries`}, ${formatBytes(bytes)}`
}

function nameOf(path: string): string {
  return path.replace(/.*\//, '')
}

function variablesOf(host: HostView) {
  return { keep: host.originals, own_name: ownerFileName(host) }
}

/** The directory beside a path that holds its quarantines, one directory per step. */
function quarantineOf(path: string): string {
  return `${path.replace(/\/[^/]*$/, '')}/.reinstate-quarantine`
}

async function readState({ paths, protect, searchUnder }: Step, host: HostView) {
  const pruned = paths.map((path) => path.replace(/[\\?*[\]]/g, '\\$&'))
  const script = shellFile('quarantine/inspect.sh', { protect, pruned, search_under: searchUnder }, paths)
  const output = await host.ask(question(script, { timeoutSeconds: 900 }))
  return readFacts(output, { symlink: many, identity: many, held: many, taken: many, reference: many })
}
