import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { checkPlan } from '../../src/plan/load-plan.ts'
import { kinds } from '../../src/steps/index.ts'
import { folderWith } from './arrange.ts'

/** The schema of the source document, statement by statement, without its comments. */
const DOCUMENT = readFileSync(packageFolder('testbed', 'stacks', 'bus', 'document.sql'), 'utf8')

const PLAN = `plan: bus
title: The document's own schema
hosts: [server]
phases:
  - phase: expand
    gate: { approvers: anyone, within: 1 hour }
    steps:
      - { step: schema, kind: file-write, path: /srv/bus/schema.sql, from: document.sql }
`

/** Returns the code, severity and first words of the line of each problem. */
function problemsOf(sql: string): readonly string[] {
  const plan = folderWith({ 'plan.yaml': PLAN, 'document.sql': sql })
  return checkPlan({ plan, folders: [], kinds }).problems.map(({ code, severity, file, line }) => {
    expect(basename(file)).toBe('document.sql')
    return `${code} ${severity ?? 'error'}: ${sql.split('\n')[line - 1]?.trim() ?? ''}`
  })
}

describe('the schema of the document of the message bus', () => {
  it('is refused by check, at the statements that cannot work', () => {
    expect(problemsOf(DOCUMENT)).toEqual([
      'R033 warning: CREATE TABLE message_bus (',
      'R031 error: CREATE INDEX idx_message_bus_active ON message_bus(transaction_id)',
      'R038 error: CREATE POLICY "Allow all operations during development" ON message_bus',
      'R032 error: RETURNING COUNT(*) INTO deleted_count;',
    ])
  })
})
