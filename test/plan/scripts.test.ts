import { describe, expect, it } from 'vitest'
import { checkPlan } from '../../src/plan/load-plan.ts'
import type { Problem } from '../../src/errors.ts'
import { rules } from '../../src/plan/rules/index.ts'
import { kinds } from '../../src/steps/index.ts'
import { folderWith } from './arrange.ts'
import { scripts } from './rules/scripts.ts'

/** Returns the problems of a plan whose one command, without a gate, has this script; or this verify. */
function found(script: string, verify: boolean): readonly Problem[] {
  const [first, second] = verify ? ['true', script] : [script, 'test -e /srv/shop/done']
  const plan = folderWith({
    'plan.yaml': `plan: p
title: A test
hosts: [one]
phases:
  - phase: a
    steps:
      - step: b
        kind: command
        script: ${JSON.stringify(first)}
        environment: { PW: "\${{ secrets.PW }}" }
        cannotUndo: it is gone
        verify: ${JSON.stringify(second)}
secrets: { file: secrets.env, require: [PW] }
`,
  })
  return checkPlan({ plan, folders: [], kinds }).problems
}

/** Returns the severities of what a rule found. */
function severities(problems: readonly Problem[], id: string): readonly string[] {
  return [...new Set(problems.filter(({ code }) => code === id).map(({ severity = 'error' }) => severity))]
}

describe.each(Object.entries(scripts))(
  '%s finds in scripts',
  (id, { wrong, warned = [], right, field = 'script' }) => {
    const usual = rules.find((rule) => rule.id === id)?.severity
    const codes = (script: string) => found(script, field === 'verify').map(({ code }) => code)

    it.each(wrong)('%s', (script) => {
      expect(severities(found(script, field === 'verify'), id)).toContain(usual)
    })
    it.each(warned)('%s, as a warning', (script) => {
      expect(severities(found(script, field === 'verify'), id)).toEqual(['warning'])
    })
    it.each(right)('nothing in %s', (script) => {
      expect(codes(script)).not.toContain(id)
    })
  },
)
