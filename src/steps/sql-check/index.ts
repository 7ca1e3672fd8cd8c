import { z } from 'zod'
import { StepNotVerified } from '../../errors.ts'
import { duration } from '../../fields/duration.ts'
import { databaseName } from '../../fields/postgres.ts'
import { sqlQuery } from '../../fields/sql.ts'
import { question, type Environment } from '../../shell/command.ts'
import type { Script } from '../../shell/script.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { many, maybe, readFacts } from '../facts.ts'
import {
  serverEnvironment,
  serverFields,
  serverInWords,
  serverName,
  serverOf,
  wrongServer,
} from '../shared/postgres-server.ts'
import { checkKind, type Values } from '../step-kind.ts'

const value = z.union([z.string(), z.number(), z.boolean(), z.null()])
type Value = z.infer<typeof value>

const MOST_ROWS = 100

const fields = {
  ...serverFields,
  database: databaseName.default('postgres').meta({ description: 'Where it is asked; postgres unless said' }),
  query: sqlQuery,
  equals: value.optional().meta({ description: 'The one value of the one row of the right answer' }),
  rows: z
    .array(z.array(value).min(1).max(50))
    .max(MOST_ROWS)
    .optional()
    .meta({ description: 'All rows of the right answer in their order, each a list of its values' }),
  contains: z.string().min(1).optional().meta({ description: 'A text in some value of the right answer' }),
  within: duration.default(60).meta({ description: 'How long the query may take; 60 seconds unless said' }),
}
type Step = Values<typeof fields>

/** Asks a PostgreSQL that runs, in one transaction that can only read. It changes nothing: all of its work is the proof. */
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
      wrongServer(step) ?? (expected.length === 1 ? undefined : 'needs one of equals:, rows: and contains:')
    )
  },
  describe: (step) => `ask ${step.database} of ${serverInWords(step)}: ${firstWords(step.query)}`,
  effects: (step) => [{ how: 'reads', what: 'database', name: serverName(step) }],

  async verify(step, host) {
    const asked = question(askScript(step), {
      environment: environmentOf(step),
      timeoutSeconds: step.within + 30,
    })
    const found = readFacts(await host.ask(asked), { noServer: maybe, failed: maybe, row: many })
    if (found.noServer !== undefined) throw new StepNotVerified(found.noServer)
    if (found.failed !== undefined)
      throw new StepNotVerified(`${serverInWords(step)} did not answer the query: ${found.failed}`)
    const rows = found.row.map(readRow)
    const wrong = wrongWith(step, rows)
    if (wrong !== undefined)
      throw new StepNotVerified(`${serverInWords(step)} answered ${firstWords(step.query)} with ${wrong}`)
    return {
      summary: `${serverInWords(step)} answered ${firstWords(step.query)} with ${expectedInWords(step)}`,
      strength: 'observed',
      facts: { rows: rows.length },
    }
  },
})

/** A query stands as a table in another, where nothing but a query can stand; all of it is one statement. */
function askScript(step: Step): Script {
  const query = step.query.trim().replace(/;$/, '')
  const whole = `select 'row=' || coalesce((select json_agg(value) from json_each_text(row_to_json(answer))), '[]')
from (
${query}
) as answer limit ${MOST_ROWS + 1}`
  return shellFile('sql-check/verify.sh', { ...serverOf(step), database: step.database, query: whole })
}

function environmentOf(step: Step): Environment {
  const only = `-c default_transaction_read_only=on -c statement_timeout=${step.within}s -c lock_timeout=${step.within}s`
  return { ...serverEnvironment(step), PGOPTIONS: only }
}

const row = z.array(z.string().nullable())

function readRow(text: string): readonly (string | null)[] {
  return row.parse(JSON.parse(text))
}

type Rows = readonly (readonly (string | null)[])[]

/** What is wrong with the answer, or undefined. Values are compared as their text; numbers as they are written. */
function wrongWith({ equals, rows, contains }: Step, answer: Rows): string | undefined {
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

function expectedInWords({ equals, rows, contains }: Step): string {
  if (contains !== undefined) return `the text ${shown(contains)}`
  if (equals !== undefined) return shown(equals)
  return `exactly the ${rows?.length ?? 0} rows of the plan`
}

function shown(one: Value): string {
  const text = one === null ? 'null' : String(one)
  return text.length > 100 ? `${text.slice(0, 99)}…` : text
}

function firstWords(query: string): string {
  const text = query.replace(/\s+/g, ' ').trim()
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
