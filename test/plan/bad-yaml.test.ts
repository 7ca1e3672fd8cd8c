import { describe, expect, it } from 'vitest'
import { problemsIn, problemLinesOf } from './arrange.ts'
import { badYaml } from './bad-inputs/yaml.ts'

describe('bad YAML is refused, at its position', () => {
  it.each(badYaml)('%s', async (_, plan, expected) => {
    expect(await problemsIn({ plan })).toEqual(expected)
  })

  it('reports all problems of a plan with secrets, without quoting a secret', async () => {
    const token = 'ghp_0123456789abcdefghijABCDEFGHIJ'
    const plan = `plan: x
title: x
hosts: [one]
inputs: { token: { default: ${token} } }
phases:
  - phase: first
    steps:
      - { step: a, kind: scrpt, script: x }
      - { step: b, kind: script, script: "echo http://me:pass@host/" }
      - { step: c, kind: copy, path: "\${{ inputs.token }}", from: none.txt }
`
    expect(await problemsIn({ plan })).toEqual([
      '4:29 secret-inline',
      '8:26 unknown-kind',
      '9:48 url-password',
      '10:38 bad-path',
      '10:67 file-missing',
    ])
    const problems = await problemLinesOf({ plan })
    expect(problems.join()).not.toContain(token)
    expect(problems.join()).not.toContain('me:pass')
  })

  it('takes time linear in the number of keys', async () => {
    const millisecondsFor = async (keys: number) => {
      const plan = Array.from({ length: keys }, (_, index) => `k${index}: v`).join('\n')
      const before = process.cpuUsage()
      await problemLinesOf({ plan })
      return process.cpuUsage(before).user / 1000
    }
    await millisecondsFor(1_000)
    expect((await millisecondsFor(30_000)) / (await millisecondsFor(10_000))).toBeLessThan(6)
  })

  it('reports all problems, in the order of the file', async () => {
    expect(await problemsIn({ plan: 'a: 0644\nb: !x y\na: 1.10\nc: *d\n' })).toEqual([
      '1:4 yaml-octal',
      '2:4 yaml-tag',
      '3:1 yaml-duplicate-key',
      '4:4 yaml-unknown-alias',
    ])
  })
})
