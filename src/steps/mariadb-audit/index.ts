import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { imageName, volumeName } from '../../fields/names.ts'
import { question } from '../../shell/command.ts'
import { amount, many, maybe, readFacts } from '../facts.ts'
import { scratchOf } from '../shared/owner-label.ts'
import { shellFile, textFile } from '../../shell/shell-file.ts'
import { checkKind, blockedOnMissing, type Values } from '../step-kind.ts'
import { formatBytes } from '../format.ts'

const fields = {
  backup: absolutePath.meta({
    description:
      'The data directory of the backup, or a directory that holds one; its server was stopped cleanly',
  }),
  image: imageName.meta({
    description: "The image that serves scratch copies: on the host, and of the backup's version",
  }),
  volume: volumeName.meta({
    description: 'A restored volume that nothing uses yet; a scratch copy of it is served alone',
  }),
}

const LOOK_SECONDS = 3600
const AUDIT_SECONDS = 7 * 86_400

/**
 * Serves scratch copies of a backup and of a restored volume, and compares all of their tables, row by row by sums, with
 * definitions, triggers and users. Nothing is written to either: the copies need both sizes on the engine's disk, unless
 * it can share blocks.
 */
export const mariadbAudit = checkKind({
  kind: 'mariadb-audit',
  summary: 'A restored volume of MariaDB holds exactly the rows of its backup, which was stopped cleanly',
  fields,
  timeoutMinutes: 240,

  describe: ({ volume, backup }) => `compare the rows of volume ${volume} with the backup ${backup}`,
  effects: ({ backup, image, volume }) => [
    { how: 'reads', what: 'path', name: backup },
    { how: 'reads', what: 'image', name: image },
    { how: 'reads', what: 'volume', name: volume },
  ],

  async inspect(step, host) {
    const output = await host.ask(
      question(shellFile('mariadb-audit/inspect.sh', step), { timeoutSeconds: LOOK_SECONDS }),
    )
    const found = readFacts(output, {
      ...{
        backup: maybe,
        backupProblem: maybe,
        volume: maybe,
        volumeProblem: maybe,
        usedBy: many,
        image: maybe,
      },
      needed: z.array(z.string().regex(/^\d+$/).transform(Number)).default([]),
      free: amount,
    })
    const refuseWhere = (problem: string | undefined, what: string) => {
      if (problem) throw new StepRefused(`${what} ${problem}`)
    }
    if (!found.backup) return blockedOnMissing('path', step.backup, `the backup ${step.backup}`)
    refuseWhere(found.backupProblem, `the backup ${step.backup}`)
    if (!found.image) return blockedOnMissing('image', step.image, `the image ${step.image}`)
    if (!found.volume) return blockedOnMissing('volume', step.volume, `volume ${step.volume}`)
    refuseWhere(found.volumeProblem, `volume ${step.volume}`)
    if (found.usedBy.length > 0) {
      throw new StepRefused(
        `volume ${step.volume} is used by container ${found.usedBy.join(', ')}; only a volume at rest can be audited`,
      )
    }
    const needed = Math.ceil(found.needed.reduce((sum, bytes) => sum + bytes, 0) * 1.05)
    if (needed > found.free) {
      throw new StepRefused(
        `scratch copies for the audit need ${formatBytes(needed)} (with 5 % to spare), but ${formatBytes(found.free)} are free ` +
          "on the engine's disk; make room",
      )
    }
    return {}
  },

  async verify(step, host) {
    const { backup, volume, image } = step
    const sql = (name: string) => textFile(`mariadb-audit/${name}.sql`)
    const script = shellFile('mariadb-audit/verify.sh', {
      ...scratchOf(image, host),
      ...{ backup, volume, compare: textFile('mariadb-audit/compare.awk') },
      ...{ rows_sql: sql('rows'), definitions_sql: sql('definitions'), checks_sql: sql('checks') },
    })
    const asked = question(script, { timeoutSeconds: AUDIT_SECONDS })
    const { stdout } = await host.measure('audit', asked, (line) => {
      const [, text] = /^progress=(.+)$/.exec(line) ?? []
      return text === undefined ? undefined : { text }
    })
    const { broken } = readFacts(stdout, { broken: maybe })
    if (broken !== undefined) throw new StepNotVerified(unreadable(step, broken))
    const found = readFacts(stdout, {
      ...{ tables: amount, rows: amount, differ: amount, difference: many, checked: amount, bad: many },
    })
    const differences = [...found.difference, ...found.bad.map((said) => `check table: ${said}`)]
    if (differences.length > 0) {
      throw new StepNotVerified(`volume ${step.volume} does not equal the backup ${step.backup}`, differences)
    }
    const { tables, rows, checked } = found
    return {
      summary:
        `volume ${step.volume} equals the backup ${step.backup}: ${tables} tables with ${rows} rows, by sums of the sha256 of ` +
        `every row, and their definitions; ${checked} tables are well by CHECK TABLE; both were shut down cleanly`,
      strength: 'proven',
      facts: { tables, rows, checked },
    }
  },
})

function unreadable({ backup, volume }: Values<typeof fields>, broken: string): string {
  const [side = '', why = ''] = broken.split(/\|(.*)/s)
  return `${side === 'backup' ? `the backup ${backup}` : `volume ${volume}`} cannot be read: ${why || 'nothing was said'}`
}
