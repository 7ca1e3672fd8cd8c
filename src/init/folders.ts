import { distinct } from './names.ts'

/** Something that a backup may hold: a volume, or a directory of the host. */
export interface Backed {
  /** A volume's full name, or a directory by its whole path. */
  readonly live: string
  /** What its folder is called: a volume's key, a directory's path below the project. */
  readonly called: string
  /** What people may call it too, where nothing else could be meant: a directory's own name. */
  readonly or?: string
  /** Where that is another's too: a volume's full name, a directory's whole path; as they were before any run. */
  readonly whole: string
}

export interface Folder {
  readonly name: string
  /** Whether the backup holds it. */
  readonly there: boolean
}

/**
 * The folder of the backup to each of these, in order, and no folder to two: a name that fits several belongs to none.
 * Where the backup holds none of its names, the first that is its own.
 */
export function foldersOf(all: readonly Backed[], inBackup: readonly string[]): readonly Folder[] {
  const whole = distinct(all.map(({ whole }) => plainName(whole)))
  return all.map((one, index) => {
    const others = all.filter((other) => other !== one)
    const own = [
      ...(others.some(({ called }) => called === one.called) ? [] : [one.called]),
      ...(one.or === undefined || others.some((other) => fits(one.or, other)) ? [] : [one.or]),
      whole[index] ?? '',
    ]
    const there = own.find((name) => inBackup.includes(name))
    return { name: there ?? own[0] ?? '', there: there !== undefined }
  })
}

/** The folders of the backup that fit several, a sentence to each. */
export function ambiguitiesOf(all: readonly Backed[], inBackup: readonly string[]): readonly string[] {
  const expected = foldersOf(all, inBackup)
  return inBackup.flatMap((folder) => {
    const fitting = all.filter((one) => fits(folder, one))
    if (fitting.length < 2 || expected.some(({ name }) => name === folder)) return []
    const names = fitting.map((one) => `${expected[all.indexOf(one)]?.name ?? ''} for ${one.live}`)
    return [
      `the folder ${folder} of the backup fits ${fitting.length} places, and is restored into none: call it ${names.join(', or ')}`,
    ]
  })
}

function fits(name: string | undefined, { called, or }: Backed): boolean {
  return name === called || name === or
}

/** `srv-shop-uploads` of a path; a volume's name as it is. */
export function plainName(text: string): string {
  return text.replace(/^\/+/, '').replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
}
