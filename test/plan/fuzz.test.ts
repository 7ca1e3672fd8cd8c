import { expect, it } from 'vitest'
import { wholeDepth } from '../depth.ts'
import { kinds } from '../../src/steps/index.ts'
import { planOf, problemLinesOf } from './arrange.ts'
import { fuzz } from './fuzz/fuzz.ts'

it('check never throws, hangs or reports a position outside of the file', () => {
  const seed = Date.now() % 1_000_000_000
  const { inputs, findings } = fuzz({ seconds: wholeDepth ? 60 : 10, seed })
  expect(findings).toEqual([])
  // A low limit: the machine may be busy.
  expect(inputs).toBeGreaterThan(100)
})

it.each([
  [
    'a map with a key toString where text is wanted',
    planOf('- { step: a, kind: x }').replace('[one]', '[toString: 1]'),
    '3:9 bad-id',
  ],
  [
    'an unknown secret in a script',
    planOf('- { step: a, kind: command, script: "x ${{ secrets.Y }}", undo: x, noProof: none }'),
    '7:46 unknown-secret',
  ],
  [
    'an output within a part of prune',
    planOf('- { step: a, kind: prune, images: { names: ["${{ steps.b.outputs.c }}"] } }'),
    '7:52 unknown-step',
  ],
])('a defect found by fuzzing stays fixed: %s', async (_, plan, expected) => {
  const problems = await problemLinesOf({ plan, options: { kinds } })
  expect(problems.map((line) => line.split(' ').slice(0, 2).join(' '))).toContain(expected)
})
