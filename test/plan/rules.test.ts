import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { checkPlan } from '../../src/plan/load-plan.ts'
import { rules } from '../../src/plan/rules/index.ts'
import { kinds } from '../../src/steps/index.ts'
import { problemLine } from '../../src/errors.ts'
import { pinned } from '../golden.ts'
import { folderWith } from './arrange.ts'

const folder = packageFolder('test', 'plan', 'rules')
/** `R006.wrong.yaml`, and more of them as `R006.b.wrong.yaml`. */
const filesOf = (id: string, which: 'wrong' | 'right'): readonly string[] =>
  readdirSync(folder)
    .filter((file) => new RegExp(`^${id}(\\.[a-z])?\\.${which}\\.yaml$`).test(file))
    .map((file) => join(folder, file))
const check = (plan: string) => checkPlan({ plan, folders: [], kinds })

/** `line:column code`, with the file where it is another than the plan's. */
function problemsOf(plan: string): readonly string[] {
  return pinned(
    check(plan).problems.map((problem) => {
      const file = basename(problem.file) === basename(plan) ? '' : basename(problem.file)
      return problemLine({ ...problem, file }).replace(/^:/, '')
    }),
  )
}

describe('every rule', () => {
  it.each(rules.map(({ id, name }) => [id, name]))(
    '%s %s catches its wrong plans, at the very word, and nothing in the right ones',
    (id) => {
      for (const which of ['wrong', 'right'] as const) {
        expect(filesOf(id, which)).not.toEqual([])
        for (const file of filesOf(id, which)) {
          const comments = readFileSync(file, 'utf8').match(/^# .*$/gm) ?? []
          expect(problemsOf(file), basename(file)).toEqual(comments.map((comment) => comment.slice(2)))
          expect(comments.length > 0, basename(file)).toBe(which === 'wrong')
        }
      }
    },
  )

  it.each(rules.map((rule) => [rule.id, rule.example] as const))(
    '%s is explained with lines of those plans',
    (id, example) => {
      for (const which of ['wrong', 'right'] as const) {
        const carried = readdirSync(folder).filter(
          (file) => file.startsWith(`${id}.`) && file.includes(`.${which}.`),
        )
        const lines = carried.flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
        const plain = lines.map((line) => line.replace(/^[\s-]*/, '').trim())
        for (const line of example[which].split('\n'))
          expect(plain).toContain(line.replace(/^[\s-]*/, '').trim())
      }
    },
  )

  it('has a number and a name of its own, and is in the list', () => {
    const files = readdirSync(packageFolder('src', 'plan', 'rules'))
    const written = files.filter((file) =>
      /: Rule = \{/.test(readFileSync(packageFolder('src', 'plan', 'rules', file), 'utf8')),
    )
    expect(rules.map(({ name }) => `${name}.ts`).sort()).toEqual(written.sort())
    expect(rules.map(({ id }) => id)).toEqual([...new Set(rules.map(({ id }) => id))].sort())
  })
})

describe('a rule that a plan allows itself to break', () => {
  const PLAN = (more: { plan?: string; step?: string }) =>
    folderWith({
      'plan.yaml': `plan: p
title: A test
hosts: [one]
${more.plan ?? '# nothing'}
phases:
  - phase: a
    steps:
      - step: b
        kind: command
        script: docker system prune -af
        cannotUndo: an example
        noProof: an example
        effects: [{ how: modifies, what: project, name: shop }]
${more.step ?? ''}
`,
    })

  it.each([
    ['of the step', { step: '        allow: [{ rule: R013, because: the host has nobody else on it }]' }],
    ['of the plan', { plan: 'allow: [{ rule: R013, because: the host has nobody else on it }]' }],
  ])('is shown with the reason %s, and refuses nothing', (_, more) => {
    const { problems, allowed } = check(PLAN(more))
    expect(problems).toEqual([])
    expect(allowed).toMatchObject([
      { line: 10, column: 17, code: 'R013', because: 'the host has nobody else on it' },
    ])
  })

  it.each([
    [
      'for a rule that there is not',
      { plan: 'allow: [{ rule: R913, because: the host has nobody else on it }]' },
      ['4:17 unknown-rule', '10:17 R013'],
    ],
    [
      'that is not needed',
      { plan: 'allow: [{ rule: R001, because: the host has nobody else on it }]' },
      ['4:17 unused-allow', '10:17 R013'],
    ],
    ['without a reason', { plan: 'allow: [{ rule: R013, because: so }]' }, ['4:32 bad-value', '10:17 R013']],
  ])('needs a sentence and a rule: told of one %s', (_, more, expected) => {
    expect(problemsOf(join(PLAN(more), 'plan.yaml'))).toEqual(expected)
  })
})
