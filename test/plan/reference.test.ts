import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exampleOf, planExample } from '../../src/cli/example-of.ts'
import { reference } from '../../src/cli/reference.ts'
import { packageFolder } from '../../src/config.ts'
import { environmentVariables, internalVariables } from '../../src/environment-variables.ts'
import { kinds } from '../../src/steps/index.ts'
import { planOf, problemLinesOf } from './arrange.ts'

/** The kinds whose examples come before the example of a kind. */
const USES_OUTPUTS_OF: Readonly<Record<string, readonly string[]>> = {
  'image-push': ['image-build'],
  'image-pull': ['image-build', 'image-push'],
}

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
    expect(exampleOf(kind).split('\n')).toContain(`kind: ${kind}`)
    const steps = [...(USES_OUTPUTS_OF[kind] ?? []), kind].map((one) =>
      exampleOf(one)
        .trimEnd()
        .split('\n')
        .map((line, index) => `${index === 0 ? '- ' : '  '}${line}`)
        .join('\n'),
    )
    const head =
      'title: x\ndefaults: { host: one }\nsecrets: { file: master.env, require: [SHOP_PASSWORD, N8N_ENCRYPTION_KEY, REGISTRY_PASSWORD] }'
    // Some kinds need a gate.
    const plan = planOf(steps.join('\n'), head)
      .replace('    steps:', '    gate: { approvers: anyone }\n    steps:')
      .replace('hosts: [one]', 'hosts: [one, old]')
    const files = {
      ...{ Caddyfile: ':80', 'app/Dockerfile': 'FROM shop:1\n' },
      'sql/010-history.up.sql': 'create schema history;',
      'sql/010-history.down.sql': 'drop schema history;',
    }
    expect(await problemLinesOf({ plan, files, options: { kinds } })).toEqual([])
  })
})

/** Returns the variables of reinstate and Temporal that scripts and programs name, outside the table itself. */
function variablesIn(...folders: readonly string[]): readonly string[] {
  const texts = folders.flatMap((folder) =>
    readdirSync(packageFolder(folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /(^[^.]+|\.(ts|js|cjs|sh))$/.test(entry.name))
      .filter(({ name }) => name !== 'environment-variables.ts')
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8')),
  )
  const names = texts.flatMap((text) => text.match(/\b(REINSTATE|TEMPORAL)_[A-Z_]*[A-Z]\b/g) ?? [])
  return [...new Set(names)].sort()
}

describe('docs/environment.md', () => {
  const CODE = ['src', 'bin', 'scripts', 'demo', 'bench', 'chaos', 'soak', 'testbed', 'test']
  const listed = [...environmentVariables, ...internalVariables].map(({ name }) => name)

  it('lists every variable that the code names, once', () => {
    expect(variablesIn(...CODE).filter((name) => !listed.includes(name))).toEqual([])
    expect(listed).toEqual([...new Set(listed)])
  })

  it('lists no variable of reinstate that no code names', () => {
    const named = variablesIn(...CODE)
    expect(listed.filter((name) => name.startsWith('REINSTATE_') && !named.includes(name))).toEqual([])
  })

  it('tells people of every variable that the configuration reads', () => {
    const read = readFileSync(packageFolder('src', 'config.ts'), 'utf8').match(/'(REINSTATE|TEMPORAL)_\w+'/g)
    const told = environmentVariables.map(({ name }) => `'${name}'`)
    expect(read?.filter((name) => !told.includes(name))).toEqual([])
  })
})
