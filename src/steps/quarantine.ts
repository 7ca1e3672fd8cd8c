import { z } from 'zod'
import { listOf } from '../fields/list.ts'
import { StepNotVerified, StepRefused } from '../errors.ts'
import { absolutePath, writtenPath } from '../fields/absolute-path.ts'
import type { HostView } from '../host/host.ts'
import { command, question } from '../shell/command.ts'
import { lines, sh } from '../shell/script.ts'
import { many, readFacts } from './facts.ts'
import { pathWords, refuseSymlink } from './files/on-the-way.ts'
import { referenceWords, renameWords } from './files/path-references.ts'
import { quarantineReferences } from './files/quarantine-references.ts'
import { stepKind, type Amount, type Values } from './step-kind.ts'
import { inWords, sum } from './data/volume-restore-space.ts'

// `seen` holds some 60 characters to each.
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
interface Seen {
  readonly identities: readonly string[]
  /** Entries and bytes; empty in what was seen before they were counted. */
  readonly held: readonly (readonly [number, number])[]
  readonly [key: string]: readonly string[] | readonly (readonly [number, number])[]
}

/** Sets paths aside by a rename, so that each can come back as it was, after everything that may count on them was asked. */
export const quarantine = stepKind({
  kind: 'quarantine',
  summary:
    'The listed paths are out of the way, whole and beside where they were, and nothing counted on them',
  fields,
  outputs: [],
  timeoutMinutes: 15,
  seenVersion: 2,

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
    const seen: Seen = { identities: found.identity, held: found.held.map(readHeld) }
    const changes = step.paths.flatMap((path, index) =>
      found.identity[index] === 'absent'
        ? []
        : `sets ${path} aside in ${folderOf(path)}: ${inEntries(seen.held[index])}`,
    )
    return {
      seen,
      changes,
      takes: amountOf(seen),
      ...(changes.length === 0 && { because: 'none of the paths is there' }),
    }
  },

  seenSince: (_version, seen) => ({ ...oldest.parse(seen), held: [] }),

  async run(step, { identities, held }, host) {
    const present = step.paths.flatMap((path, index) => {
      const identity = identities[index]
      return identity === undefined || identity === 'absent' ? [] : { path, identity, held: held[index] }
    })
    // All of them are counted before the first is touched.
    const checks = present.flatMap(({ path, identity, held }) =>
      held ? sh`no_more_than ${path} ${identity} ${String(held[0])} ${String(held[1])}` : [],
    )
    const moves = present.map(({ path, identity }) => sh`set_aside ${path} ${identity}`)
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
}
no_more_than() {
  [ "$(identity_of "$1")" = "$2" ] || return 0
  held=$(held_by "$1")
  [ "\${held% *}" -le "$3" ] && [ "\${held#* }" -le "$4" ] ||
    fail "$1 holds more than was looked at: \${held% *} entries and \${held#* } bytes, which were $3 and $4; nothing was set aside. Take away what is new, or look again"
}`
    await host.run(
      'set-aside',
      command(lines(pathWords, renameWords, heldWords, script, ...checks, ...moves)),
    )
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

const oldest = z.strictObject({ identities: z.array(z.string()) })

/** `held_by PATH` prints how many entries a path has, itself included, and how many bytes its files. */
const heldWords = sh`
held_by() { find "$1" -xdev -printf '%y %s\\n' | awk '{ entries++ } $1 == "f" { bytes += $2 } END { printf "%.0f %.0f", entries, bytes }'; }`

function readHeld(line: string): readonly [number, number] {
  const [entries = 0, bytes = 0] = line.split(' ').map(Number)
  return [entries, bytes]
}

function amountOf({ held }: Seen): Amount {
  return { entries: sum(held.map(([entries]) => entries)), bytes: sum(held.map(([, bytes]) => bytes)) }
}

function inEntries([entries, bytes]: readonly [number, number] = [0, 0]): string {
  return `${entries === 1 ? '1 entry' : `${entries} entries`}, ${inWords(bytes)}`
}

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
  held='0 0'
  [ "$identity" = absent ] || [ -L "$path" ] || held=$(held_by "$path")
  printf 'held=%s\\n' "$held"
  [ "$identity" = absent ] || [ -L "$path" ] || references "$path" > "$work/references" || exit 3
  [ "$identity" = absent ] || [ -L "$path" ] || P=$path awk '{ print "reference=" ENVIRON["P"] ": " $0 }' "$work/references"
done`
  const output = await host.ask(
    question(lines(pathWords, referenceWords, renameWords, heldWords, quarantineReferences(step), script), {
      timeoutSeconds: 900,
    }),
  )
  return readFacts(output, { symlink: many, identity: many, held: many, taken: many, reference: many })
}
