import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

// Joined files are one script, so a variable that a part sets for itself may be one that another part still needs.

const steps = join(import.meta.dirname, '..', '..', 'src', 'steps')
const files = readdirSync(steps, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.sh'))
const textOf = (file: string) => readFileSync(join(steps, file), 'utf8')

/** A file with all that it includes, each once. */
function partsOf(file: string, met: readonly string[] = []): readonly string[] {
  if (met.includes(file)) return met
  const included = [...textOf(file).matchAll(/^\. (\S+\.sh)$/gm)]
  return included.reduce((all, [, other = '']) => partsOf(join(dirname(file), other), all), [
    ...met,
    file,
  ] as readonly string[])
}

/** The variables that a file sets, outside of functions with a subshell of their own. */
function setIn(file: string): ReadonlySet<string> {
  const text = textOf(file)
    .replace(/^\s*#.*$/gm, '')
    .replace(/'[^']*'/g, "''")
    .replace(/^\w+\(\) \(\n[\s\S]*?^\)/gm, '')
    // A loop that a pipe feeds has a subshell too.
    .replace(/\|(\s*while[^\n]*?)\bread [^\n;]*/g, '|$1')
  const local = new Set([...text.matchAll(/\blocal ([^;\n]*)/g)].flatMap(([, names = '']) => namesIn(names)))
  const assigned = [...text.matchAll(/(?:^|[;&|({!]|\b(?:then|do|else))[ \t]*([A-Za-z_]\w*)=/gm)]
  const looped = [...text.matchAll(/\bfor (\w+) in\b/g)]
  const read = [...text.matchAll(/\bread (?:-r )?((?:\w+ ?)+)/g)]
  const names = [...assigned, ...looped, ...read].flatMap(([, some = '']) => namesIn(some))
  return new Set(names.filter((name) => name !== '' && name !== 'IFS' && name !== '_' && !local.has(name)))
}

const namesIn = (words: string) => words.split(/\s+/).map((word) => word.replace(/=.*/, ''))

/** Each variable that two parts of one script set, with the parts. */
function sharedVariables(): readonly string[] {
  const found = files.flatMap((file) => {
    const parts = partsOf(file).map((part) => ({ part, names: setIn(part) }))
    return parts.flatMap(({ part, names }, index) =>
      parts
        .slice(index + 1)
        .flatMap((other) =>
          [...names]
            .filter((name) => other.names.has(name))
            .map((name) => `${name}: ${[part, other.part].sort().join(', ')}`),
        ),
    )
  })
  return [...new Set(found)].sort()
}

/** The pairs that exist. Before you add one: is the value that a part sets still needed after the other part has run? */
const KNOWN: readonly string[] = [
  'address: http-probe/verify.sh, shared/pinned-host.sh',
  'all: containers-stop/apply.sh, shared/stopped-here.sh',
  'at: shared/fresh-directory.sh, shared/scratch-servers.sh',
  'begin: http-load/client.sh, http-load/tally.sh',
  'binds: file-copy/inspect.sh, shared/path-references.sh',
  'changed: compose-up/layers.sh, shared/container-data.sh',
  'due: http-load/client.sh, http-load/tally.sh',
  'end: http-load/client.sh, http-load/tally.sh',
  'found: compose-up/apply.sh, compose-up/of-project.sh',
  'from: http-load/client.sh, http-load/tally.sh',
  'here: containers-stop/apply.sh, shared/stopped-here.sh',
  'id: compose-down/apply.sh, shared/stopped-here.sh',
  'id: compose-down/undo.sh, shared/start-containers.sh',
  'id: compose-down/undo.sh, shared/stopped-here.sh',
  'id: containers-stop/apply.sh, shared/stopped-here.sh',
  'id: containers-stop/undo.sh, shared/start-containers.sh',
  'id: containers-stop/undo.sh, shared/stopped-here.sh',
  'id: file-write/read-by.sh, file-write/service.sh',
  'id: shared/start-containers.sh, shared/stopped-here.sh',
  'ids: quarantine/references.sh, shared/path-references.sh',
  'left_out: http-load/client.sh, http-load/tally.sh',
  'name: compose-down/inspect.sh, shared/container-data.sh',
  'name: secrets-audit/sources.sh, shared/written-file-originals.sh',
  'name: shared/fresh-inspect.sh, shared/writers.sh',
  'origin: compose-up/undo.sh, shared/made-here.sh',
  'problem: dump-restore/mariadb-server.sh, shared/mariadb-data.sh',
  'problem: dump-restore/mariadb-server.sh, shared/scratch-servers.sh',
  'problem: dump-restore/postgres-load.sh, shared/scratch-servers.sh',
  'problem: shared/mariadb-data.sh, shared/mariadb-scratch.sh',
  'problem: shared/mariadb-data.sh, shared/scratch-servers.sh',
  'problem: shared/mariadb-scratch.sh, shared/scratch-servers.sh',
  'problem: shared/postgres-data.sh, shared/scratch-servers.sh',
  'problem: sql-migrate/session.sh, sql-migrate/state.sh',
  'reason: http-load/client.sh, http-load/tally.sh',
  'root: shared/fresh-inspect.sh, shared/fresh-volume.sh',
  'server: shared/postgres-scratch.sh, shared/postgres-server.sh',
  'tree: file-copy/trees.sh, file-copy/verify.sh',
  'using: shared/fresh-target.sh, shared/fresh-undo.sh',
  'why: http-load/client.sh, shared/pinned-host.sh',
  'why: http-probe/verify.sh, shared/pinned-host.sh',
  'words: file-write/in-service.sh, file-write/reload-old.sh',
]

it('a script › two of its parts set one variable only where that is known', () => {
  expect(sharedVariables()).toEqual(KNOWN)
})
