import type { Rule } from './rule.ts'
import { foundIn } from './sources.ts'
import { sqlMatches, sqlOf } from './sql.ts'

export const notRepeatableSql: Rule = {
  id: 'R034',
  name: 'not-repeatable-sql',
  severity: 'error',
  title: 'A step says that it is idempotent, and its SQL fails the second time',
  why: 'An interrupted step is run again by itself because the plan says so; then add column fails, because the first try did it.',
  fix: 'Write if not exists, or take idempotent away.',
  example: {
    wrong: `script: psql -c 'alter table agents add column tenant text'
idempotent: true`,
    right: `script: psql -c 'alter table agents add column if not exists tenant text'
idempotent: true`,
  },
  find: ({ steps }) =>
    sqlOf(steps.filter(({ values }) => values['idempotent'] === true)).flatMap((source) =>
      source.field !== 'script'
        ? []
        : sqlMatches(
            source,
            /\badd\s+column\s+(?!if\s+not\s+exists)\w+|\bcreate\s+(?:table|schema|sequence|(?:unique\s+)?index)\s+(?!if\s+not\s+exists|concurrently\s+if)\w+|\bdrop\s+(?:table|column|index)\s+(?!if\s+exists)\w+/gi,
          )
            .filter(({ groups }) => !isInBlock(source.text, groups.index))
            .map(({ text }) =>
              foundIn(
                source,
                text,
                `"${text}" fails the second time, and the step says idempotent`,
                'write if not exists',
              ),
            ),
    ),
}

/** Whether it stands in a `do` block, which may ask first or catch the error. */
function isInBlock(text: string, offset: number): boolean {
  return [...text.matchAll(/\bdo\s+(\$\w*\$)[\s\S]*?\1/gi)].some(
    ({ index, 0: block }) => index < offset && offset < index + block.length,
  )
}
