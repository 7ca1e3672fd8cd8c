import { StepNotVerified } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { imageName } from '../../fields/names.ts'
import { question } from '../../shell/command.ts'
import { shellFile, textFile } from '../../shell/shell-file.ts'
import { amount, many, readFacts } from '../facts.ts'
import { compareSides, dataAtRestBlockedOn } from '../shared/scratch-audit.ts'
import { scratchMariadbOf, serverOptions } from '../shared/scratch-options.ts'
import {
  lackedRows,
  liveFact,
  liveEffects,
  liveFacts,
  liveServer,
  liveVariables,
} from '../shared/live-rows.ts'
import {
  describeRestored,
  restoredEffects,
  restoredFields,
  restoredPlace,
  restoredProblem,
} from '../shared/restored-place.ts'
import { checkKind } from '../step-kind.ts'

const fields = {
  backup: absolutePath.meta({
    description:
      'The data directory of the backup, or a directory that holds one. Its server was stopped cleanly',
  }),
  image: imageName.meta({
    description: "The image that serves scratch copies. It is on the host, and of the backup's version",
  }),
  options: serverOptions,
  ...restoredFields,
  live: liveServer,
}

const AUDIT_SECONDS = 7 * 86_400

/**
 * Serves scratch copies of a backup and of a restored volume or directory and compares them: rows of tables by checksums (users and
 * privileges are rows of the schema mysql), and definitions. Writes to neither. The scratch copies take both sizes on the
 * engine's disk, unless its file system shares blocks.
 */
export const mariadbAudit = checkKind({
  kind: 'mariadb-audit',
  summary: 'A restored volume of MariaDB holds exactly the rows of its backup, which was stopped cleanly',
  fields,
  timeoutMinutes: 240,

  oneOf: [['volume', 'path']],
  validate: restoredProblem,
  describe: (step) => `compare the rows of ${describeRestored(step)} with the backup ${step.backup}`,
  effects: (step) => [...restoredEffects(step), ...liveEffects(step.live)],

  async inspect(step, host) {
    return (await dataAtRestBlockedOn('mariadb', step, host)) ?? {}
  },

  async verify({ backup, image, options, live, ...place }, host) {
    const other = describeRestored(place)
    const sql = (name: string) => textFile(`mariadb-audit/${name}.sql`)
    const script = shellFile('mariadb-audit/verify.sh', {
      ...scratchMariadbOf({ image, options }, host),
      ...{ backup, compare: textFile('mariadb-audit/compare.awk') },
      restored: restoredPlace(place)?.name ?? '',
      ...liveVariables(live, 'mariadb'),
      ...{ rows_sql: sql('rows'), definitions_sql: sql('definitions'), checks_sql: sql('checks') },
    })
    const audit = question(script, { timeoutSeconds: AUDIT_SECONDS })
    const sides = { backup, other }
    const stdout = await compareSides(host, { name: 'audit', question: audit, ...sides })
    const found = readFacts(stdout, {
      ...{
        tables: amount,
        rows: amount,
        differ: amount,
        difference: many,
        checked: amount,
        bad: many,
        remark: many,
      },
      ...liveFacts,
    })
    const differences = [...found.difference, ...found.bad.map((error) => `check table: ${error}`)]
    if (differences.length > 0) {
      throw new StepNotVerified(`${other} does not equal the backup ${backup}`, differences)
    }
    const { tables, rows, checked } = found
    return {
      summary:
        `${other} equals the backup ${backup}: ${tables} tables with ${rows} rows, by sums of the sha256 of ` +
        'every row, users and privileges among them, and the definitions of schemas, tables, views and triggers; ' +
        lackedRows(live, found)
          .map((line) => `${line}; `)
          .join('') +
        `${checked} tables pass CHECK TABLE; both were shut down cleanly; ` +
        found.remark.map((line) => `remark: ${line}; `).join('') +
        'not compared: server configuration, statistics, logs, replication state',
      strength: 'proven',
      facts: { tables, rows, checked, ...liveFact(found) },
    }
  },
})
