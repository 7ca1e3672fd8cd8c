import { describe, expect, it } from 'vitest'
import { checkPlan } from '../../src/plan/load-plan.ts'
import { kinds } from '../../src/steps/index.ts'
import { folderWith } from './arrange.ts'
import { scripts } from './rules/scripts.ts'

/** The rules that a command with this script breaks, in a phase without a gate; as its question where `verify`. */
function broken(script: string, verify: boolean): readonly string[] {
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
secrets: { file: /root/secrets.env, require: [PW] }
`,
  })
  const { problems } = checkPlan({ plan, folders: [], kinds })
  return [...new Set(problems.map(({ code, message }) => (/^R\d/.test(code) ? code : `${code} ${message}`)))]
}

describe.each(Object.entries(scripts))('%s finds in scripts', (id, { wrong, right, field = 'script' }) => {
  it.each(wrong)('%s', (script) => {
    expect(broken(script, field === 'verify')).toContain(id)
  })
  it.each(right)('nothing in %s', (script) => {
    expect(broken(script, field === 'verify')).not.toContain(id)
  })
})
