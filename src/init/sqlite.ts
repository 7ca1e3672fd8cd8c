import type { HostView } from '../host/host.ts'
import { relativePath } from '../fields/relative-path.ts'
import { question } from '../shell/command.ts'
import { shellFile } from '../shell/shell-file.ts'
import { many, readFacts } from '../steps/facts.ts'
import type { Data } from './stack.ts'

interface Restored {
  readonly data: readonly Data[]
  readonly backup: string
  /** Returns the directory on the host with the live files of a place. */
  readonly at: (data: Data) => string
}

export interface WithSqlite {
  /** The same places, with the SQLite files of their folders in the backup. */
  readonly data: readonly Data[]
  /** What the backup lacks. */
  readonly notes: readonly string[]
}

/** Finds the SQLite files of the places that are restored, by their headers. Changes nothing. */
export async function withSqlite({ data, backup, at }: Restored, host: HostView): Promise<WithSqlite> {
  // Servers of databases have files of their own; what a place of theirs holds besides is not looked for.
  const places = data.filter(({ database, archived }) => database === undefined && archived === undefined)
  if (places.length === 0) return { data, notes: [] }
  const script = shellFile('../init/sqlite.sh', {
    backups: places.map(({ from }) => `${backup}/${from}`),
    lives: places.map(at),
  })
  const output = await host.ask(question(script, { timeoutSeconds: 600 }))
  const found = readFacts(output, { sqlite: many, sqliteMissing: many })
  const filesOf = (lines: readonly string[], index: number) =>
    lines.flatMap((line) => (line.startsWith(`${index + 1}|`) ? [line.slice(line.indexOf('|') + 1)] : []))
  return {
    data: data.map((one) => {
      const files = filesOf(found.sqlite, places.indexOf(one)).filter(
        (file) => relativePath.safeParse(file).success,
      )
      return files.length > 0 ? { ...one, sqlite: files.toSorted() } : one
    }),
    notes: places.flatMap(({ is, live, from }, index) => {
      const files = filesOf(found.sqliteMissing, index)
      return files.length === 0
        ? []
        : [`${is} ${live} has SQLite files that the folder ${from} of the backup lacks: ${files.join(', ')}`]
    }),
  }
}
