import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { packageFolder } from '../../src/config.ts'
import { planJsonSchema } from '../../src/plan/json-schema.ts'
import { listPlans } from '../../src/plan/read-files.ts'
import { kinds } from '../../src/steps/index.ts'
import { badFields } from './bad-inputs/fields.ts'

const validate = new Ajv({ allowUnionTypes: true, strict: false, allErrors: false }).compile(
  planJsonSchema(kinds),
)
const errorsIn = (text: string) => (validate(parse(text)) ? [] : (validate.errors ?? []))

describe('the JSON schema of plans', () => {
  it.each(listPlans([packageFolder('plans')]).map(({ name, file }) => [name, file]))(
    'takes the shipped plan %s, which names it for editors',
    (_, file) => {
      const text = readFileSync(file, 'utf8')
      expect(errorsIn(text)).toEqual([])
      expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../../docs/plan.schema.json')
    },
  )

  const rules = packageFolder('test', 'plan', 'rules')
  it.each(readdirSync(rules).filter((file) => /^R\d+\.(right|wrong)\.yaml$/.test(file)))(
    'takes %s, whose words are right',
    (file) => expect(errorsIn(readFileSync(join(rules, file), 'utf8'))).toEqual([]),
  )

  it('refuses what a schema can know of bad values', () => {
    const refused = badFields.filter(([, plan]) => errorsIn(plan).length > 0).map(([title]) => title)
    expect(refused).toEqual([
      '14 a mode that is a number',
      '30 no deadline',
      '31 no pass wanted',
      '44 a newline in the name of a variable',
      '45 an owner that is an option',
      '46 shell in a project',
      '46 shell in a volume',
      '46 shell in a container',
      '47 a service that is an option',
      '53 a volume with a quote',
      '53 a database with a quote',
    ])
  })

  it('refuses unknown fields and kinds, and what a plan must have', () => {
    const whole = 'plan: a\ntitle: b\nhosts: [c]\nphases: [{ phase: d, steps: [{ step: e, KIND }] }]\n'
    const said = (text: string) => errorsIn(text).map(({ keyword }) => keyword)
    expect(said(whole.replace('KIND', 'kind: directories, paths: [/srv/a]'))).toEqual([])
    expect(said(whole.replace('KIND', 'kind: directories, paths: "${{ inputs.a }}"'))).not.toEqual([])
    expect(said(whole.replace('KIND', 'kind: directories, pahts: [/srv/a]'))).not.toEqual([])
    expect(said(whole.replace('KIND', 'kind: directorys, paths: [/srv/a]'))).toContain('enum')
    expect(said(whole.replace('KIND', 'kind: move, from: /srv/a/b'))).toContain('required')
    expect(said('plan: a\n')).toContain('required')
    expect(
      said(whole.replace('title', 'titel').replace('KIND', 'kind: directories, paths: [/srv/a]')),
    ).not.toEqual([])
  })
})
