import { describe, expect, it } from 'vitest'
import { effectsOf } from '../../src/plan/scope/effects.ts'
import { kinds, load, planOf, problemsIn } from './arrange.ts'

describe('a resolved plan', () => {
  it('has all defaults', async () => {
    const plan = await load({ plan: planOf('- { step: a, kind: script, script: "true" }') })
    expect(plan).toEqual({
      plan: 'test',
      title: 'Test',
      stack: 'test',
      hosts: ['one'],
      inputs: {},
      phases: [
        {
          phase: 'first',
          title: 'first',
          needs: [],
          onFailure: 'ask',
          steps: [
            {
              step: 'a',
              title: 'run true',
              kind: 'script',
              host: 'one',
              needs: [],
              fields: { script: 'true' },
              timeoutSeconds: 300,
              maxAttempts: 1,
              backoffSeconds: 10,
              idempotent: false,
            },
          ],
        },
      ],
    })
  })

  it('has all values of the plan file', async () => {
    const plan = await load({
      plan: `plan: big
title: Big
stack: shop
hosts: [one, two]
inputs:
  domain: { default: example.org, description: Where it is, pattern: "[a-z.]+" }
  who: required
secrets: { file: some.env, require: [PASSWORD] }
defaults: { timeout: 1 hour, attempts: 3, backoff: 1 minute, host: two }
phases:
  - phase: first
    title: First of \${{ inputs.domain }}
    gate: { approvers: [ann], note: Look well, within: 4 hours, otherwise: reject }
    onFailure: rollback
    steps:
      - step: a
        kind: purge
        title: Away with it
        host: one
        role: Architect
        source: "4.5"
        success: It is gone
        timeout: 10 seconds
        attempts: 2
        backoff: 2 seconds
        path: /srv/\${{ run.id }}
      - { step: b, kind: script, script: "true" }
      - { step: c, kind: purge, path: /srv/c }
`,
      inputs: { who: 'ann' },
    })
    expect(plan).toMatchObject({ stack: 'shop', inputs: { domain: 'example.org', who: 'ann' } })
    expect(plan.secrets?.file).toMatch(/^\/.*\/some\.env$/)
    const [phase] = plan.phases
    expect(phase).toMatchObject({
      title: 'First of example.org',
      gate: { approvers: ['ann'], note: 'Look well', withinSeconds: 14_400, otherwise: 'reject' },
      onFailure: 'rollback',
    })
    expect(phase?.steps[0]).toEqual({
      step: 'a',
      title: 'Away with it',
      kind: 'purge',
      host: 'one',
      role: 'Architect',
      source: '4.5',
      success: 'It is gone',
      needs: [],
      fields: { path: '/srv/run-1' },
      timeoutSeconds: 10,
      maxAttempts: 2,
      backoffSeconds: 2,
      idempotent: true,
      cannotUndo: 'what is removed is gone',
    })
    // A step that is not idempotent is attempted once, whatever the defaults of the plan.
    expect(phase?.steps[1]).toMatchObject({
      host: 'two',
      timeoutSeconds: 3600,
      maxAttempts: 1,
      backoffSeconds: 60,
    })
    expect(phase?.steps[2]).toMatchObject({ title: 'remove /srv/c', maxAttempts: 3 })
  })

  it('is plain JSON', async () => {
    const plan = await load({ plan: planOf('- { step: a, kind: script, script: "true" }') })
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
  })

  it('leaves ${VAR} to the shell', async () => {
    const plan = await load({
      plan: planOf('- { step: a, kind: script, script: "echo ${HOME} $$ {{ .Names }}" }'),
    })
    expect(plan.phases[0]?.steps[0]?.fields).toEqual({ script: 'echo ${HOME} $$ {{ .Names }}' })
  })

  it('keeps the text of a number, which the activity parses again', async () => {
    const plan = await load({
      plan: planOf(
        '- { step: a, kind: copy, path: /srv/a, from: a.txt, copies: "${{ inputs.n }}" }',
        'title: x\ninputs: { n: { default: "3" } }',
      ),
      files: { 'a.txt': 'a' },
    })
    expect(plan.phases[0]?.steps[0]?.fields['copies']).toBe('3')
  })
})

describe('order', () => {
  const waits = async (steps: string): Promise<Record<string, readonly string[]>> => {
    const plan = await load({ plan: planOf(steps) })
    return Object.fromEntries(plan.phases[0]?.steps.map(({ step, needs }) => [step, needs]) ?? [])
  }
  const step = (id: string, more = ''): string => `- { step: ${id}, kind: script, script: "true"${more} }`

  it('is the order of the file, unless needs overrides it', async () => {
    const steps = [step('a'), step('b'), step('c', ', needs: []'), step('d', ', needs: [a, c]'), step('e')]
    expect(await waits(steps.join('\n'))).toEqual({ a: [], b: ['a'], c: [], d: ['a', 'c'], e: ['d'] })
  })

  it('of repetitions: in parallel, after the step above, before the step below', async () => {
    const steps = [
      step('a'),
      step('b', ', each: [x_1, Y]'),
      step('c'),
      step('d', ', needs: [b.y]'),
      step('e', ', needs: [b]'),
    ]
    expect(await waits(steps.join('\n'))).toEqual({
      a: [],
      'b.x-1': ['a'],
      'b.y': ['a'],
      c: ['b.x-1', 'b.y'],
      d: ['b.y'],
      e: ['b.x-1', 'b.y'],
    })
  })
})

describe('each', () => {
  it('fills in its value as written', async () => {
    const plan = await load({
      plan: planOf(
        '- { step: a, each: [n8n_db, caddy], kind: script, title: "of ${{ each }}", script: "echo ${{each}}" }',
      ),
    })
    expect(plan.phases[0]?.steps.map(({ step, title, fields }) => [step, title, fields])).toEqual([
      ['a.n8n-db', 'of n8n_db', { script: 'echo n8n_db' }],
      ['a.caddy', 'of caddy', { script: 'echo caddy' }],
    ])
  })

  it('repeats a phase with its steps', async () => {
    const plan = await load({
      plan: `plan: p
title: P
hosts: [one]
phases:
  - phase: move
    each: [n8n, caddy]
    title: Move \${{ each }}
    steps:
      - { step: look, kind: script, script: "echo \${{ each }}" }
      - { step: act, kind: script, script: "echo \${{ steps.look.outputs.id }}" }
      - { step: check, kind: script, script: "true", needs: [look, act] }
  - phase: end
    steps:
      - { step: last, kind: script, script: "echo \${{ steps.act.n8n.outputs.id }}" }
`,
    })
    expect(plan.phases.map(({ phase, title, needs }) => [phase, title, needs])).toEqual([
      ['move.n8n', 'Move n8n', []],
      ['move.caddy', 'Move caddy', []],
      ['end', 'end', ['move.n8n', 'move.caddy']],
    ])
    expect(plan.phases[1]?.steps[1]).toMatchObject({
      step: 'act.caddy',
      needs: ['look.caddy'],
      title: 'run echo ‹outputs.id of look.caddy›',
      fields: { script: 'echo ${{ steps.look.caddy.outputs.id }}' },
    })
    expect(plan.phases[0]?.steps[2]?.needs).toEqual(['look.n8n', 'act.n8n'])
  })

  it.each([
    ['values that give one id', 'each: [a_b, a-b]', ['7:28 each-collision']],
    ['a value that gives none', 'each: ["!"]', ['7:23 bad-each']],
    ['a lookup', 'each: ["${{ run.id }}"]', ['7:23 lookup-in-each']],
    ['no values', 'each: []', ['7:22 bad-value']],
    ['a number', 'each: [1]', ['7:23 bad-value']],
    ['an id that is too long', `each: [${'x'.repeat(100)}]`, ['7:132 id-too-long']],
  ])('is refused with %s', async (_, each, expected) => {
    expect(
      await problemsIn({
        plan: planOf(`- { s: 1, ${each}, step: a, kind: script, script: "true" }`).replace('s: 1, ', '     '),
      }),
    ).toEqual(expected)
  })
})

describe('effectsOf', () => {
  it('lists effects by step, with placeholders for what only the run knows', async () => {
    const plan = await load({
      plan: planOf(
        '- { step: a, kind: script, script: "true" }\n- { step: b, kind: copy, from: a.txt, path: "/srv/${{ steps.a.outputs.id }}" }',
      ),
      files: { 'a.txt': 'a' },
    })
    expect(effectsOf(plan, kinds)).toEqual([
      { phase: 'first', step: 'a', host: 'one', effects: [] },
      {
        phase: 'first',
        step: 'b',
        host: 'one',
        effects: [
          { how: 'modifies', what: 'path', name: '/srv/‹outputs.id of a›', host: 'one', isUnknown: true },
        ],
      },
    ])
  })
})
