import { z } from 'zod'
import { StepNotVerified } from '../../errors.ts'
import { duration } from '../../fields/duration.ts'
import { databaseName } from '../../fields/postgres.ts'
import { sqlQuery } from '../../fields/sql.ts'
import { question, type Environment } from '../../shell/command.ts'
import type { Script } from '../../shell/script.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { many, maybe, readFacts } from '../facts.ts'
import { truncate } from '../format.ts'
import {
  serverEnvironment,
  serverFields,
  describeContainer,
  serverName,
  serverOf,
  containerNameProblem,
} from '../shared/postgres-server.ts'
import { checkKind, type Values } from '../step-kind.ts'

const value = z.union([z.string(), z.number(), z.boolean(), z.null()])
type Value = z.infer<typeof value>

const MOST_ROWS = 100

const fields = {
  ...serverFields,
  database: databaseName
    .default('postgres')
    .meta({ description: 'The database to query. Default: postgres' }),
  query: sqlQuery,
  equals: value.optional().meta({ description: 'The single value of the single row of the expected answer' }),
  rows: z
    .array(z.array(value).min(1).max(50))
    .max(MOST_ROWS)
    .optional()
    .meta({ description: 'All rows of the expected answer in order, each a list of its values' }),
  contains: z.string().min(1).optional().meta({ description: 'A text in some value of the expected answer' }),
  within: duration.default(60).meta({ description: 'Timeout of the query. Default: 60 seconds' }),
}
type Step = Values<typeof fields>

/** Queries a running PostgreSQL server in one read-only transaction. */
export const sqlCheck = checkKind({
  kind: 'sql-check',
  summary: 'A query to a PostgreSQL server gives the expected rows',
  fields,
  oneOf: [['equals', 'rows', 'contains']],
  timeoutMinutes: 60,
  usualSeconds: 3,

  validate(step) {
    const expected = [step.equals, step.rows, step.contains].filter((one) => one !== undefined)
    return (
      containerNameProblem(step) ??
      (expected.length === 1 ? undefined : 'needs one of equals:, rows: and contains:')
    )
  },
  describe: (step) => `query ${step.database} of ${describeContainer(step)}: ${oneLine(step.query)}`,
  effects: (step) => [{ how: 'reads', what: 'database', name: serverName(step) }],

  async verify(step, host) {
    const query = question(queryScript(step), {
      environment: environmentOf(step),
      timeoutSeconds: step.within + 30,
    })
    const found = readFacts(await host.ask(query), { noServer: maybe, failed: maybe, row: many })
    if (found.noServer !== undefined) throw new StepNotVerified(found.noServer)
    if (found.failed !== undefined)
      throw new StepNotVerified(`${describeContainer(step)} did not answer the query: ${found.failed}`)
    const rows = found.row.map(readRow)
    const difference = differenceOf(step, rows)
    if (difference !== undefined)
      throw new StepNotVerified(
        `${describeContainer(step)} answered ${oneLine(step.query)} with ${difference}`,
      )
    return {
      summary: `${describeContainer(step)} answered ${oneLine(step.query)} with ${expectedAnswer(step)}`,
      strength: 'observed',
      facts: { rows: rows.length },
    }
  },
})

/** Embeds the query as a derived table, where PostgreSQL accepts nothing but a query. */
function queryScript(step: Step): Script {
  const query = step.query.trim().replace(/;$/, '')
  const whole = `select 'row=' || coalesce((select json_agg(value) from json_each_text(row_to_json(answer))), '[]')
from (
${query}
) as answer limit ${MOST_ROWS + 1}`
  return shellFile('sql-check/verify.sh', { ...serverOf(step), database: step.database, query: whole })
}

function environmentOf(step: Step): Environment {
  const readOnly = `-c default_transaction_read_only=on -c statement_timeout=${step.within}s -c lock_timeout=${step.within}s`
  return { ...serverEnvironment(step), PGOPTIONS: readOnly }
}

const row = z.array(z.string().nullable())

function readRow(text: string): readonly (string | null)[] {
  return row.parse(JSON.parse(text))
}

type Rows = readonly (readonly (string | null)[])[]

/** How the answer differs from the expected one, or undefined. Compares values as text. */
function differenceOf({ equals, rows, contains }: Step, answer: Rows): string | undefined {
  const count = answer.length > MOST_ROWS ? `more than ${MOST_ROWS}` : String(answer.length)
  if (contains !== undefined) {
    const found = answer.some((values) => values.some((one) => one?.includes(contains)))
    return found ? undefined : `${count} rows, none of which contains the text ${shown(contains)}`
  }
  const expected = equals === undefined ? (rows ?? []) : [[equals]]
  if (expected.length !== answer.length)
    return `${count} ${answer.length === 1 ? 'row' : 'rows'}, not ${expected.length}`
  const at = expected.findIndex((values, index) => !sameRow(values, answer[index] ?? []))
  if (at < 0) return undefined
  const values = (answer[at] ?? []).map(shown).join(', ')
  return `${values}${expected.length > 1 ? ` in row ${at + 1}` : ''}, not ${(expected[at] ?? []).map(shown).join(', ')}`
}

function sameRow(expected: readonly Value[], values: readonly (string | null)[]): boolean {
  return (
    expected.length === values.length &&
    expected.every((one, index) => (one === null ? null : String(one)) === values[index])
  )
}

function expectedAnswer({ equals, rows, contains }: Step): string {
  if (contains !== undefined) return `the text ${shown(contains)}`
  if (equals !== undefined) return shown(equals)
  return `exactly the ${rows?.length ?? 0} rows of the plan`
}

function shown(one: Value): string {
  return truncate(one === null ? 'null' : String(one), 100)
}

function oneLine(query: string): string {
  return truncate(query.replace(/\s+/g, ' ').trim(), 80)
}
