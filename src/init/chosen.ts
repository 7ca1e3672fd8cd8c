import { InitRefused } from './init-refused.ts'
import type { Candidate } from './places.ts'

/** What the operator decides about single places: the folder that a place is restored from, or that the live place stays. */
export interface Chosen {
  /** `PLACE=FOLDER`. */
  readonly map: readonly string[]
  readonly keep: readonly string[]
}

interface ChosenOptions {
  readonly places: readonly Candidate[]
  /** The volume's key or the directory's path of each. */
  readonly keys: readonly string[]
  readonly directory: string
  readonly backup: string
}

/** What was chosen for one place. */
export interface Choice {
  /** Its folder, below the backup. */
  readonly folder?: string
  readonly isKept: boolean
}

/** Returns the choice for each place, in order. @throws InitRefused for a place that the stack does not have, or for both of one */
export function choicesOf({ map, keep }: Chosen, options: ChosenOptions): readonly Choice[] {
  const { places, keys, directory, backup } = options
  const find = (name: string, option: string) => {
    const path = name.startsWith('./') ? `${directory}/${name.slice(2)}` : name.replace(/(?<=.)\/+$/, '')
    const found = places.findIndex(({ live }, index) => live === path || keys[index] === path)
    if (found >= 0) return found
    const names = places.map(({ is, live }, index) => (is === 'volume' ? keys[index] : live)).join(', ')
    throw new InitRefused(
      `${option} names ${name}, which is no place that a restore creates anew; this stack has: ${names || 'none'}`,
    )
  }
  const kept = new Set(keep.map((name) => find(name, '--keep')))
  const folders = new Map(
    map.map((text) => {
      const cut = text.indexOf('=')
      if (cut < 1 || cut === text.length - 1)
        throw new InitRefused(`--map ${text} is not PLACE=FOLDER, such as n8n_home=n8n`)
      return [find(text.slice(0, cut), '--map'), folderIn(backup, text.slice(cut + 1))] as const
    }),
  )
  const both = places.find((_, index) => kept.has(index) && folders.has(index))
  if (both) throw new InitRefused(`--keep and --map both name ${both.live}; give one of them`)
  return places.map((_, index) => {
    const folder = folders.get(index)
    return { ...(folder !== undefined && { folder }), isKept: kept.has(index) }
  })
}

/** A folder as given, below the backup. @throws InitRefused for one outside of it */
function folderIn(backup: string, text: string): string {
  const path = text.replace(/\/+$/, '')
  const below = path.startsWith(`${backup}/`) ? path.slice(backup.length + 1) : path
  if (
    below.startsWith('/') ||
    below === '' ||
    below.split('/').some((name) => name === '..' || name === '.' || name === '')
  )
    throw new InitRefused(`--map names ${text}, which is not a folder below the backup ${backup}`)
  return below
}
