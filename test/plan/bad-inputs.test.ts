import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { pageOf } from '../../src/cli/explanations/index.ts'
import { packageFolder } from '../../src/config.ts'
import { kinds } from '../../src/steps/index.ts'
import { problemsIn, problemLinesOf } from './arrange.ts'
import { atRunTime } from './bad-inputs/at-run-time.ts'
import { badFields } from './bad-inputs/fields.ts'
import { badPlans } from './bad-inputs/plans.ts'
import { badYaml } from './bad-inputs/yaml.ts'

describe('bad values of the fields of kinds are refused, at their position', () => {
  it.each(badFields)('%s', async (_, plan, expected) => {
    expect(await problemsIn({ plan, files: { 'a.txt': 'a' }, options: { kinds } })).toEqual(expected)
  })
})

describe('the list of sixty bad inputs', () => {
  it('has each number in a table: refused by check, or by a test on a host', () => {
    const inPlans = [...badYaml, ...badPlans, ...badFields].map(([title]) => Number.parseInt(title, 10))
    const held = new Set([...inPlans, ...atRunTime.map(([number]) => number)])
    const missing = Array.from({ length: 60 }, (_, index) => index + 1).filter((number) => !held.has(number))
    expect(missing).toEqual([])
  })

  it('has a hint or a page with a fix for each', async () => {
    const ofYaml = [...badYaml, ...badPlans].map(([, plan]) => ({ plan }))
    const ofFields = badFields.map(([, plan]) => ({ plan, files: { 'a.txt': 'a' }, options: { kinds } }))
    const lines = (await Promise.all([...ofYaml, ...ofFields].map(problemLinesOf))).flat()
    const lacking = lines.filter((line) => {
      const page = pageOf(line.split(' ')[1] ?? '')
      return !line.endsWith(')') && (page === undefined || page.fix?.startsWith('The message') === true)
    })
    expect(lacking).toEqual([])
  })

  it.each(atRunTime)('%i %s is tested by %s: %s', (_, __, file, words) => {
    const text = readFileSync(packageFolder(file), 'utf8')
    // The title or a case of a test: quoted, in no comment, and in a file that skips nothing.
    const lines = text.split('\n').filter((line) => !/^\s*(?:\/\/|\*|\/\*)/.test(line))
    expect(lines.some((line) => line.includes(words) && /['"`]/.test(line))).toBe(true)
    expect(text).not.toMatch(/\b(?:it|test|describe)\.(?:skip|todo|only|fails)\b/)
  })
})
