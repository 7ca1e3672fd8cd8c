import { z } from 'zod'
import { listOf } from '../fields/list.ts'
import { StepNotVerified, StepRefused } from '../errors.ts'
import { absolutePath, writtenPath } from '../fields/absolute-path.ts'
import type { HostView } from '../host/host.ts'
import { command, question } from '../shell/command.ts'
import { lines, sh } from '../shell/script.ts'
import { many, readFacts } from './facts.ts'
import { pathWords, refuseSymlink } from './on-the-way.ts'
import { referenceWords, renameWords } from './path-references.ts'
import { quarantineReferences } from './quarantine-references.ts'
import { stepKind, type Values } from './step-kind.ts'

// `seen` holds some 40 characters to each.
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

/** By inode and time of birth, which a rename keeps, or `absent`: in the order of `paths`. */
interface Seen {
  readonly identities: readonly string[]
  readonly [key: string]: readonly string[]
}

/** Sets paths aside by a rename, so that each can come back as it was, after everything that may count on them was asked. */
export const quarantine = stepKind({
  kind: 'quarantine',
  summary:
    'The listed paths are out of the way, whole and beside where they were, and nothing counted on them',
  fields,
  outputs: [],
  timeoutMinutes: 15,

  objection({ paths, protect }) {
    const within = (path: string, other: string) => `${path}/`.startsWith(`${other}/`)
    const pair = paths.flatMap((path, index) =>
      paths.slice(index + 1).filter((other) => within(path, other) || within(other, path)),
    )[0]
    if (pair !== undefined) return `lists ${pair}, which another of its paths holds or lies in`
    const kept = protect.find((kept) => paths.some((path) => within(path, kept) || within(kept, path)))
    return kept === undefined ? undefined : `would set aside what it protects: ${kept}`
  },
  describe: ({ paths }) =>
    `set aside ${paths.length === 1 ? '' : `${paths.length} paths: `}${paths.join(', ')}`.slice(0, 160),
  touches: ({ paths }) => [
    ...paths.map((name) => ({ how: 'removes', what: 'path', name }) as const),
    ...[...new Set(paths.map(folderOf))].map((name) => ({ how: 'makes', what: 'path', name }) as const),
  ],
  mayRepeat: () => true,
  cannotUndo: () => undefined,

  async look(step, host) {
    const found = await lookAt(step, host)
    step.paths.forEach((path, index) => refuseSymlink(path, found.symlink[index]))
    const [taken] = found.taken
    if (taken) throw new StepRefused(`${taken} is there and is not a directory of this step; move it away`)
    if (found.reference.length > 0) {
      throw new StepRefused(
        `nothing is set aside, because something counts on it: ${found.reference.slice(0, 20).join('; ')}. ` +
          'Take that away first, or leave the path out',
      )
    }
    const present = step.paths.filter((_, index) => found.identity[index] !== 'absent')
    const seen: Seen = { identities: found.identity }
    return {
      seen,
      changes: present.map((path) => `sets ${path} aside in ${folderOf(path)}`),
      ...(present.length === 0 && { because: 'none of the paths is there' }),
    }
  },

  async run(step, { identities }, host) {
    const moves = step.paths.map((path, index) =>
      identities[index] === 'absent' ? sh`:` : sh`set_aside ${path} ${identities[index] ?? ''}`,
    )
    const script = sh`
set -eu
umask 077
keep=${host.keepsakes}
mkdir -p -- "$keep"
: > "$keep/begun"
sync -- "$keep"
set_aside() {
  where=\${1%/*}/.reinstate-quarantine/${markOf(host)}
  if [ "$(identity_of "$1")" = absent ] && [ "$(identity_of "$where/\${1##*/}")" = "$2" ]; then return 0; fi
  no_symlink_in "$1"
  [ "$(identity_of "$1")" = "$2" ] || fail "$1 is not what was looked at; it was left alone; look again"
  no_symlink_in "$where"
  mkdir -p -- "$where"
  rename "$1" "$where/\${1##*/}" "$2"
}`
    await host.run('set-aside', command(lines(pathWords, renameWords, script, ...moves)))
    return {}
  },

  async verify({ paths }, host) {
    const script = sh`
for path in ${paths}; do
  where=\${path%/*}/.reinstate-quarantine/${markOf(host)}/\${path##*/}
  printf 'identity=%s\\naside=%s\\n' "$(identity_of "$path")" "$(identity_of "$where")"
done`
    const output = await host.ask(question(lines(renameWords, script)))
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

  async undo({ paths }, { identities }, host) {
    const moves = paths.map((path, index) =>
      identities[index] === 'absent' ? sh`:` : sh`put_back ${path} ${identities[index] ?? ''}`,
    )
    const script = sh`
set -eu
keep=${host.keepsakes}
[ -e "$keep/begun" ] || exit 0
put_back() {
  where=\${1%/*}/.reinstate-quarantine/${markOf(host)}
  if [ "$(identity_of "$1")" != "$2" ]; then
    if [ "$(identity_of "$where/\${1##*/}")" != "$2" ]; then printf 'gone=%s\\n' "$1"; return 0; fi
    if [ "$(identity_of "$1")" != absent ]; then printf 'taken=%s\\n' "$1"; return 0; fi
    rename "$where/\${1##*/}" "$1" "$2"
  fi
  rmdir -- "$where" "\${where%/*}" 2> /dev/null || :
}`
    const done = sh`rm -f -- "$keep/begun"`
    const { stdout } = await host.run(
      'put-back',
      command(lines(pathWords, renameWords, script, ...moves, done)),
    )
    const { gone, taken } = readFacts(stdout, { gone: many, taken: many })
    return [
      ...gone.map((path) => ({ what: `path ${path}`, why: 'it is not in its quarantine any more' })),
      ...taken.map((path) => ({
        what: `path ${path}`,
        why: `something else is there by now; the old one is ${folderOf(path)}/${markOf(host)}/${nameOf(path)}`,
      })),
    ]
  },
})

function folderOf(path: string): string {
  return `${path.replace(/\/[^/]*$/, '')}/.reinstate-quarantine`
}

function nameOf(path: string): string {
  return path.replace(/.*\//, '')
}

function markOf(host: HostView): string {
  return host.mark.replaceAll('/', '.')
}

async function lookAt(step: Step, host: HostView) {
  const script = sh`
work=$(mktemp -d) || exit 3
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' TERM INT HUP
find_links
for path in ${step.paths}; do
  identity=$(identity_of "$path")
  printf 'symlink=%s\\nidentity=%s\\n' "$(symlink_in "$path")" "$identity"
  folder=\${path%/*}/.reinstate-quarantine
  if [ -L "$folder" ] || { [ -e "$folder" ] && [ ! -d "$folder" ]; }; then printf 'taken=%s\\n' "$folder"; fi
  [ "$identity" = absent ] || [ -L "$path" ] || references "$path" > "$work/references" || exit 3
  [ "$identity" = absent ] || [ -L "$path" ] || P=$path awk '{ print "reference=" ENVIRON["P"] ": " $0 }' "$work/references"
done`
  const output = await host.ask(
    question(lines(pathWords, referenceWords, renameWords, quarantineReferences(step), script), {
      timeoutSeconds: 900,
    }),
  )
  return readFacts(output, { symlink: many, identity: many, taken: many, reference: many })
}
