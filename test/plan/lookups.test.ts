import { describe, expect, it } from 'vitest'
import { fillIn, outputsIn, valuesOf } from '../../src/plan/values/fill-in.ts'
import { SecretMissing, StepRefused } from '../../src/errors.ts'
import { Secret } from '../../src/shell/secret.ts'
import { kinds, load, planOf, problemsIn } from './arrange.ts'

const head = `title: x
inputs: { domain: { default: a.org }, who: required }
secrets: { file: x.env, require: [PASSWORD, TOKEN] }`
const run = (text: string, id = 'b'): string => `- { step: ${id}, kind: script, script: "${text}" }`

describe('an invalid lookup is refused, at its position', () => {
  it.each([
    ['an unknown input', '${{ inputs.domian }}', 'unknown-input'],
    ['an unknown word', '${{ env.HOME }}', 'bad-lookup'],
    ['an expression', '${{ inputs.domain || 1 }}', 'bad-lookup'],
    ['one that is not closed', '${{ inputs.domain }', 'bad-lookup'],
    ['each, where nothing is repeated', '${{ each }}', 'each-outside'],
    ['an unknown step', '${{ steps.aa.outputs.id }}', 'unknown-step'],
    ['an unknown output', '${{ steps.a.outputs.ip }}', 'unknown-output'],
    ['a step that comes later', '${{ steps.c.outputs.id }}', 'output-not-in-time'],
    ['a secret that is not required', '${{ secrets.PASSWRD }}', 'unknown-secret'],
    ['a secret in a script', '${{ secrets.TOKEN }}', 'secret-not-allowed'],
  ])('%s', async (_, text, expected) => {
    const plan = planOf(`${run('true', 'a')}\n${run(`echo ${text}`)}\n${run('true', 'c')}`, head)
    // `echo` starts in column 43, the lookup after it.
    expect(await problemsIn({ plan, inputs: { who: 'me' } })).toEqual([`10:48 ${expected}`])
  })

  it.each([
    ['a title', 'title: "${{ steps.a.outputs.id }}"', '10:28 lookup-too-early'],
    ['a host', 'host: "${{ secrets.TOKEN }}"', '10:27 lookup-too-early'],
    ['a name', 'environment: { "${{ inputs.who }}": x }', '10:35 lookup-in-key'],
  ])('in %s', async (_, field, expected) => {
    const plan = planOf(`${run('true', 'a')}\n- { step: b, ${field}, kind: script, script: "true" }`, head)
    expect(await problemsIn({ plan, inputs: { who: 'me' } })).toContain(expected)
  })

  it('of a repeated step, without the repetition', async () => {
    const plan = planOf(
      `- { step: a, each: [x, y], kind: script, script: "true" }\n${run('${{ steps.a.outputs.id }}')}`,
    )
    expect(await problemsIn({ plan })).toEqual(['8:43 unknown-step'])
  })

  it('twice in one text, at both positions', async () => {
    const plan = planOf(run('${{ inputs.a }} ${{ inputs.b }}'), 'title: x\ninputs: { who: required }')
    expect(await problemsIn({ plan, inputs: { who: 'me' } })).toEqual([
      '8:43 unknown-input',
      '8:59 unknown-input',
    ])
  })
})

describe('inputs', () => {
  const plan = planOf(run('echo ${{ inputs.domain }} ${{ inputs.who }}'), head)

  it('are filled in once', async () => {
    const resolved = await load({ plan, inputs: { who: '$& ${HOME}' } })
    expect(resolved.phases[0]?.steps[0]?.fields).toEqual({ script: 'echo a.org $& ${HOME}' })
  })

  it.each([
    ['a missing one', {}, '3:39 missing-input'],
    ['an unknown one', { who: 'me', domian: 'x' }, '3:1 unknown-input'],
    ['a lookup, which could reach a secret', { who: '${{ secrets.TOKEN }}' }, '3:44 bad-input'],
    ['an invisible character', { who: 'a\u0000' }, '3:44 bad-input'],
  ])('are refused with %s', async (_, inputs, expected) => {
    expect(await problemsIn({ plan, inputs: inputs as Record<string, string> })).toEqual([expected])
  })

  it('must match their pattern as a whole', async () => {
    const patterned = planOf(run('true'), 'title: x\ninputs: { port: { default: "80", pattern: "[0-9]+" } }')
    expect(await problemsIn({ plan: patterned })).toEqual([])
    expect(await problemsIn({ plan: patterned, inputs: { port: '80; rm' } })).toEqual(['3:17 bad-input'])
  })

  it.each([
    ['nested quantifiers', '(a+)+', 'a'.repeat(30) + '!', 'bad-input'],
    ['alternatives that are the same', '(a|a)*', 'a'.repeat(30) + '!', 'bad-input'],
    ['many stars', 'a*a*a*a*a*a*a*b', 'a'.repeat(900), 'bad-input'],
    ['an assertion of lookahead', '(?=a)a', 'a', 'bad-pattern'],
    ['an open bracket', '[a', 'a', 'bad-pattern'],
    ['a thousand times a thousand', '(a{1000}){1000}', 'a', 'bad-pattern'],
  ])('are checked in linear time if the pattern has %s', async (_, pattern, value, code) => {
    const slow = planOf(
      run('true'),
      `title: x\ninputs: { port: { default: "${value}", pattern: "${pattern}" } }`,
    )
    const before = process.cpuUsage()
    expect(await problemsIn({ plan: slow })).toEqual([expect.stringContaining(code)])
    expect(process.cpuUsage(before).user / 1_000_000).toBeLessThan(10)
  })

  it('accept the pattern syntax of JavaScript', async () => {
    const patterned = planOf(
      run('true'),
      'title: x\ninputs: { name: { default: "\u00e9a-b/c", pattern: "[\\\\u00e9\\\\w]+(?:-[\\\\p{L}\\\\/]+)*" } }',
    )
    expect(await problemsIn({ plan: patterned })).toEqual([])
  })

  it('cannot form a lookup with the text around them', async () => {
    const sly = planOf(
      '- { step: a, kind: script, script: "true", environment: { A: "${{ inputs.who }}{{ secrets.TOKEN }}" } }',
      head,
    )
    expect(await problemsIn({ plan: sly, inputs: { who: '$' } })).toEqual(['9:68 bad-lookup'])
  })
})

describe('a lookup that only the run knows', () => {
  const steps = `${run('true', 'a')}
- step: b
  kind: script
  script: echo \${{steps.a.outputs.id}} \${HOME}
  environment:
    PLAIN: as it is
    URL: postgres://app:\${{ secrets.PASSWORD }}@db
    TOKEN: \${{ secrets.TOKEN }}`
  const known = {
    outputs: { a: { id: '42 ${{ secrets.TOKEN }}' } },
    secrets: new Map([
      ['PASSWORD', new Secret('pass')],
      ['TOKEN', new Secret('${{ secrets.PASSWORD }}')],
    ]),
  }
  const fields = async () => {
    const plan = await load({ plan: planOf(steps, head), inputs: { who: 'me' } })
    return plan.phases[0]?.steps[1]?.fields ?? {}
  }

  it('stays in the resolved plan', async () => {
    expect(await fields()).toEqual({
      script: 'echo ${{ steps.a.outputs.id }} ${HOME}',
      environment: {
        PLAIN: 'as it is',
        URL: 'postgres://app:${{ secrets.PASSWORD }}@db',
        TOKEN: '${{ secrets.TOKEN }}',
      },
    })
    expect(outputsIn(await fields())).toEqual([{ step: 'a', output: 'id' }])
  })

  it('is filled in once, and a secret makes the whole text secret', async () => {
    const filled = fillIn(await fields(), known)
    expect(filled['script']).toBe('echo 42 ${{ secrets.TOKEN }} ${HOME}')
    const environment = filled['environment'] as Record<string, string | Secret>
    expect(environment['PLAIN']).toBe('as it is')
    const reveal = (value: string | Secret | undefined) =>
      value instanceof Secret ? value.reveal() : 'no secret'
    expect(reveal(environment['URL'])).toBe('postgres://app:pass@db')
    expect(reveal(environment['TOKEN'])).toBe('${{ secrets.PASSWORD }}')
    expect(JSON.stringify(filled)).not.toContain('pass')
  })

  it('is refused if its value is missing, or invalid for the field', async () => {
    const script = kinds.get('script')
    const purge = kinds.get('purge')
    if (!script || !purge) throw new Error('kinds are missing')
    const given = await fields()
    expect(() => fillIn(given, { ...known, outputs: {} })).toThrow(StepRefused)
    expect(() => fillIn(given, { ...known, secrets: new Map() })).toThrow(SecretMissing)
    const path = { path: '/srv/${{ steps.a.outputs.id }}' }
    expect(() => valuesOf(purge, path, { ...known, outputs: { a: { id: '' } } })).toThrow(StepRefused)
    expect(valuesOf(script, given, known)).toMatchObject({ idempotent: false })
  })

  it('does not hide other problems', async () => {
    const plan = planOf(
      `${run('true', 'a')}\n- { step: b, kind: script, script: "\${{ steps.a.outputs.id }}", environment: { A: "\${{ steps.a.outputs.id }}", b: x }, extra: 1 }`,
      head,
    )
    const problems = await problemsIn({ plan, inputs: { who: 'me' } })
    expect(problems.map((line) => line.split(' ')[1])).toEqual(['bad-key', 'unknown-field'])
  })
})
