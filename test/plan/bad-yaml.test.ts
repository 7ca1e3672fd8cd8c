import { describe, expect, it } from 'vitest'
import { saidAgainst } from './arrange.ts'
import { badYaml } from './bad-inputs/yaml.ts'

describe('a file that is not plain YAML is refused where it goes wrong', () => {
  it.each(badYaml)('%s', async (_, plan, expected) => {
    const [first = 'nothing'] = await saidAgainst({ plan })
    expect(first).toBe(expected)
  })

  it('three times as many keys take about three times as long, not nine times', async () => {
    const millisecondsFor = async (keys: number) => {
      const plan = Array.from({ length: keys }, (_, index) => `k${index}: v`).join('\n')
      const before = process.cpuUsage()
      await saidAgainst({ plan })
      return process.cpuUsage(before).user / 1000
    }
    await millisecondsFor(1_000)
    expect((await millisecondsFor(30_000)) / (await millisecondsFor(10_000))).toBeLessThan(6)
  })

  it('tells of all at once, in the order of the file', async () => {
    const said = await saidAgainst({ plan: 'a: 0644\nb: !x y\na: 1.10\nc: *d\n' })
    expect(said.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      '1:4 yaml-octal',
      '2:4 yaml-tag',
      '3:1 yaml-duplicate-key',
      '4:4 yaml-unknown-alias',
    ])
  })
})
