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
/** `R006.wrong.yaml`, `R006.b.wrong.yaml` and so on. */
const filesOf = (id: string, which: 'wrong' | 'right'): readonly string[] =>
  readdirSync(folder)
    .filter((file) => new RegExp(`^${id}(\\.[a-z])?\\.${which}\\.yaml$`).test(file))
    .map((file) => join(folder, file))
const check = (plan: string) => checkPlan({ plan, folders: [], kinds })

/** Returns `line:column code` of each problem, after the file if it is not the plan. */
function problemsOf(plan: string): readonly string[] {
  return pinned(
    check(plan).problems.map((problem) => {
      const file = basename(problem.file) === basename(plan) ? '' : basename(problem.file)
      return problemLine({ ...problem, file }).replace(/^:/, '')
    }),
  )
}

describe('every rule', () => {
  it.each(rules.map(({ id }) => id))(
    '%s finds its wrong plans, at their positions, and nothing in the right ones',
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
    '%s has an example from these plans',
    (id, example) => {
      for (const which of ['wrong', 'right'] as const) {
        const files = readdirSync(folder).filter(
          (file) => file.startsWith(`${id}.`) && file.includes(`.${which}.`),
        )
        const lines = files.flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
        const plain = lines.map((line) => line.replace(/^[\s-]*/, '').trim())
        for (const line of example[which].split('\n'))
          expect(plain).toContain(line.replace(/^[\s-]*/, '').trim())
      }
    },
  )

  it('knows no kind: what it has to know of kinds, kinds declare in their traits', () => {
    const source = packageFolder('src', 'plan', 'rules')
    const texts = readdirSync(source).map((file) => readFileSync(join(source, file), 'utf8'))
    // Kinds with names of one word are words of the shell, too: `command`, `prune`.
    const names = [...kinds.keys()].filter((kind) => kind.includes('-'))
    for (const text of texts) {
      expect(names.filter((kind) => text.includes(`'${kind}'`))).toEqual([])
      expect(text).not.toMatch(/\.kind\b|\{ kind\b/)
    }
  })

  it('has a unique id, and the name of its export', () => {
    const folder = packageFolder('src', 'plan', 'rules')
    const exports = readdirSync(folder).flatMap((file) =>
      [...readFileSync(join(folder, file), 'utf8').matchAll(/^export const (\w+): Rule = \{/gm)].map(
        ([, name = '']) => name.replace(/[A-Z0-9]+/g, (part) => `-${part.toLowerCase()}`),
      ),
    )
    expect(rules.map(({ name }) => name).sort()).toEqual(exports.sort())
    expect(rules.map(({ id }) => id)).toEqual([...new Set(rules.map(({ id }) => id))])
  })
})

describe('allow', () => {
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
    ['of a step', { step: '        allow: [{ rule: R013, because: the host has nobody else on it }]' }],
    ['of a plan', { plan: 'allow: [{ rule: R013, because: the host has nobody else on it }]' }],
  ])('%s turns a violation into an allowed one, with its reason', (_, more) => {
    const { problems, allowed } = check(PLAN(more))
    expect(problems).toEqual([])
    expect(allowed).toMatchObject([
      { line: 10, column: 17, code: 'R013', because: 'the host has nobody else on it' },
    ])
  })

  it.each([
    [
      'of an unknown rule',
      { plan: 'allow: [{ rule: R913, because: the host has nobody else on it }]' },
      ['4:17 unknown-rule', '10:17 R013'],
    ],
    [
      'of a rule that is not violated',
      { plan: 'allow: [{ rule: R001, because: the host has nobody else on it }]' },
      ['4:17 unused-allow', '10:17 R013'],
    ],
    ['without a reason', { plan: 'allow: [{ rule: R013, because: so }]' }, ['4:32 bad-value', '10:17 R013']],
  ])('%s is refused or warned about', (_, more, expected) => {
    expect(problemsOf(join(PLAN(more), 'plan.yaml'))).toEqual(expected)
  })
})
