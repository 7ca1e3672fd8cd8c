import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SecretMissing } from '../../src/errors.ts'
import { parseEnvFile, readSecrets } from '../../src/plan/files/read-secrets.ts'
import { folderWith, load, planOf, problemsIn } from './arrange.ts'

function secretsFile(content: string, mode = 0o600): string {
  const file = join(folderWith({ 'master.env': content }), 'master.env')
  chmodSync(file, mode)
  return file
}

async function refusal(file: string, ...names: readonly string[]): Promise<string> {
  const error: unknown = await readSecrets(file, names).catch((thrown: unknown) => thrown)
  if (!(error instanceof SecretMissing)) throw new Error('was not refused')
  return error.message.replaceAll(file, 'FILE')
}

describe('readSecrets', () => {
  it('returns the required secrets, which print as ‹secret›', async () => {
    const secrets = await readSecrets(secretsFile('A=one\nB=two\nC=three\n'), ['A', 'C'])
    expect([...secrets].map(([name, secret]) => [name, secret.reveal()])).toEqual([
      ['A', 'one'],
      ['C', 'three'],
    ])
    expect(JSON.stringify([...secrets])).toBe('[["A","‹secret›"],["C","‹secret›"]]')
  })

  it.each([0o640, 0o604, 0o644, 0o620])('refuses a file with mode %o', async (mode) => {
    expect(await refusal(secretsFile('A=x\n', mode), 'A')).toMatchSnapshot()
  })

  it('names all missing secrets and invalid lines, and no value', async () => {
    const message = await refusal(
      secretsFile('A=hunter2\nB=\nwhat is this\nA=hunter3\nD="open\n'),
      'A',
      'B',
      'C',
    )
    expect(message).not.toMatch(/hunter|open/)
    expect(message).toMatchSnapshot()
  })

  it('refuses a missing file', async () => {
    expect(await refusal('/nowhere/master.env', 'A')).toMatchSnapshot()
  })
})

describe('the path of the secrets file', () => {
  const plan = (file: string) =>
    planOf(
      '- { step: a, kind: copy, path: "${{ run.secretsFile }}", from: a.txt }',
      `title: x\ninputs: { file: { default: x.env } }\nsecrets: { file: ${file}, require: [A] }`,
    )
  const arranged = (file: string, secretsFolder?: string) => ({
    ...{ plan: plan(file), files: { 'a.txt': 'a' }, options: { secretsFolder } },
  })

  it('is in the folder of the plan, or in REINSTATE_SECRETS', async () => {
    expect((await load(arranged('x.env'))).secrets?.file).toMatch(/\/reinstate-plan-\w+\/x\.env$/)
    const resolved = await load(arranged('shop/x.env', '/run/secrets'))
    expect(resolved.secrets?.file).toBe('/run/secrets/shop/x.env')
    expect(resolved.phases[0]?.steps[0]?.fields['path']).toBe('/run/secrets/shop/x.env')
    expect((await load(arranged('/run/secrets/x.env', '/run/secrets'))).secrets?.file).toBe(
      '/run/secrets/x.env',
    )
  })

  it.each([
    '"${{ inputs.file }}"',
    '"a-${{ run.id }}.env"',
    '../x.env',
    '/etc/shadow',
    '/run/secrets-of-others/x.env',
    '.',
  ])('cannot be %s', async (file) => {
    expect(await problemsIn(arranged(file, '/run/secrets'))).toEqual(['4:18 secrets-file'])
  })
})

describe('parseEnvFile', () => {
  it.each([
    ['A=plain', 'plain'],
    ['A = spaced  ', 'spaced'],
    ['export A=exported', 'exported'],
    ['A=with # comment', 'with'],
    ['A=has#no#comment', 'has#no#comment'],
    ['A=# only a comment', ''],
    ["A='as it $is \\n # here' # comment", 'as it $is \\n # here'],
    ['A="new\\nline \\"quoted\\" C:\\path \\$x"', 'new\nline "quoted" C:\\path $x'],
    ["A='-----BEGIN KEY-----\nabc\n-----END KEY-----'", '-----BEGIN KEY-----\nabc\n-----END KEY-----'],
    ['A=a=b==', 'a=b=='],
    ['\ufeff# first\r\n\r\nA=windows\r\n', 'windows'],
    ['A=last line without an end', 'last line without an end'],
    ['A=', ''],
  ])('%j', (text, value) => {
    expect(parseEnvFile(text)).toEqual({ entries: new Map([['A', value]]), problems: [] })
  })
})
