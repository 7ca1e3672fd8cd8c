import { describe, expect, it } from 'vitest'
import { checkPlan } from '../../src/plan/load-plan.ts'
import { kinds } from '../../src/steps/index.ts'
import { problemLine } from '../../src/errors.ts'
import { pinned } from '../golden.ts'
import { folderWith } from './arrange.ts'

function problemsOf(name: string, compose: string): readonly string[] {
  const plan = folderWith({
    'plan.yaml': `plan: p
title: A test
hosts: [one]
phases:
  - phase: a
    steps:
      - { step: file, kind: file-write, path: /srv/shop/stack.yaml, from: ${name} }
      - { step: start, kind: compose-up, file: /srv/shop/stack.yaml, project: shop }
`,
    [name]: compose,
  })
  return pinned(
    checkPlan({ plan, folders: [], kinds }).problems.map((problem) =>
      problemLine({ ...problem, file: problem.file.replace(/^.*\//, '') }),
    ),
  )
}

describe('an embedded Compose file', () => {
  it.each([
    ['compose.yaml', 'services:\n  db: { image: a }\n  db: { image: b }\n', '3:3 yaml-duplicate-key'],
    ['stack.yaml', 'services:\n\tdb: { image: a }\n', '2:1 yaml-tab'],
    ['docker-compose.yml', 'services:\n  db: [a\n', 'yaml-syntax'],
    ['compose.yaml', 'services:\n  db: *usual\n', '2:7 yaml-unknown-alias'],
  ])('is refused at its line if Compose could not read it: %s', (name, compose, expected) => {
    const problems = problemsOf(name, compose)
    expect(problems).not.toEqual([])
    expect(problems[0]).toContain(`${name}:`)
    expect(problems.join('\n')).toContain(expected)
  })

  it('may have a map as a key, without a warning by node', async () => {
    const warnings: Error[] = []
    const onWarning = (warning: Error) => warnings.push(warning)
    process.on('warning', onWarning)
    problemsOf('compose.yaml', 'x-a: &a { b: c }\nservices:\n  web: { <<: *a, ? { d: e } : f }\n')
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', onWarning)
    expect(warnings).toEqual([])
  })

  it('may hold YAML that plans may not, and rules still apply', () => {
    const merged = 'x-a: &a { image: mongo:7 }\nservices:\n  db:\n    <<: *a\n    restart: !reset null\n'
    expect(problemsOf('compose.yaml', merged)).toEqual(['compose.yaml:1:11 R039'])
  })
})
