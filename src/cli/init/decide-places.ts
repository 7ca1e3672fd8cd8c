import { placeName } from '../../init/account.ts'
import { InitRefused } from '../../init/init-refused.ts'
import { isAnonymous } from '../../init/places.ts'
import type { MissingPlace, Stack } from '../../init/stack.ts'
import { quote } from '../../shell/script.ts'
import { askLine, note, someoneIsThere } from '../terminal.ts'

/** What the operator decided; empty where nothing was left to decide. */
export interface Decided {
  /** Another directory of the backup. */
  readonly backup?: string
  /** Places whose live ones stay. */
  readonly keep: readonly string[]
}

/** Returns the command line of init for another directory of the backup. */
type Again = (backup: string | undefined) => string

/**
 * Asks what init must not decide: which of several backups, and whether a place that the backup does not hold keeps its live
 * data. `again` returns the command for a backup.
 * @throws InitRefused without a terminal, and for an answer that stops
 */
export async function decidePlaces(stack: Stack, again: Again): Promise<Decided> {
  if (stack.backups.length > 0) return { backup: await chooseBackup(stack, again), keep: [] }
  const open = stack.missing.filter(({ isKept }) => !isKept)
  if (open.length === 0) return { keep: [] }
  const lines = missingLines(stack, again(stack.backup.directory))
  if (!someoneIsThere()) throw new InitRefused(lines.join('\n'))
  lines.slice(0, -1).forEach(note)
  for (const place of open) {
    const answer = await askLine(
      `keep the live ${placeName(place)} in the restored stack, or stop here (keep or stop)? `,
    )
    if (answer !== 'keep') throw new InitRefused(`stopped; no plan was written\n${lines.at(-1) ?? ''}`)
  }
  return { keep: open.map(({ live }) => live) }
}

async function chooseBackup({ backup, backups }: Stack, again: Again): Promise<string> {
  const paths = backups.map((one) => `${backup.directory}/${one}`)
  const found = `${backup.directory} has ${backups.length} backups of this stack: ${backups.join(', ')}`
  const next = `  next: ${again(paths.at(-1))}`
  if (!someoneIsThere()) throw new InitRefused(`${found}; no plan was written\n${next}`)
  note(found)
  const answer = (await askLine('which one? ')) ?? ''
  if (!backups.includes(answer))
    throw new InitRefused(`there is no backup ${answer || 'without a name'}\n${next}`)
  return `${backup.directory}/${answer}`
}

/** Says which places the backup does not hold, what it has instead, and how to go on. */
function missingLines({ project, backup, missing, data }: Stack, again: string): readonly string[] {
  const open = missing.filter(({ isKept }) => !isKept)
  const [first] = open
  const options = open
    .map(({ is, key, live }) => `--keep ${quote(is === 'directory' || is === 'file' ? live : key)}`)
    .join(' ')
  const place = (first?.is === 'directory' ? first.live : first?.key) ?? ''
  return [
    `the backup ${backup.directory} does not hold all data of ${project}; no plan was written`,
    ...open.flatMap(placeLines),
    `  it holds: ${data.map(({ live, key, from }) => `${isAnonymous(live) ? key : live} in ${from}`).join(', ') || 'none of the places'}`,
    `  if it has the data under another name: ${again} --map ${quote(`${place}=FOLDER`)}, or the file of a dump`,
    `  next: ${again} ${options}   keeps the live data of these places in the restored stack; one that is gone starts empty`,
  ]
}

function placeLines(place: MissingPlace): readonly string[] {
  const { why, holds, candidates, archives } = place
  return [
    `  ${placeName(place)}${holds === '' ? '' : ` (${holds})`}: ${candidates.length > 0 ? `${candidates.join(', ')} fit it equally well` : why}`,
    ...archives.map((line) => `    ${line}`),
  ]
}
