import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { exampleOf, planExample } from '../../src/cli/example-of.ts'
import { reference } from '../../src/cli/reference.ts'
import { packageFolder } from '../../src/config.ts'
import { kinds } from '../../src/steps/index.ts'
import { planOf, problemLinesOf } from './arrange.ts'

describe('the reference in docs/', () => {
  it.each(Object.entries(reference()))('%s equals what npm run docs generates', (name, text) => {
    expect(readFileSync(packageFolder('docs', name), 'utf8')).toBe(text)
  })

  it('has a whole plan without problems', async () => {
    const compose = 'services:\n  web: { image: "shop:1", restart: unless-stopped, ports: ["8080:80"] }\n'
    const plan = planExample()
    const files = { 'shop.compose.yaml': compose }
    expect(await problemLinesOf({ plan, files, options: { kinds, inventory: ['server'] } })).toEqual([])
  })

  it.each([...kinds.keys()])('has an example of %s without problems', async (kind) => {
    const example = exampleOf(kind).trimEnd().split('\n')
    expect(example).toContain(`kind: ${kind}`)
    const step = example.map((line, index) => `${index === 0 ? '- ' : '  '}${line}`).join('\n')
    const head =
      'title: x\ndefaults: { host: one }\nsecrets: { file: master.env, require: [SHOP_PASSWORD, N8N_ENCRYPTION_KEY] }'
    // Some kinds need a gate.
    const plan = planOf(step, head)
      .replace('    steps:', '    gate: { approvers: anyone }\n    steps:')
      .replace('hosts: [one]', 'hosts: [one, old]')
    expect(await problemLinesOf({ plan, files: { Caddyfile: ':80' }, options: { kinds } })).toEqual([])
  })
})
