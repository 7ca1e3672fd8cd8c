import { z } from 'zod'
import { listOf } from '../../fields/list.ts'
import { StepNotVerified } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { imageName } from '../../fields/names.ts'
import { databaseName, tableName } from '../../fields/postgres.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { shellFile, textFile } from '../../shell/shell-file.ts'
import { amount, many, maybe, readFacts } from '../facts.ts'
import { compareSides, dataAtRestBlockedOn } from '../shared/scratch-audit.ts'
import { scratchPostgresOf, serverOptions } from '../shared/scratch-options.ts'
import {
  containerNameProblem,
  definitionQueries,
  describeContainer,
  serverEnvironment,
  serverFields,
  serverName,
  serverOf,
} from '../shared/postgres-server.ts'
import {
  lackedRows,
  liveFact,
  liveEffects,
  liveFacts,
  liveServer,
  liveVariables,
  type LiveRows,
} from '../shared/live-rows.ts'
import { describeRestored, restoredFields, restoredPlace, restoredProblem } from '../shared/restored-place.ts'
import { checkKind, type Values } from '../step-kind.ts'

const fields = {
  backup: absolutePath.meta({
    description:
      'The data directory of the backup, or a directory that holds one. Its server was stopped cleanly',
  }),
  image: imageName.meta({
    description: "The image that serves scratch copies. It is on the host, and of the backup's major version",
  }),
  ...serverFields,
  options: serverOptions,
  ...restoredFields,
  live: liveServer,
  databases: z
    .union([z.literal('all'), z.array(databaseName).min(1).max(100)])
    .default('all')
    .meta({ description: 'Databases to compare. Default: all' }),
  tables: z
    .union([z.literal('all'), z.array(tableName).min(1).max(1000)])
    .default('all')
    .meta({
      description: 'Tables to compare, with their sequences. Default: all, and every other object',
    }),
  mayDiffer: listOf(
    z
      .array(
        z.union([tableName, z.string().regex(/^role \S.*$/)], {
          error: 'must be schema.table, such as public.entries, or a role: "role app"',
        }),
      )
      .max(100),
  )
    .default([])
    .meta({
      description:
        'Tables that applications write to when they start. Their rows and sequences may differ; their definitions may not. ' +
        'Roles that a step has changed, such as "role app": their password and attributes may differ',
    }),
}
type Step = Values<typeof fields>

const AUDIT_SECONDS = 7 * 86_400

const NOT_COMPARED =
  'collations, operators, text search configurations, languages, tablespaces, security labels, server configuration, replication slots, and the ledger of migrations (schema reinstate)'

/**
 * Serves a scratch copy of a backup and compares it with a live server, or with a restored volume or directory: rows of tables by checksums,
 * every other object by its definition. Writes to neither. The scratch copy takes the backup's size on the engine's disk,
 * unless its file system shares blocks.
 */
export const postgresAudit = checkKind({
  kind: 'postgres-audit',
  summary: 'A PostgreSQL server, or a restored volume, holds exactly the rows and objects of its backup',
  fields,
  timeoutMinutes: 240,
  usualSeconds: 60,

  validate(step) {
    if (!restoredPlace(step)) {
      const problem = containerNameProblem(step, { or: 'volume:, path:' })
      return problem ?? (step.live ? 'needs volume: or path: where it has live:' : undefined)
    }
    return (step.container ?? step.project ?? step.service)
      ? 'needs either volume: or path:, or a running server, and not both'
      : restoredProblem(step)
  },
  describe: (step) => `compare the rows of ${otherSide(step)} with the backup ${step.backup}`,
  effects: (step) => [
    { how: 'reads', what: 'path', name: step.backup },
    { how: 'reads', what: 'image', name: step.image },
    restoredPlace(step) ?? { how: 'reads', what: 'database', name: serverName(step) },
    ...liveEffects(step.live),
  ],

  async inspect(step, host) {
    return (await dataAtRestBlockedOn('postgres', step, host)) ?? {}
  },

  async verify(step, host) {
    const audit = question(shellFile('postgres-audit/verify.sh', variablesOf(step, host)), {
      environment: serverEnvironment(step),
      timeoutSeconds: AUDIT_SECONDS,
    })
    const sides = { backup: step.backup, other: otherSide(step) }
    const stdout = await compareSides(host, { name: 'audit', question: audit, ...sides })
    const { noServer } = readFacts(stdout, { noServer: maybe })
    if (noServer !== undefined) throw new StepNotVerified(noServer)
    const found = readFacts(stdout, {
      ...{ databases: amount, tables: amount, compared: amount, rows: amount, sequences: amount },
      ...{ others: amount, differ: amount, difference: many, free: many },
      ...{ unchecked: many, badIndex: many, remark: many },
      ...liveFacts,
      indexes: z.array(z.string().regex(/^\d+$/).transform(Number)),
    })
    const differences = [...found.difference, ...found.badIndex.map((error) => `index: ${error}`)]
    if (differences.length > 0) {
      // A changed collation is the usual cause of a wrong order in an index.
      const advice = found.badIndex.length > 0 ? found.remark : []
      throw new StepNotVerified(`${otherSide(step)} does not equal the backup ${step.backup}`, [
        ...differences,
        ...advice,
      ])
    }
    if (found.compared === 0) {
      throw new StepNotVerified(`the backup ${step.backup} has no table to compare; is it the right one?`)
    }
    const indexes = found.indexes.reduce((sum, one) => sum + one, 0)
    const { databases, tables, rows, sequences, others, free } = found
    return {
      summary: summaryOf(step, { ...found, indexes }),
      strength: 'proven',
      facts: {
        ...{ databases, tables, rows, sequences, others, indexes, mayDiffer: free },
        ...liveFact(found),
      },
    }
  },
})

function variablesOf(step: Step, host: HostView) {
  const { backup, image, databases, tables, mayDiffer } = step
  const names = tables === 'all' ? [] : tables
  return {
    ...scratchPostgresOf({ image, options: step.options }, host),
    ...serverOf(step),
    ...liveVariables(step.live, 'postgres'),
    ...{ backup, restored: restoredPlace(step)?.name ?? '', tables: JSON.stringify(names), wanted: names },
    ...{ databases: databases === 'all' ? [] : databases, may_differ: mayDiffer, other: otherSide(step) },
    ...definitionQueries(),
    rows: textFile('shared/postgres-rows.sql'),
    globals_sql: textFile('postgres-audit/globals.sql'),
    content_sql: textFile('postgres-audit/content.sql'),
    index_sql: textFile('postgres-audit/index.sql'),
    remarks_sql: textFile('postgres-audit/remarks.sql'),
    compare: textFile('postgres-audit/compare.awk'),
  }
}

function otherSide(step: Step): string {
  return restoredPlace(step) ? describeRestored(step) : describeContainer(step)
}

interface Numbers extends LiveRows {
  readonly compared: number
  readonly rows: number
  readonly sequences: number
  readonly others: number
  readonly free: readonly string[]
  readonly indexes: number
  readonly unchecked: readonly string[]
  readonly remark: readonly string[]
}

function summaryOf(step: Step, numbers: Numbers): string {
  const { compared, rows, sequences, others, free, indexes, unchecked, remark } = numbers
  return [
    `${otherSide(step)} equals the backup ${step.backup}: ${compared} tables with ${rows} rows, by sums of the sha256 of ` +
      `every row, ${sequences} sequences` +
      (step.tables === 'all'
        ? `, and ${others} other objects, roles and privileges among them, by their definition`
        : ''),
    ...lackedRows(step.live, numbers),
    ...free.map((line) => `may differ: ${line}`),
    ...(indexes > 0 ? [`${indexes} indexes pass amcheck`] : []),
    ...(unchecked.length > 0
      ? [`indexes of ${unchecked.join(', ')} not checked: amcheck is not installed there`]
      : []),
    ...remark.map((line) => `remark: ${line}`),
    `not compared: ${notCompared(step)}`,
  ].join('; ')
}

function notCompared({ tables, databases }: Step): string {
  if (tables !== 'all') return 'other tables, roles, privileges and every other object'
  return databases === 'all' ? NOT_COMPARED : `other databases, ${NOT_COMPARED}`
}
