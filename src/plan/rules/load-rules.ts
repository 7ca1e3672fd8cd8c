import { optionIn } from './arguments.ts'
import type { Rule } from './rule.ts'
import type { ShellCommand } from './shell-commands.ts'
import { foundIn, shellOf } from './sources.ts'

/** Clients that load a dump from their standard input. */
const LOADS = /^(psql|pg_restore|mysql|mariadb|sqlite3|mongorestore)$/
/** Programs that cannot fail in the middle of what they print. */
const PRINTS = /^(echo|printf)$/
/** A check of the whole dump before it is loaded. */
const CHECKS_DUMP = /\b(gunzip|gzip|pigz|bzip2|xz|zstd|lz4) (-\w*t\w*|--test)\b|\bsha\d+sum (-\w*c|--check)\b/

export const uncheckedLoad: Rule = {
  id: 'R047',
  name: 'unchecked-load',
  severity: 'error',
  title: 'A command loads a dump and hides that it failed',
  why: 'psql continues after an error and exits with 0, unless ON_ERROR_STOP is set. Of a pipe only the last exit status counts: when gunzip, cat or ssh breaks off, the client loads half of the dump, or nothing, and exits with 0.',
  fix: 'Unpack the dump into a file first, then psql -v ON_ERROR_STOP=1 --single-transaction -f FILE. Or keep the pipe under bash with set -o pipefail, and ON_ERROR_STOP. Verify the rows with sql-check or postgres-audit.',
  example: {
    wrong: `script: gunzip -c /backup/shop.sql.gz | psql shop`,
    right: `script: gunzip -c /backup/shop.sql.gz > "$work/shop.sql" && psql -v ON_ERROR_STOP=1 -f "$work/shop.sql" shop`,
  },
  find: ({ steps }) =>
    shellOf(steps, ['script', 'undo']).flatMap(({ source, command }) => {
      const ignores = ignoresErrors(command, source.text)
      const loses = losesStatus(command, source.text)
      if (!ignores && !loses) return []
      const { name, from = '', text } = command
      return foundIn(
        source,
        text,
        [
          ...(ignores ? [`${name} continues after an error and exits with 0`] : []),
          ...(loses ? [`the exit status of ${from} is lost, also if it breaks off in the middle`] : []),
        ].join('; '),
        [
          ...(ignores ? [name === 'psql' ? 'write -v ON_ERROR_STOP=1' : 'remove --force'] : []),
          ...(loses ? ['write the dump to a file first, or use bash with set -o pipefail'] : []),
        ].join('; '),
      )
    }),
}

/** Whether it loads a file or what a pipe gives it, and goes on after an error. */
function ignoresErrors({ name, words, from }: ShellCommand, script: string): boolean {
  const isFed = from !== undefined && !PRINTS.test(from)
  const reads = isFed || words.includes('<')
  if (name === 'mysql' || name === 'mariadb')
    return reads && words.some((word) => /^(-f|--force)$/.test(word))
  if (name !== 'psql') return false
  // A statement in -c sets the exit status.
  const states = words.some((word) => /^-[a-zA-Z]*c$|^--command\b/.test(word))
  const loads = optionIn(words, '-f', '--file') !== undefined || (reads && !states)
  return loads && !/\bON_ERROR_STOP\b/.test(`${words.join(' ')} ${setsIn(script)}`)
}

/** Returns the settings that a script makes for every call of psql: `\set` in its SQL. */
function setsIn(script: string): string {
  return /\\set\s+ON_ERROR_STOP\b/.exec(script)?.[0] ?? ''
}

/** Whether a pipe gives it the dump, and the failure of the program before it goes unseen. */
function losesStatus({ name, from }: ShellCommand, script: string): boolean {
  if (from === undefined || PRINTS.test(from) || !LOADS.test(name)) return false
  return !/\bpipefail\b/.test(script) && !CHECKS_DUMP.test(script)
}
