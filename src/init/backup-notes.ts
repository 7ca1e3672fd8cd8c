import { describeArchive } from './archives.ts'
import type { BackupContents } from './backup-contents.ts'
import { configurationNotes } from './configuration-files.ts'
import type { Stack } from './stack.ts'

interface BackupNotesOptions {
  readonly stack: Pick<Stack, 'backup' | 'data' | 'configuration'>
  readonly contents: BackupContents
}

/** Describes what of a backup is restored by a guess, or not at all. */
export function backupNotes({ stack, contents }: BackupNotesOptions): readonly string[] {
  const { backup, data, configuration } = stack
  const folders = data.map(({ from }) => from).join(', ') || 'none'
  const top = contents.folders.filter((folder) => !folder.includes('/'))
  const used = [
    ...[...data, ...configuration].map(({ from }) => from),
    ...data.flatMap(({ dump }) => dump?.globals ?? []),
  ]
  const unused = top.filter(
    (folder) => !used.some((from) => from === folder || from.startsWith(`${folder}/`)),
  )
  // Files inside a folder that is restored are data.
  const archives = contents.archives.filter(
    ({ file }) =>
      file !== backup.manifest &&
      !used.includes(file) &&
      !data.some(({ from }) => file.startsWith(`${from}/`)),
  )
  return [
    ...(backup.there
      ? []
      : [
          `there is no backup at ${backup.directory}: put it there, with these folders: ${folders}; or give --backup`,
        ]),
    ...configurationNotes(configuration),
    ...data.flatMap(({ is, live, from, guess }) =>
      guess === undefined ? [] : [`${is} ${live} is restored from the folder ${from}, by a guess: ${guess}`],
    ),
    ...data.flatMap(({ is, live, from, dump }) =>
      dump ? [`${is} ${live} is restored from ${from}, ${dump.text}; into the fresh volume ${dump.key}`] : [],
    ),
    ...data.flatMap(({ is, live, from, archived, database }) =>
      archived
        ? [
            `${is} ${live} is restored from ${archived.inside === '.' ? 'all' : archived.inside} of ${from}, ${archived.text}`,
            ...(database
              ? [
                  `${database.engine} in ${live} comes from an archive: it is compared with its bytes, and its server is not asked before the cutover`,
                ]
              : []),
          ]
        : [],
    ),
    ...(unused.length > 0 && data.length > 0
      ? [`not restored from the backup: ${unused.join(', ')}; nothing that the stack writes to has this name`]
      : []),
    ...archives.map((archive) => `${archive.file} is not restored: ${describeArchive(archive)}`),
  ]
}
