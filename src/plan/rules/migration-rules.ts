import { statementsOf, type SqlStatement } from '../../fields/sql-statements.ts'
import { isOwn } from './resources.ts'
import type { Rule, RuleFinding } from './rule.ts'
import { removedBySql } from './script-effects.ts'
import { foundIn, type Source } from './sources.ts'
import { migrationIn } from './sql.ts'

/** What PostgreSQL refuses in a transaction, and what would end or divide it. */
const NOT_IN_TRANSACTION: readonly (readonly [RegExp, string])[] = [
  [
    /^(begin|start\s+transaction|commit|end|rollback|abort|savepoint|release|prepare\s+transaction)\b/i,
    'ends or divides the transaction of the migration',
  ],
  [/^set\s+(session\s+characteristics|transaction)\b/i, 'changes the transaction of the migration'],
  [
    /^(create\s+(unique\s+)?index|drop\s+index)\s+concurrently\b|^reindex\b[^;]*\bconcurrently\b|^alter\s+table\b[^;]*\bdetach\s+partition\b[^;]*\bconcurrently\b/i,
    'cannot stand in a transaction',
  ],
  [
    /^(vacuum\b|(create|drop)\s+(database|tablespace|subscription)\b|alter\s+system\b|discard\s+all\b|cluster\s*$|reindex\s+(\([^)]*\)\s*)?(database|system|schema)\b|alter\s+database\b[^;]*\bset\s+tablespace\b)/i,
    'cannot stand in a transaction',
  ],
  [/^copy\b[^;]*\b(from\s+stdin|to\s+stdout)\b/i, 'needs a client that sends or takes the rows'],
]
const PSQL_COMMAND = /(^|\n)[ \t]*\\\S+/

export const notInTransaction: Rule = {
  id: 'R060',
  name: 'not-in-transaction',
  severity: 'error',
  title: 'A statement of a migration cannot stand in one transaction, or ends it',
  why: 'A migration is applied as a whole or not at all. After a commit in the middle, a crash would leave half of it. The server refuses such a statement, and the step fails in the run.',
  fix: 'Remove begin and commit. Give an index that is built concurrently, or a vacuum, a command step of its own.',
  example: {
    wrong: `create index concurrently by_sender on bus.message (sender);`,
    right: `create index by_sender on bus.message (sender);`,
  },
  find: ({ steps }) =>
    steps.flatMap((step) =>
      (['up', 'down'] as const).flatMap((field) => {
        const source = migrationIn(step, field)
        return source === undefined
          ? []
          : statementsOf(source.text).flatMap((statement) => refusedIn(source, statement))
      }),
    ),
}

function refusedIn(source: Source, statement: SqlStatement): readonly RuleFinding[] {
  const { bare, offset, text } = statement
  const command = PSQL_COMMAND.exec(bare)
  if (command) {
    const at = command.index + command[0].indexOf('\\')
    const word = command[0].trim()
    return [
      {
        ...foundIn(source, word, `"${word}" is a command of psql, not SQL`, 'write SQL'),
        offset: offset + at,
      },
    ]
  }
  const found = NOT_IN_TRANSACTION.find(([expression]) => expression.test(bare))
  if (found === undefined) return []
  const head = headOf(text)
  return [{ ...foundIn(source, text, `"${head}" ${found[1]}`, 'remove it, or use a command step'), offset }]
}

function headOf(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length > 60 ? `${line.slice(0, 59)}…` : line
}

export const upDeletesRows: Rule = {
  id: 'R061',
  name: 'up-deletes-rows',
  severity: 'error',
  title: 'A migration deletes rows or columns, and claims that its `down` undoes that',
  why: 'down brings a table or a column back, and not the rows that were in it. A rollback would look complete and would have lost them.',
  fix: 'Write cannotUndo: with the reason in place of down:, behind a gate and after a backup. Or move the deletion into a later migration.',
  example: {
    wrong: `down: new-names.down.sql`,
    right: `cannotUndo: the old names are gone; they are in the backup`,
  },
  find: ({ steps }) =>
    steps.flatMap((step) => {
      const source = step.cannotUndo === undefined ? migrationIn(step, 'up') : undefined
      if (source === undefined) return []
      return removedBySql(source).map(({ text }) =>
        foundIn(
          source,
          text,
          `"${text}" deletes what down cannot bring back`,
          'write cannotUndo: in place of down:',
        ),
      )
    }),
}

export const rowsOfOthersDropped: Rule = {
  id: 'R062',
  name: 'rows-of-others-dropped',
  severity: 'error',
  title: 'An undo drops rows without a dump, in a project that the plan did not start',
  why: 'Rows that were written after the migration exist nowhere else. Only in a project that the plan itself made may they go with it.',
  fix: 'Remove rowsSince: then an undo dumps the rows first and names the file.',
  example: {
    wrong: `project: shop
rowsSince: drop`,
    right: `project: shop-\${{ run.id }}
rowsSince: drop`,
  },
  find: (plan) =>
    plan.steps.flatMap((step) => {
      if (!step.traits.migrates || step.values['rowsSince'] !== 'drop') return []
      const foreign = step.effects.find((effect) => !isOwn(effect, step, plan))
      if (foreign === undefined) return []
      return {
        at: step,
        field: 'rowsSince',
        message: `an undo of ${step.id} drops rows of ${foreign.name}, and no earlier step of the plan started that project`,
        hint: 'remove rowsSince:',
      }
    }),
}
