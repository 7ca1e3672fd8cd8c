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
import { changeKind, type Deletion, type Values } from '../step-kind.ts'
import { formatBytes } from '../format.ts'

// `priorState` holds some 60 characters to each.
const MOST_PATHS = 60

const usualPlaces = ['/etc', '/home', '/opt', '/root', '/srv', '/usr/local', '/var/www']

/** A place to search: a directory of the whole system is well here. */
const place = z.string().regex(/^\/[^*?[\]{}$`\\\u0000-\u001f]*$/, { error: 'must be an absolute path' })

const fields = {
  paths: listOf(z.array(writtenPath).min(1).max(MOST_PATHS)).meta({
    title: 'paths',
    description: 'What is set aside, each beside itself: in .reinstate-quarantine in its own directory',
  }),
  protect: z.array(absolutePath).max(200).default([]).meta({
    title: 'paths',
    description: 'What must stay, such as backups: a path that holds one, or lies in one, is refused',
  }),
  searchUnder: z.array(place).min(1).max(50).default(usualPlaces).meta({
    title: 'paths',
    description: 'Where symbolic links that lead to the paths are searched for',
  }),
}
type Step = Values<typeof fields>

/** In the order of `paths`: by inode and time of birth, which a rename keeps, or `absent`; and how much each held. */
interface Prior {
  readonly identities: readonly string[]
  /** Entries and bytes; empty in what was priorState before they were counted. */
  readonly held: readonly (readonly [number, number])[]
  readonly [key: string]: readonly string[] | readonly (readonly [number, number])[]
}

/** Sets paths aside by a rename, so that each can come back as it was, after everything that may count on them was asked. */
export const quarantine = changeKind({
  kind: 'quarantine',
  summary:
    'The listed paths are out of the way, whole and beside where they were, and nothing counted on them',
  fields,
  timeoutMinutes: 15,
  priorStateVersion: 2,

  validate({ paths, protect }) {
    const pair = paths.flatMap((path, index) =>
      paths.slice(index + 1).filter((other) => overlap(path, other)),
    )[0]
    if (pair !== undefined) return `lists ${pair}, which another of its paths holds or lies in`
    const kept = protect.find((kept) => paths.some((path) => overlap(path, kept)))
    return kept === undefined ? undefined : `would set aside what it protects: ${kept}`
  },
  describe: ({ paths }) =>
    `set aside ${paths.length === 1 ? '' : `${paths.length} paths: `}${paths.join(', ')}`,
  effects: ({ paths }) => [
    ...paths.map((name) => ({ how: 'deletes', what: 'path', name }) as const),
    ...[...new Set(paths.map(quarantineOf))].map((name) => ({ how: 'creates', what: 'path', name }) as const),
  ],

  async inspect(step, host) {
    const found = await readState(step, host)
    step.paths.forEach((path, index) => refuseSymlink(path, found.symlink[index]))
    const [taken] = found.taken
    if (taken) throw new StepRefused(`${taken} is there and is not a directory of this step; move it away`)
    if (found.reference.length > 0) {
      throw new StepRefused(
        `nothing is set aside, because something counts on it: ${found.reference.slice(0, 20).join('; ')}. ` +
          'Take that away first, or leave the path out',
      )
    }
    const priorState: Prior = { identities: found.identity, held: found.held.map(readHeld) }
    const changes = step.paths.flatMap((path, index) =>
      found.identity[index] === 'absent'
        ? []
        : `sets ${path} aside in ${quarantineOf(path)}: ${inEntries(priorState.held[index])}`,
    )
    const absent = step.paths.filter((_, index) => found.identity[index] === 'absent')
    return {
      priorState,
      changes,
      ...(changes.length > 0 && absent.length > 0 && { notes: absent.map((path) => `${path} is not there`) }),
      deletions: takenOf(step.paths, priorState),
      ...(changes.length === 0 && { because: 'none of the paths is there' }),
    }
  },

  priorStateSince: (_version, priorState) => ({ ...oldest.parse(priorState), held: [] }),

  async apply({ paths }, priorState, host) {
    const words = presentOf(paths, priorState).flatMap(({ path, identity, held }) => [
      ...[path, identity],
      ...(held ?? ['', '']).map(String),
    ])
    await host.run('set-aside', command(shellFile('quarantine/apply.sh', wordsOf(host), words)))
  },

  async verify({ paths }, host) {
    const output = await host.ask(
      question(shellFile('quarantine/verify.sh', { own_name: ownerFileName(host) }, paths)),
    )
    const { identity, aside } = readFacts(output, { identity: many, aside: many })
    const still = paths.filter((_, index) => identity[index] !== 'absent')
    if (still.length > 0) throw new StepNotVerified('paths are still there', still)
    const missing = paths.filter((_, index) => aside[index] === 'absent')
    return {
      summary:
        `${paths.length - missing.length} of ${paths.length} paths are set aside` +
        (missing.length > 0 ? `; not there to begin with: ${missing.join(', ')}` : ''),
      strength: 'observed',
      facts: { setAside: paths.filter((path) => !missing.includes(path)), missing },
    }
  },

  async undo({ paths }, priorState, host) {
    const words = presentOf(paths, priorState).flatMap(({ path, identity }) => [path, identity])
    const { stdout } = await host.run(
      'put-back',
      command(shellFile('quarantine/undo.sh', wordsOf(host), words)),
    )
    const { gone, taken } = readFacts(stdout, { gone: many, taken: many })
    return [
      ...gone.map((path) => ({ what: `path ${path}`, why: 'it is not in its quarantine any more' })),
      ...taken.map((path) => ({
        what: `path ${path}`,
        why: `something else is there by now; the old one is ${quarantineOf(path)}/${ownerFileName(host)}/${nameOf(path)}`,
      })),
    ]
  },
})

const oldest = z.strictObject({ identities: z.array(z.string()) })

function presentOf(paths: readonly string[], { identities, held }: Prior) {
  return paths.flatMap((path, index) => {
    const identity = identities[index]
    return identity === undefined || identity === 'absent' ? [] : { path, identity, held: held[index] }
  })
}

function readHeld(line: string): readonly [number, number] {
  const [entries = 0, bytes = 0] = line.split(' ').map(Number)
  return [entries, bytes]
}

function takenOf(paths: readonly string[], priorState: Prior): Deletion[] {
  return presentOf(paths, priorState).map(({ path, held: [entries, bytes] = [0, 0] }) => {
    return { name: `path ${path}`, entries, bytes }
  })
}

function inEntries([entries, bytes]: readonly [number, number] = [0, 0]): string {
  return `${entries === 1 ? '1 entry' : `${entries} entries`}, ${formatBytes(bytes)}`
}

function nameOf(path: string): string {
  return path.replace(/.*\//, '')
}

function wordsOf(host: HostView) {
  return { keep: host.originals, own_name: ownerFileName(host) }
}

/** The directory beside a path in which all quarantines of it lie, one folder to a step. */
function quarantineOf(path: string): string {
  return `${path.replace(/\/[^/]*$/, '')}/.reinstate-quarantine`
}

async function readState({ paths, protect, searchUnder }: Step, host: HostView) {
  const pruned = paths.map((path) => path.replace(/[\\?*[\]]/g, '\\$&'))
  const script = shellFile('quarantine/inspect.sh', { protect, pruned, search_under: searchUnder }, paths)
  const output = await host.ask(question(script, { timeoutSeconds: 900 }))
  return readFacts(output, { symlink: many, identity: many, held: many, taken: many, reference: many })
}
