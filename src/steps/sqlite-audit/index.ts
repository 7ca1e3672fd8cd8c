import { z } from 'zod'
import { StepNotVerified } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { volumeName } from '../../fields/names.ts'
import { relativePath } from '../../fields/relative-path.ts'
import { question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { many, readFacts } from '../facts.ts'
import { countOf } from '../format.ts'
import { auditProgress } from '../shared/scratch-audit.ts'
import { readerImages, scratchSqliteOf, sqliteAtRest } from '../shared/sqlite-files.ts'
import { checkKind, type Effect } from '../step-kind.ts'

const fields = {
  backup: absolutePath.meta({ description: 'The directory of the backup that holds the files' }),
  files: z.array(relativePath).min(1).max(50).meta({
    description: 'The SQLite files, relative to the directory; with each, its -wal and -journal are read',
  }),
  live: absolutePath.optional().meta({
    description:
      'The directory with the live files: the step says how many rows they have that the backup lacks',
  }),
  liveVolume: volumeName.optional().meta({ description: 'Alternative to live: a volume' }),
  images: readerImages,
}

const AUDIT_SECONDS = 86_400

/**
 * Checks SQLite files of a backup in scratch copies and counts their rows, and those of the live files. Changes neither.
 * volume-restore proves that restored files equal those of the backup, so they are not read again.
 */
export const sqliteAudit = checkKind({
  kind: 'sqlite-audit',
  summary:
    'SQLite files of a backup pass the integrity check. The evidence says how many rows of the live files the backup lacks',
  fields,
  oneOf: [['live', 'liveVolume']],
  isAudit: true,
  timeoutMinutes: 240,
  usualSeconds: 5,

  validate: ({ live, liveVolume }) =>
    live !== undefined && liveVolume !== undefined ? 'needs at most one of live: and liveVolume:' : undefined,
  describe: ({ backup, files }) => `check ${countOf(files.length, 'SQLite file')} of the backup ${backup}`,
  effects: ({ backup, live, liveVolume, images }) => [
    { how: 'reads', what: 'path', name: backup },
    ...(live === undefined ? [] : [{ how: 'reads', what: 'path', name: live } as const]),
    ...(liveVolume === undefined ? [] : [{ how: 'reads', what: 'volume', name: liveVolume } as const]),
    ...images.map((name): Effect => ({ how: 'reads', what: 'image', name })),
  ],

  inspect: (step, host) => sqliteAtRest(step, host),

  async verify({ backup, files, live, liveVolume, images }, host) {
    const script = shellFile('sqlite-audit/verify.sh', {
      ...{ ...scratchSqliteOf(images, host), backup, files },
      ...{ live: live ?? '', live_volume: liveVolume ?? '' },
    })
    const audit = question(script, { timeoutSeconds: AUDIT_SECONDS })
    const { stdout } = await host.measure('audit', audit, auditProgress)
    const found = readFacts(stdout, {
      ...{ wrong: numbered, remark: numbered, unread: numbered },
      ...{ tables: numbered, rows: numbered, liveRows: numbered, lacks: numbered },
    })
    const named = (lines: readonly Numbered[]) =>
      lines.map(({ number, text }) => `${files[number - 1] ?? ''}: ${text}`)
    if (found.wrong.length > 0)
      throw new StepNotVerified(`the backup ${backup} is damaged`, named(found.wrong))
    const of = (lines: readonly Numbered[], number: number) =>
      lines.find((line) => line.number === number)?.text
    const read = files.flatMap((file, index) => {
      const rows = of(found.rows, index + 1)
      if (rows === undefined) return []
      const liveRows = of(found.liveRows, index + 1)
      const lacks = found.lacks.filter(({ number }) => number === index + 1).map(({ text }) => lackLine(text))
      return [
        `${file}: ${countOf(Number(of(found.tables, index + 1)), 'table')} with ${countOf(Number(rows), 'row')}` +
          (liveRows === undefined ? '' : `; the live one has ${countOf(Number(liveRows), 'row')}`) +
          (lacks.length === 0 ? '' : `, and the backup lacks ${lacks.slice(0, 5).join(', ')}`),
      ]
    })
    const remarks = named(found.remark).map((line) => `remark: ${line}`)
    if (found.unread.length > 0) {
      return {
        summary: [
          `not checked: ${files.join(', ')}: neither the host nor an image of images: has a program that reads SQLite; install sqlite3 on the host`,
          ...remarks,
        ].join('; '),
        strength: 'stated',
      }
    }
    return {
      summary: ['the integrity check passes', ...read, ...remarks].join('; '),
      strength: 'observed',
      facts: { rows: sumOf(found.rows), liveRows: sumOf(found.liveRows) },
    }
  },
})

interface Numbered {
  readonly number: number
  readonly text: string
}

/** Lines `NUMBER|TEXT`. */
const numbered = many.transform((lines) =>
  lines.map((line): Numbered => ({
    number: Number(line.split('|')[0]),
    text: line.slice(line.indexOf('|') + 1),
  })),
)

/** `170 rows of entries` for `entries|10|180`. */
function lackLine(text: string): string {
  const [, table = '', backup, live] = /^(.*)\|(\d+)\|(\d+)$/.exec(text) ?? []
  return `${countOf(Number(live) - Number(backup), 'row')} of ${table}`
}

function sumOf(lines: readonly Numbered[]): number {
  return lines.reduce((sum, { text }) => sum + Number(text), 0)
}
