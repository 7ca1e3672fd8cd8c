import { z } from 'zod'
import { listOf } from '../../fields/list.ts'
import { StepNotVerified } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { imageName, volumeName } from '../../fields/names.ts'
import { databaseName, tableName } from '../../fields/postgres.ts'
import type { HostView, Progress } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { amount, many, maybe, readFacts } from '../facts.ts'
import { inspectAudit, auditBlockedOn } from '../shared/postgres-at-rest.ts'
import { scratchOf } from '../shared/owner-label.ts'
import { shellFile, textFile } from '../../shell/shell-file.ts'
import {
  serverEnvironment,
  serverFields,
  serverInWords,
  serverName,
  serverOf,
  wrongServer,
} from '../shared/postgres-server.ts'
import { checkKind, type Effect, type Values } from '../step-kind.ts'

const fields = {
  backup: absolutePath.meta({
    description:
      'The data directory of the backup, or a directory that holds one; its server was stopped cleanly',
  }),
  image: imageName.meta({
    description: "The image that serves scratch copies: on the host, and of the backup's major version",
  }),
  ...serverFields,
  volume: volumeName.optional().meta({
    description:
      'Instead of a server: a restored volume that nothing uses yet; a scratch copy of it is served alone',
  }),
  databases: z
    .union([z.literal('all'), z.array(databaseName).min(1).max(100)])
    .default('all')
    .meta({ description: 'Databases to compare; all unless said' }),
  tables: z
    .union([z.literal('all'), z.array(tableName).min(1).max(1000)])
    .default('all')
    .meta({
      description: 'Tables to compare, with their sequences; all, with views and functions, unless said',
    }),
  mayDiffer: listOf(z.array(tableName).max(100)).default([]).meta({
    description:
      'Tables that applications write to at their start: rows and sequences may differ, not the definition',
  }),
}
type Step = Values<typeof fields>

const AUDIT_SECONDS = 7 * 86_400

/**
 * Serves a scratch copy of a backup and compares all of its tables, row by row by sums, with a live server or a restored
 * volume. Nothing is written to either: a copy needs the backup's size on the engine's disk, unless it can share blocks.
 */
export const postgresAudit = checkKind({
  kind: 'postgres-audit',
  summary: 'A PostgreSQL server, or a restored volume, holds exactly the rows of its backup',
  fields,
  timeoutMinutes: 240,
  usualSeconds: 60,

  validate(step) {
    if (step.volume === undefined) return wrongServer(step)?.replace('either', 'either volume:,')
    return (step.container ?? step.project ?? step.service)
      ? 'needs either volume: or a server that runs, and not both'
      : undefined
  },
  describe: (step) => `compare the rows of ${otherSide(step)} with the backup ${step.backup}`,
  effects: (step) => [
    { how: 'reads', what: 'path', name: step.backup },
    { how: 'reads', what: 'image', name: step.image },
    step.volume === undefined
      ? ({ how: 'reads', what: 'database', name: serverName(step) } satisfies Effect)
      : ({ how: 'reads', what: 'volume', name: step.volume } satisfies Effect),
  ],

  async inspect(step, host) {
    const found = await inspectAudit(step, host)
    const waited = auditBlockedOn(step, found)
    return waited ?? {}
  },

  async verify(step, host) {
    const asked = question(shellFile('postgres-audit/verify.sh', auditOf(step, host)), {
      environment: serverEnvironment(step),
      timeoutSeconds: AUDIT_SECONDS,
    })
    const { stdout } = await host.measure('audit', asked, auditProgress)
    const { noServer, broken } = readFacts(stdout, { noServer: maybe, broken: maybe })
    if (noServer !== undefined) throw new StepNotVerified(noServer)
    if (broken !== undefined) throw new StepNotVerified(unreadable(step, broken))
    const found = readFacts(stdout, {
      databases: amount,
      tables: amount,
      compared: amount,
      rows: amount,
      sequences: amount,
      others: amount,
      differ: amount,
      difference: many,
      free: many,
      missingDatabase: many,
      extraDatabase: many,
      indexes: z.array(z.string().regex(/^\d+$/).transform(Number)),
      unchecked: many,
      badIndex: many,
    })
    const differences = [
      ...found.missingDatabase.map((name) => `database ${name}: missing in ${otherSide(step)}`),
      ...found.extraDatabase.map((name) => `database ${name}: only in ${otherSide(step)}`),
      ...found.difference,
      ...found.badIndex.map((said) => `index: ${said}`),
    ]
    if (differences.length > 0) {
      throw new StepNotVerified(`${otherSide(step)} does not equal the backup ${step.backup}`, differences)
    }
    if (found.compared === 0) {
      throw new StepNotVerified(`the backup ${step.backup} has no table to compare; is it the right one?`)
    }
    const indexes = found.indexes.reduce((sum, one) => sum + one, 0)
    const { databases, tables, rows, sequences } = found
    return {
      summary: summaryOf(step, { ...found, indexes }),
      strength: 'proven',
      facts: { databases, tables, rows, sequences, indexes, mayDiffer: found.free },
    }
  },
})

function auditOf(step: Step, host: HostView) {
  const { backup, image, volume, databases, tables, mayDiffer } = step
  const names = tables === 'all' ? [] : tables
  return {
    ...scratchOf(image, host),
    ...serverOf(step),
    ...{ backup, volume: volume ?? '', tables: JSON.stringify(names), wanted: names },
    databases: databases === 'all' ? [] : databases,
    may_differ: mayDiffer,
    other: otherInWords(step),
    content_sql: textFile('postgres-audit/content.sql'),
    index_sql: textFile('postgres-audit/index.sql'),
    compare: textFile('postgres-audit/compare.awk'),
  }
}

function otherInWords({ volume, container, project, service }: Step): string {
  if (volume !== undefined) return `volume ${volume}`
  return container === undefined ? `${service} of project ${project}` : `container ${container}`
}

function otherSide(step: Step): string {
  return step.volume === undefined ? serverInWords(step) : `volume ${step.volume}`
}

function unreadable(step: Step, broken: string): string {
  const [side = '', why = ''] = broken.split(/\|(.*)/s)
  return `${side === 'backup' ? `the backup ${step.backup}` : otherSide(step)} cannot be read: ${why || 'nothing was said'}`
}

interface Numbers {
  readonly compared: number
  readonly rows: number
  readonly sequences: number
  readonly free: readonly string[]
  readonly indexes: number
  readonly unchecked: readonly string[]
}

function summaryOf(step: Step, { compared, rows, sequences, free, indexes, unchecked }: Numbers): string {
  return [
    `${otherSide(step)} equals the backup ${step.backup}: ${compared} tables with ${rows} rows, by sums of the sha256 of ` +
      `every row, and ${sequences} sequences`,
    ...free.map((line) => `may differ: ${line}`),
    ...(indexes > 0 ? [`${indexes} indexes are well by amcheck`] : []),
    ...(unchecked.length > 0
      ? [`indexes of ${unchecked.join(', ')} not checked: amcheck is not installed there`]
      : []),
  ].join('; ')
}

function auditProgress(line: string): Progress | undefined {
  const [, text] = /^progress=(.+)$/.exec(line) ?? []
  return text === undefined ? undefined : { text }
}
