import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { kinds } from '../../src/steps/index.ts'

const folder = import.meta.dirname
const contracts = readdirSync(folder)
  .filter((name) => /^contract.*\.test\.ts$/.test(name))
  .map((name) => readFileSync(join(folder, name), 'utf8'))
  .join('\n')

describe('contract suite', () => {
  it.each([...kinds.keys()])('runs for %s', (kind) => {
    expect(contracts).toContain(`'${kind}'`)
  })
})
