import type { RuleFinding, Rule, StepView } from './rule.ts'
import { foundIn } from './sources.ts'
import { sqlMatches, sqlOf } from './sql.ts'

export const tableMadeTwice: Rule = {
  id: 'R037',
  name: 'table-made-twice',
  severity: 'error',
  title: 'A table is created twice',
  why: 'The second create fails, or with if not exists it silently keeps the columns of the first.',
  fix: 'Create it once, and alter it afterwards.',
  example: {
    wrong: `script: psql -c 'create table if not exists agents (id bigint, tenant text)'`,
    right: `script: psql -c 'alter table agents add column tenant text'`,
  },
  find({ steps }) {
    const made = new Map<string, StepView>()
    const found: RuleFinding[] = []
    for (const source of sqlOf(steps).filter(({ field }) => field !== 'undo' && field !== 'verify'))
      for (const { text, groups } of sqlMatches(
        source,
        /\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?([\w."]+)/gi,
      )) {
        const table = (groups[1] ?? '')
          .toLowerCase()
          .replaceAll('"', '')
          .replace(/^public\./, '')
        const first = made.get(table)
        if (first && first.base !== source.step.base)
          found.push(foundIn(source, text, `${first.id} creates the table ${table} too`, 'create it once'))
        else made.set(table, source.step)
      }
    return found
  },
}
