import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { valuesOf } from '../../src/plan/values/fill-in.ts'
import { stepShape } from '../../src/plan/schema/shape.ts'
import { effectsOf } from '../../src/plan/scope/effects.ts'
import { Secret } from '../../src/shell/secret.ts'
import { kinds } from '../../src/steps/index.ts'
import { load, planOf, problemsIn, problemLinesOf } from './arrange.ts'

const restore = `plan: shop-restore
title: Shop, restored beside the old one
hosts: [server]
inputs:
  port: { default: "8080" }
secrets: { file: master.env, require: [POSTGRES_PASSWORD] }
phases:
  - phase: scaffold
    steps:
      - { step: folders, kind: directories, paths: [/srv/shop, /srv/shop/sites] }
      - step: configs
        kind: file-write
        each: [compose, caddy]
        path: /srv/shop/\${{ each }}.yml
        template: services/\${{ each }}.yml
        mode: "0600"
  - phase: data
    steps:
      - { step: database, kind: volume-restore, from: /backup/shop, volume: shop_db_new, timeout: 2 hours }
  - phase: start
    gate: { approvers: [on-call] }
    steps:
      - step: stack
        kind: compose-up
        file: /srv/shop/compose.yml
        project: shop
        environment: { POSTGRES_PASSWORD: "\${{ secrets.POSTGRES_PASSWORD }}" }
      - step: answers
        kind: http-probe
        url: http://127.0.0.1:\${{ inputs.port }}/health
        within: 2 minutes
      - step: print
        kind: command
        script: echo "$CONTAINERS"
        environment: { CONTAINERS: "\${{ steps.stack.outputs.containers }}" }
        cannotUndo: nothing was changed
        noProof: it only prints
`
const files = { 'services/compose.yml': 'port: ${{ inputs.port }}', 'services/caddy.yml': 'x: ${PORT}' }

describe('the kinds', () => {
  it('have no field with the name of a field of every step', () => {
    const common = Object.keys(stepShape.shape)
    const clashes = [...kinds.values()].flatMap(({ kind, fields }) =>
      Object.keys(fields)
        .filter((field) => common.includes(field))
        .map((field) => `${kind}.${field}`),
    )
    expect(clashes).toEqual([])
  })

  it('form a plan that resolves, and whose steps parse again in the run', async () => {
    const plan = await load({ plan: restore, files, options: { kinds } })
    const steps = plan.phases.flatMap((phase) => phase.steps)
    const known = {
      outputs: { stack: { containers: 'a b' } },
      secrets: new Map([['POSTGRES_PASSWORD', new Secret('x')]]),
    }
    for (const { kind: name, fields } of JSON.parse(JSON.stringify(steps)) as typeof steps) {
      const kind = kinds.get(name)
      expect(kind && valuesOf(kind, fields, known)).toBeDefined()
    }
    for (const { title } of steps) expect(title).toMatch(/^[^\n]{5,120}$/)
    expect(effectsOf(plan, kinds).flatMap(({ effects }) => effects)).toContainEqual({
      how: 'creates',
      what: 'volume',
      name: 'shop_db_new',
      host: 'server',
    })
  })
})

describe('an effect on another host', () => {
  const gathering = (source: string) => `plan: shop
title: Shop
hosts: [here, old]
phases:
  - phase: work
    steps:
      - { step: env, kind: file-write, host: old, path: /srv/shop/.env, from: env }
      - { step: secrets, kind: secrets-audit, host: here, needs: [], path: /srv/shop/master.env, sources: [${source}], require: [A] }
`
  const said = (source: string) =>
    problemsIn({ plan: gathering(source), files: { env: 'A=1' }, options: { kinds } })

  it('collides with a step that changes the path there', async () => {
    expect(await said('{ host: old, file: /srv/shop/.env }')).toEqual(['8:17 R003'])
    expect(await said('{ file: /srv/shop/.env }')).toEqual([])
    expect(await said('{ host: old, file: /srv/other/.env }')).toEqual([])
  })

  it('is refused if the plan does not name the host', async () => {
    expect(await said('{ host: odl, file: /srv/shop/.env }')).toEqual(['8:116 unknown-host'])
  })
})

describe('attest and wait', () => {
  const outside = (more: string, step = '{ step: soak, kind: wait, for: 2 hours }') => `plan: shop
title: Shop
hosts: [server]
phases:
  - phase: look
    steps:
      - { step: said, kind: attest, statement: it works, by: [anna], within: 10 minutes${more} }
      - ${step}
`

  it('resolve to data for the run, without a host', async () => {
    const plan = await load({ plan: outside(''), options: { kinds } })
    expect(plan.phases[0]?.steps).toMatchObject([
      { host: '', doneBy: { who: 'person', statement: 'it works', mayBe: ['anna'], withinSeconds: 600 } },
      { host: '', doneBy: { who: 'clock', seconds: 7200 }, title: 'wait 2 hours' },
    ])
    const about = await load({ plan: outside(', artefact: /srv/list'), options: { kinds } })
    expect(about.phases[0]?.steps[0]).toMatchObject({ host: 'server', doneBy: { artefact: '/srv/list' } })
  })

  it('are refused with a host, or with a value that only the run knows', async () => {
    expect(await problemsIn({ plan: outside(', host: server'), options: { kinds } })).toEqual([
      expect.stringContaining('host-not-needed'),
    ])
    const reads = '{ step: soak, kind: wait, for: "${{ steps.said.outputs.x }}" }'
    expect((await problemsIn({ plan: outside('', reads), options: { kinds } })).join()).toMatch(
      /unknown-output|lookup-too-early/,
    )
    const both = '{ step: soak, kind: wait, for: 1 day, until: 2026-12-01T00:00:00Z }'
    expect(await problemsIn({ plan: outside('', both), options: { kinds } })).toEqual([
      expect.stringContaining('bad-step'),
    ])
  })
})

describe('L1 › a name that every JavaScript object has', () => {
  it.each([
    ['the id of a step', planOf('- { step: constructor, kind: script, script: x }'), '7:17 bad-id'],
    [
      'the id of a phase',
      planOf('- { step: a, kind: script, script: x }').replace('first', 'constructor'),
      '5:12 bad-id',
    ],
    [
      'the name of a plan',
      planOf('- { step: a, kind: script, script: x }').replace('plan: test', 'plan: constructor'),
      '1:7 bad-id',
    ],
    [
      'a host',
      planOf('- { step: a, kind: script, script: x }').replace('[one]', '[constructor]'),
      '3:9 bad-id',
    ],
    [
      'an input',
      planOf('- { step: a, kind: script, script: x }', 'title: x\ninputs: { toString: { default: a } }'),
      '3:11 bad-key',
    ],
  ])('is refused as %s', async (_, plan, expected) => {
    expect(await problemsIn({ plan })).toEqual([expected])
  })

  it('is no output, input, secret or step in a lookup', async () => {
    const names = [
      'inputs.valueOf',
      'secrets.toString',
      'steps.constructor.outputs.id',
      'steps.a.outputs.toString',
    ]
    for (const name of names) {
      const plan = planOf(
        `- { step: a, kind: script, script: x }\n- { step: b, kind: script, script: "\${{ ${name} }}" }`,
      )
      expect(await problemsIn({ plan }), name).toHaveLength(1)
    }
  })
})

describe('a key that every JavaScript object has', () => {
  it.each(['toString', 'valueOf', 'hasOwnProperty'])('%s is an unknown field', async (key) => {
    const plan = `plan: odd
title: x
hosts: [server]
phases:
  - phase: one
    steps:
      - step: act
        kind: command
        script: "true"
        cannotUndo: an example
        noProof: an example
        effects: [{ how: modifies, what: project, name: shop, ${key}: none.txt }]
`
    expect(await problemsIn({ plan, options: { kinds } })).toContain('12:63 unknown-field')
  })
})

describe('a key or value of version 0.1', () => {
  const line = '- { step: a, kind: KIND, path: /srv/a, volume: a, url: "http://a/", KEY }'
  it.each([
    ['directories', 'tries: 2', 'attempts'],
    ['volume-restore', 'ahead: true', 'prestage'],
    ['volume-restore', 'finishes: a/b', 'finalize'],
    ['containers-stop', 'holdOnly: true', 'disableRestartOnly'],
    ['containers-stop', 'held: true', 'restartDisabled'],
    ['http-probe', 'mark: { value: x }', 'marker'],
    ['command', 'touches: []', 'effects'],
  ])('of %s, %s, is refused with the new one', async (kind, old, replacement) => {
    const plan = planOf(line.replace('KIND', kind).replace('KEY', old))
    const lines = await problemLinesOf({ plan, options: { kinds } })
    expect(lines.join('\n')).toContain(
      `unknown field "${old.split(':')[0]}" (did you mean "${replacement}"?)`,
    )
  })

  it('of onFailure is refused with the new one', async () => {
    const plan = planOf('- { step: a, kind: purge, path: /srv/a }').replace(
      '    steps:',
      `    onFailure: roll${'-'}back\n    steps:`,
    )
    expect((await problemLinesOf({ plan })).join('\n')).toMatch(/^6:16 bad-value .*"rollback"/)
  })
})

describe('a duration', () => {
  it.each([
    ['90s', 90],
    ['10m', 600],
    ['4h', 14_400],
    ['2d', 172_800],
    ['1 minute', 60],
    ['4 hours', 14_400],
  ])('%s is %i seconds', async (timeout, seconds) => {
    const plan = planOf(`- { step: a, kind: script, script: 'true', timeout: ${timeout} }`)
    expect((await load({ plan })).phases[0]?.steps[0]?.timeoutSeconds).toBe(seconds)
  })

  it.each([
    ['1min', '"1m"'],
    ['90 secs', '"90s"'],
    ['2D', '"2d"'],
    ['4 h', '"4h"'],
    ['soon', '"10m" or "10 minutes"'],
    ['1h30m', '"10m" or "10 minutes"'],
  ])('%s is refused; the message suggests %s', async (timeout, offered) => {
    const plan = planOf(`- { step: a, kind: purge, path: /srv/a, timeout: ${timeout} }`)
    const problems = (await problemLinesOf({ plan })).join()
    expect(problems).toContain(' bad-duration ')
    expect(problems).toContain(offered)
  })
})

describe('problems in a step with a secret', () => {
  const plan = (more: string, environment: string) => `plan: odd
title: x
hosts: [server]
secrets: { file: master.env, require: [PW] }
phases:
  - phase: one
    steps:
      - step: act
        kind: command
        script: mysql -p"$PW" -e 'select 1'
        cannotUndo: an example
        noProof: an example
        environment: { ${environment}, PW: "\${{ secrets.PW }}" }
${more}`
  const said = (more: string, environment = 'A: b') =>
    problemsIn({ plan: plan(more, environment), options: { kinds } })

  it('reports an invalid variable name, and still applies rules to the script', async () => {
    const wrong = '"count(*)": "${{ secrets.PW }}"'
    expect(await said('', wrong)).toEqual(['10:17 R015', '13:24 bad-key'])
  })

  it('reports an invalid variable name whose value only the run knows', async () => {
    expect(await said('', '"count(*)": "${{ steps.act.outputs.x }}"')).toContain('13:24 bad-key')
  })

  it('reports a misspelt field, and nothing about the secret', async () => {
    expect(await said('        noprof: none\n')).toEqual(['10:17 R015', '14:9 unknown-field'])
  })
})

describe('a whole field that only the run knows', () => {
  const PLAN = (field: string, kind: string) => `plan: later
title: x
hosts: [server]
phases:
  - phase: one
    gate: { approvers: anyone }
    steps:
      - { step: start, kind: compose-up, file: /srv/shop/compose.yaml, project: shop }
      - step: act
        kind: ${kind}
        ${field}: \${{ steps.start.outputs.containers }}
`
  it('is refused where no text is valid', async () => {
    const said = async (field: string, kind: string) =>
      await problemsIn({ plan: PLAN(field, kind), options: { kinds } })
    expect(await said('containers', 'prune')).toContain('11:21 bad-chosen')
    expect(await said('effects', 'command')).toContain('11:18 bad-value')
    expect(await said('sources', 'secrets-audit')).toContain('11:18 bad-sources')
  })

  it.each([...kinds.values()])('never makes check throw: $kind', async ({ kind, fields }) => {
    const example = readFileSync(packageFolder('docs', 'kinds', `${kind}.yaml`), 'utf8').trimEnd()
    for (const field of Object.keys(fields)) {
      // The example with this one field replaced, including the lines below its key.
      const others = example.split(new RegExp(`^${field}:.*(?:\\n[ -].*)*\\n?`, 'm')).join('')
      const step = `${others.trimEnd()}\n${field}: \${{ steps.start.outputs.containers }}`
      const steps = PLAN('x', 'y').split('      - step: act')[0] + indented(step)
      await problemLinesOf({ plan: steps, files: { Caddyfile: '' }, options: { kinds } })
    }
  })
})

describe('the effects of a command', () => {
  const said = (what: string, name: string) =>
    problemsIn({
      plan: `plan: p
title: A test
hosts: [one]
phases:
  - phase: a
    steps:
      - step: b
        kind: command
        script: touch /srv/b
        undo: rm -f /srv/b
        verify: test -e /srv/b
        effects: [{ how: modifies, what: ${what}, name: ${JSON.stringify(name)} }]
`,
      options: { kinds },
    })

  it.each([
    ['path', '../etc'],
    ['path', '/'],
    ['path', '/srv/a/../b'],
    ['container', '-x\ny'],
    ['volume', 'a b'],
    ['project', 'Shop'],
    ['image', '-a'],
    ['network', 'host'],
    ['database', 'a\nb'],
    ['url', 'shop'],
  ])('refuses %s %j', async (what, name) => {
    expect(await said(what, name)).toEqual([expect.stringMatching(/^12:/)])
  })

  it.each([
    ['path', '/srv/b'],
    ['database', 'database of shop/db role shop'],
    ['container', 'shop-db-1'],
    ['url', 'https://shop.example.org/'],
  ])('accepts %s %s', async (what, name) => {
    expect(await said(what, name)).toEqual([])
  })
})

function indented(step: string): string {
  return step
    .split('\n')
    .map((line, index) => `      ${index === 0 ? '- ' : '  '}${line}\n`)
    .join('')
}
