const GROUPS = [
  { name: 'backend', folder: 'dist/src/', least: 90 },
  { name: 'pages', folder: 'dist/pages/', least: 80 },
]

interface Judged {
  /** One to a group, such as "backend 95.1 % of 800 lines (90 are required)". */
  readonly lines: readonly string[]
  readonly isEnough: boolean
}

/** Judges a report in the form of lcov. `files` are all files of the program: one that no test loads counts as not run. */
export function judge(lcov: string, files: ReadonlyMap<string, string>): Judged {
  const ran = new Map<string, { readonly hit: number; readonly of: number }>()
  for (const record of lcov.split('end_of_record')) {
    const number = (key: string) => Number(new RegExp(`^${key}:(\\d+)$`, 'm').exec(record)?.[1])
    const file = /^SF:(.*)$/m.exec(record)?.[1]
    if (file !== undefined) ran.set(file, { hit: number('LH'), of: number('LF') })
  }
  const groups = GROUPS.map(({ name, folder, least }) => {
    const counts = [...files]
      .filter(([file]) => file.startsWith(folder) && file.endsWith('.js'))
      .map(([file, content]) => ran.get(file) ?? { hit: 0, of: content.split('\n').length })
    const sum = (key: 'hit' | 'of') => counts.reduce((total, one) => total + one[key], 0)
    const percent = (100 * sum('hit')) / sum('of')
    return {
      line: `${name} ${percent.toFixed(1)} % of ${sum('of')} lines (${least} % are required)`,
      // Without files it is NaN, and not enough.
      isEnough: percent >= least,
    }
  })
  return { lines: groups.map(({ line }) => line), isEnough: groups.every(({ isEnough }) => isEnough) }
}
