import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse, parseDocument } from 'yaml'
import { packageFolder } from '../../src/config.ts'
import { planJsonSchema } from '../../src/plan/json-schema.ts'
import { listPlans } from '../../src/plan/files/plan-folder.ts'
import { kinds } from '../../src/steps/index.ts'
import { kinds as testKinds } from './arrange.ts'
import { badFields } from './bad-inputs/fields.ts'
import { badPlans } from './bad-inputs/plans.ts'

const compiled = (of: Parameters<typeof planJsonSchema>[0]) =>
  new Ajv({ allowUnionTypes: true, strict: false, allErrors: false }).compile(planJsonSchema(of))
const validate = compiled(kinds)
const errorsIn = (text: string) => (validate(parse(text)) ? [] : (validate.errors ?? []))

describe('the JSON schema of plans', () => {
  it.each(listPlans([packageFolder('plans')]).map(({ name, file }) => [name, file]))(
    'accepts the shipped plan %s, whose first line names the schema for editors',
    (_, file) => {
      const text = readFileSync(file, 'utf8')
      expect(errorsIn(text)).toEqual([])
      expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../../docs/plan.schema.json')
    },
  )

  const rules = packageFolder('test', 'plan', 'rules')
  it.each(readdirSync(rules).filter((file) => /^R\d+\.(right|wrong)\.yaml$/.test(file)))(
    'accepts %s, whose fields are valid',
    (file) => expect(errorsIn(readFileSync(join(rules, file), 'utf8'))).toEqual([]),
  )

  it('refuses the bad values that a schema can express', () => {
    const refused = badFields.filter(([, plan]) => errorsIn(plan).length > 0).map(([title]) => title)
    expect(refused).toMatchInlineSnapshot(`
      [
        "14 a mode that is a number",
        "28 no undo",
        "28 no verify",
        "30 no deadline",
        "31 a check of nothing",
        "32 srv/app",
        "32 ./app",
        "33 /",
        "33 /etc",
        "33 /root",
        "33 /home",
        "33 /srv",
        "33 directly under the root",
        "34 /srv/../etc/x",
        "34 /srv//x",
        "34 /srv/x/.",
        "34 /srv/x/",
        "35 /srv/*",
        "35 /srv/a?",
        "35 /srv/[ab]",
        "35 /srv/{a,b}",
        "36 /srv/$HOME",
        "36 ~/x",
        "36 /srv/\`id\`",
        "44 a newline in the name of a variable",
        "45 an owner that is an option",
        "46 shell in a project",
        "46 shell in a volume",
        "46 shell in a container",
        "47 a service that is an option",
        "50 a password in an address",
        "53 a volume with a quote",
        "53 a database with a quote",
        "28 a prune by script without undo and verify",
      ]
    `)
  })

  it('refuses the bad plans that a schema can express', () => {
    const known = compiled(testKinds)
    const refuses = (plan: string) => {
      const document = parseDocument(plan)
      return document.errors.length === 0 && !known(document.toJS())
    }
    const refused = badPlans.filter(([, plan]) => refuses(plan)).map(([title]) => title)
    expect(refused).toMatchInlineSnapshot(`
      [
        "19 an unknown kind",
        "20 an unknown field of a kind",
        "20 an unknown field of every step",
        "20 an unknown field of the plan",
        "25 durations",
        "26 too many attempts",
        "29 a quorum beside the approvers",
        "29 a quorum of nobody",
        "29 signed without anybody",
        "29 a signer with a pattern of allowed_signers",
        "29 an unknown key of approvers",
        "29 approvers of a plan, signed without anybody",
        "29 a gate without approvers",
        "29 duplicate approvers, and invalid names",
        "29 an approver twice",
        "29 an empty list of approvers",
        "29 an unknown outcome of a gate",
        "23 a clear of no phase",
        "29 a criterion without a step",
        "29 a criterion without a text",
        "32 a relative path",
        "44 a newline in a title",
        "45 a host that is an option",
        "text that YAML reads as something else",
        "missing fields",
        "20 one invalid input hides no other problem",
        "20 one invalid name of a secret hides no other problem",
        "25 an invalid default hides no other problem",
        "27 an invalid field hides nothing that rules find in the step",
        "19 a kind with its words in another order",
        "20 the name of a field in another tool",
        "25 a number where a duration is wanted",
        "20 an empty step, and a text as a step",
      ]
    `)
  })

  it('describes every field', () => {
    const silent: string[] = []
    const walk = (schema: unknown, at: string): void => {
      if (typeof schema !== 'object' || schema === null) return
      for (const [key, value] of Object.entries(schema)) {
        if (key === 'properties' && typeof value === 'object' && value !== null) {
          for (const [name, field] of Object.entries(value as Record<string, object>))
            if (!('description' in field) && !('$ref' in field)) silent.push(`${at}.${name}`)
        }
        if (key !== 'if') walk(value, ['anyOf', 'properties', 'items'].includes(key) ? at : `${at}.${key}`)
      }
    }
    walk(planJsonSchema(kinds), 'plan')
    expect(silent).toEqual([])
  })

  it.each([
    ['a literal secret', 'kind: role-password, container: db, role: app, password: hunter2'],
    ['an unknown rule', 'kind: directories, paths: [/srv/a], allow: [{ rule: R999, because: an example }]'],
    ['an unknown lookup', 'kind: directories, paths: ["/srv/${{ env.HOME }}"]'],
    ['a timeout of zero', 'kind: directories, paths: [/srv/a], timeout: 0 seconds'],
  ])('refuses %s', (_, step) => {
    const plan = (fields: string) =>
      `plan: a\ntitle: b\nhosts: [c]\nphases: [{ phase: d, steps: [{ step: e, ${fields} }] }]\n`
    expect(errorsIn(plan(step))).not.toEqual([])
  })

  it('refuses unknown fields and kinds, and missing fields', () => {
    const whole = 'plan: a\ntitle: b\nhosts: [c]\nphases: [{ phase: d, steps: [{ step: e, KIND }] }]\n'
    const keywords = (text: string) => errorsIn(text).map(({ keyword }) => keyword)
    expect(keywords(whole.replace('KIND', 'kind: directories, paths: [/srv/a]'))).toEqual([])
    expect(keywords(whole.replace('KIND', 'kind: directories, paths: "${{ inputs.a }}"'))).not.toEqual([])
    expect(keywords(whole.replace('KIND', 'kind: directories, pahts: [/srv/a]'))).not.toEqual([])
    expect(keywords(whole.replace('KIND', 'kind: directorys, paths: [/srv/a]'))).toContain('enum')
    expect(keywords(whole.replace('KIND', 'kind: move, from: /srv/a/b'))).toContain('required')
    expect(keywords('plan: a\n')).toContain('required')
    expect(
      keywords(whole.replace('title', 'titel').replace('KIND', 'kind: directories, paths: [/srv/a]')),
    ).not.toEqual([])
  })
})
