import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { duration } from '../../fields/duration.ts'
import { line } from '../../fields/line.ts'
import { databaseName, schemaName } from '../../fields/postgres.ts'
import { planFile, type Contents } from '../../fields/plan-file.ts'
import { statementsOf } from '../../fields/sql-statements.ts'
import type { HostView } from '../../host/host.ts'
import { command, question } from '../../shell/command.ts'
import { shellFile, textFile } from '../../shell/shell-file.ts'
import { many, maybe, readFacts } from '../facts.ts'
import { countOf, truncate } from '../format.ts'
import {
  containerNameProblem,
  definitionQueries,
  describeContainer,
  serverBlockedOn,
  serverEnvironment,
  serverFields,
  serverName,
  serverOf,
} from '../shared/postgres-server.ts'
import { changeKind, type Values } from '../step-kind.ts'

const fields = {
  ...serverFields,
  database: databaseName,
  changes: z.array(schemaName).min(1).max(20).meta({
    description:
      'The schemas that the migration may change. No definition and no row outside them may differ afterwards',
  }),
  up: planFile.meta({
    description:
      'The SQL file that makes the change. Its name identifies the migration in these schemas. Once it was applied, its content must not change',
  }),
  down: planFile
    .optional()
    .meta({ description: 'The SQL file that brings back the definitions from before' }),
  cannotUndo: line
    .optional()
    .meta({ description: 'Alternative to down: the reason why the migration cannot be undone' }),
  rowsSince: z
    .enum(['keep', 'drop'])
    .default('keep')
    .meta({
      description:
        'What an undo does with rows that were written after the migration and that down would delete: dumps them first, or not. ' +
        'drop is for projects that this run made. Default: keep',
    }),
  lockTimeout: duration.default(5).meta({
    description:
      'The longest wait for a lock on a table, during which its readers wait too. Then nothing is changed. Default: 5 seconds',
  }),
}
type Step = Values<typeof fields>

/** Up to this number, an inspection shows the beginning of each statement, and the lines of the file. */
const SHOWN = { statements: 20, lines: 40, characters: 90 }

/**
 * Applies a file of SQL in one transaction, together with a row in the table reinstate.applied of the same database. The row
 * is the truth about the migration after any crash. An undo dumps the rows that it would lose, and proves the definitions.
 */
export const sqlMigrate = changeKind({
  kind: 'sql-migrate',
  summary: 'A PostgreSQL database has the objects of one migration, which was applied once and as a whole',
  fields,
  traits: { migrates: true },
  oneOf: [['down', 'cannotUndo']],
  timeoutMinutes: 60,
  usualSeconds: 5,

  validate: (step) => [
    ...[containerNameProblem(step)].filter((problem) => problem !== undefined),
    ...((step.down === undefined) === (step.cannotUndo === undefined)
      ? ['needs either down: or cannotUndo:, and not both']
      : []),
    ...[step.up, ...(step.down ? [step.down] : [])].flatMap((file) => {
      const text = textOf(file)
      if (text === undefined) return [`names ${file.name}, which is not text in UTF-8`]
      return statementsOf(text).length === 0 ? [`names ${file.name}, which has no statement`] : []
    }),
  ],
  describe: (step) =>
    `apply ${step.up.name} to schema ${step.changes.join(', ')} in database ${step.database} of ${describeContainer(step)}`,
  effects: (step) =>
    step.changes.map((schema) => ({
      how: 'modifies',
      what: 'database',
      name: `${serverName(step)}/${schema}`,
    })),
  cannotUndo: (step) => step.cannotUndo,

  async inspect(step, host) {
    const found = await readState(step, host, { compare: 'no' })
    if (found.noServer !== undefined)
      return {
        blockedOn: serverBlockedOn(step, found.serverProject),
        text: `a connection to ${describeContainer(step)}: ${found.noServer}`,
      }
    if (found.failed !== undefined)
      throw new StepRefused(
        `database ${step.database} of ${describeContainer(step)} cannot be read: ${found.failed}`,
      )
    if (found.problem !== undefined) throw new StepRefused(found.problem)
    if (step.rowsSince === 'drop' && found.madeHere !== 'yes')
      throw new StepRefused(
        `rowsSince: drop is for a server that this run made, and ${describeContainer(step)} was there before; remove rowsSince:`,
        { isOfPlan: true },
      )
    if (found.applied !== undefined)
      return {
        priorState: null,
        changes: [],
        because: `${step.up.name} was applied to database ${step.database} on ${found.applied}`,
      }
    return { priorState: null, ...previewOf(step) }
  },

  async apply(step, _priorState, host) {
    const script = shellFile('sql-migrate/apply.sh', {
      ...variablesOf(step, host),
      ...filesOf([
        'begin',
        'ledger',
        'differences',
        'written',
        'files',
        'touched',
        'contents',
        'record',
        'insert',
      ]),
      up_sql: migrationOf(step.up),
    })
    await host.run('migrate', command(script, { environment: serverEnvironment(step) }))
  },

  async verify(step, host) {
    const found = await readState(step, host, { compare: 'yes' })
    const problem = found.noServer ?? found.failed ?? found.problem
    if (problem !== undefined) throw new StepNotVerified(problem)
    if (found.applied === undefined)
      throw new StepNotVerified(`${step.up.name} is not in the ledger of database ${step.database}`)
    const schemas = step.changes.join(', ')
    if (found.difference.length > 0)
      throw new StepNotVerified(
        `schema ${schemas} in database ${step.database} is not as its last migration left it`,
        found.difference,
      )
    return {
      summary:
        `${step.up.name} (sha256 ${step.up.sha256.slice(0, 12)}) was applied to database ${step.database} of ${describeContainer(step)} on ` +
        `${found.applied}, as the ledger there says; every definition in schema ${schemas} is as its last migration left it, by sha256; rows not compared`,
      strength: 'proven',
      facts: { applied: found.applied, changes: step.changes },
    }
  },

  undoes: (step) =>
    `runs ${step.down?.name ?? 'nothing'} in database ${step.database} of ${describeContainer(step)}, ` +
    (step.rowsSince === 'drop'
      ? 'which deletes the rows written since'
      : 'and first dumps the rows written since that it would delete'),

  async undo(step, _priorState, host) {
    if (step.down === undefined) return []
    const script = shellFile('sql-migrate/undo.sh', {
      ...variablesOf(step, host),
      ...filesOf([
        'begin',
        'own',
        'differences',
        'written',
        'files',
        'touched',
        'contents',
        'lost',
        'forget',
      ]),
      down_sql: migrationOf(step.down),
      ...{ down_name: step.down.name, drops: step.rowsSince === 'drop' ? 'yes' : 'no', keep: host.originals },
    })
    const { stdout } = await host.run('undo', command(script, { environment: serverEnvironment(step) }))
    return readFacts(stdout, { dump: many }).dump.map((text) => {
      const [path = '', rows = ''] = text.split(/\|(.*)/s)
      return {
        what: `dump ${path}`,
        why: `it holds ${rows}, written after ${step.up.name}; pg_restore brings them back into database ${step.database}`,
      }
    })
  },
})

function previewOf(step: Step) {
  const { up, down, cannotUndo, database } = step
  const text = textOf(up) ?? ''
  const statements = statementsOf(text)
  const lines = text.trimEnd().split('\n')
  return {
    changes: [
      `applies ${up.name} (sha256 ${up.sha256.slice(0, 12)}) to database ${database} of ${describeContainer(step)}: ${countOf(statements.length, 'statement')}`,
      ...statements
        .slice(0, SHOWN.statements)
        .map((one) => `line ${one.line}: ${truncate(one.text.replace(/\s+/g, ' '), SHOWN.characters)}`),
      ...(statements.length > SHOWN.statements ? [`and ${statements.length - SHOWN.statements} more`] : []),
      down === undefined
        ? `cannot be undone: ${cannotUndo}`
        : `can be undone by ${down.name} (sha256 ${down.sha256.slice(0, 12)})`,
    ],
    notes: [
      ...lines.slice(0, SHOWN.lines).map((one) => truncate(`${up.name}: ${one}`, 2 * SHOWN.characters)),
      ...(lines.length > SHOWN.lines ? [`${up.name}: ${lines.length - SHOWN.lines} more lines`] : []),
    ],
  }
}

async function readState(step: Step, host: HostView, { compare }: { readonly compare: 'yes' | 'no' }) {
  const script = shellFile('sql-migrate/state.sh', {
    ...variablesOf(step, host),
    ...filesOf(['ledger', 'last', 'differences']),
    ...{ compare, keep: host.originals },
  })
  const output = await host.ask(
    question(script, { environment: serverEnvironment(step), timeoutSeconds: 600 }),
  )
  return readFacts(output, {
    ...{ noServer: maybe, serverProject: maybe, failed: maybe, problem: maybe },
    ...{ applied: maybe, madeHere: maybe, difference: many },
  })
}

/** The variables of session.sh. */
function variablesOf(step: Step, host: HostView) {
  const { database, changes, up, down, lockTimeout } = step
  return {
    ...serverOf(step),
    ...definitionQueries(),
    rows: textFile('shared/postgres-rows.sql'),
    definitions_sql: textFile('sql-migrate/definitions.sql').trimEnd(),
    guard_sql: textFile('sql-migrate/guard.sql'),
    ...{ database, name: up.name, sum: up.sha256, down_sum: down?.sha256 ?? '' },
    ...{ changes: JSON.stringify(changes), label: host.ownerLabel, lock_timeout: lockTimeout },
  }
}

function filesOf(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.map((name) => [`${name}_sql`, textFile(`sql-migrate/${name}.sql`).trimEnd()]),
  )
}

/**
 * The file as input of psql. The server itself runs each statement, in a block: psql would interpret commands of its own, and
 * a commit would end the transaction.
 */
function migrationOf(file: Contents): string {
  const text = textOf(file) ?? ''
  let quote = '$reinstate_sql$'
  for (let number = 1; text.includes(quote); number++) quote = `$reinstate_sql_${number}$`
  return statementsOf(text)
    .map(
      (one) =>
        `\\echo at=${one.line}\ndo $reinstate_do$ begin execute ${quote}${one.text}\n${quote}; end $reinstate_do$;`,
    )
    .join('\n')
}

function textOf({ base64 }: Contents): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64'))
  } catch {
    return undefined
  }
}
