import { describe, expect, it } from 'vitest'
import { checkPlan } from '../../src/plan/load-plan.ts'
import { folderWith, kinds, planOf, problemsIn, problemLinesOf } from './arrange.ts'

const environment = (text: string): string =>
  planOf(`- step: a\n  kind: script\n  script: "true"\n  environment: { ${text} }`)
const script = (text: string): string =>
  planOf(`- step: a\n  kind: script\n  script: |\n    set -e\n    ${text}`)

// Composed, so that no file of this project holds text that looks like a secret.
const random = (length: number): string => 'kD8f92KsLq0ZpX7vBn3MtRwY'.repeat(4).slice(0, length)
const hex = '4f1c9a0b7e2d8835'.repeat(4)

describe('a secret in a plan is refused, at its position', () => {
  it.each([
    ['under a name', environment(`DB_PASSWORD: ${random(24)}`), '10:37 secret-inline'],
    ['in quotes', environment(`DB_PASSWORD: "hunter 2"`), '10:38 secret-inline'],
    ['that is a word', environment('PASSWORD: hunter'), '10:34 secret-inline'],
    ['of digits', environment('PASSWORD: "31337"'), '10:35 secret-inline'],
    [
      'as Amazon names it',
      environment(`AWS_SECRET_ACCESS_KEY: wJalr${random(30)}/KEY`),
      '10:47 secret-inline',
    ],
    ['of 64 hex digits', environment(`API_TOKEN: ${hex}`), '10:35 secret-inline'],
    ...['ops_eyJ', 'dckr_pat_', 'glsa_', 'tskey-auth-'].map((prefix): [string, string, string] => [
      `that begins with ${prefix}`,
      environment(`KEY: ${prefix}${random(40)}`),
      '10:29 secret-inline',
    ]),
    ['with a known prefix', environment(`KEY: rk_${'live'}_${random(24)}`), '10:29 secret-inline'],
    [
      'as the default of an input',
      planOf(
        '- { step: a, kind: script, script: x }',
        `title: x\ninputs: { admin_token: { default: ${random(20)} } }`,
      ),
      '3:35 secret-inline',
    ],
    ['in a header', script(`curl -H "Authorization: Bearer ${random(24)}" http://a/`), '11:42 secret-inline'],
    ['in an address', script(`curl "http://a/?api_key=${random(20)}&x=1"`), '11:35 secret-inline'],
    ['in front of a command', script(`PGPASSWORD=${random(16)} psql`), '11:22 secret-inline'],
    ['as an option', script(`app --api-token=${random(16)}`), '11:27 secret-inline'],
    ['in SQL', script(`psql -c "create role a password '${random(16)}'"`), '11:44 secret-inline'],
    [
      'in a comment',
      planOf(
        `# the old password: ${random(20)}\n- step: a # see the notes\n  kind: script\n  script: "true"`,
      ),
      '7:27 secret-inline',
    ],
    [
      'in a comment behind a value',
      planOf(`- step: a\n  kind: script\n  script: "true" # ${'ghp' + '_' + random(36)}`),
      '9:26 secret-inline',
    ],
  ])('%s', async (_, plan, expected) => {
    expect(await problemsIn({ plan })).toEqual([expected])
    expect((await problemLinesOf({ plan })).join()).not.toContain(random(16))
  })

  it.each([
    [
      'a lookup',
      environment('DB_PASSWORD: "${{ inputs.x }}"').replace(
        'title: Test',
        'title: x\ninputs: { x: { default: a } }',
      ),
    ],
    ['a variable', environment('DB_PASSWORD: "${DB_PASSWORD:?}"')],
    ['nothing', environment('DB_PASSWORD: ""')],
    ['a path', environment('DB_PASSWORD: /run/secrets/db')],
    ['a file', environment(`DB_PASSWORD_FILE: ${random(20)}`)],
    ['a switch', environment('REQUIRE_PASSWORD: "true", MAX_TOKEN: "4096"')],
    ['a digest', environment(`IMAGE: "sha256:${hex}", COMMIT: ${hex.slice(0, 40)}`)],
    ['an id', environment('VOLUME: 8c2ad1f0-3a51-4b6e-9f0c-2d7e9f1a2b3c')],
    ['a public key', environment(`HOST_KEY: "ssh-ed25519 AAAAC3${random(60)}"`)],
    [
      'a substitution',
      script(
        'PGPASSWORD=$(cat /run/secrets/db) psql; TOKEN="$1"; curl -H "Authorization: Bearer $TOKEN" http://a/',
      ),
    ],
    [
      'a placeholder in an address',
      script('echo "postgres://app:…@db/app or postgres://app:<password>@db/app"'),
    ],
    ['a test for one', script("grep -q '^DB_PASSWORD=.' .env; sed -i 's/^TOKEN=.*/TOKEN=/' .env")],
    ['words about one', script('echo "no password: see the notes"; echo token: none')],
    [
      'a comment about one',
      planOf(
        '# the password: from the vault, token=see the notes\n- step: a\n  kind: script\n  script: "true"',
      ),
    ],
    ['a table of types', script('psql -c "create table t (password text, token: uuid)"')],
  ])('no secret: %s', async (_, plan) => {
    expect(await problemLinesOf({ plan })).toEqual([])
  })
})

describe('a secret in an embedded file', () => {
  const problems = (files: Readonly<Record<string, string>>) => {
    const steps = Object.keys(files).map(
      (file, index) =>
        `- { step: s${index}, each: [x, y], kind: copy, path: "/srv/a/\${{ each }}/${index}", from: ${file} }`,
    )
    const folder = folderWith({ 'plan.yaml': planOf(steps.join('\n')), ...files })
    const { problems } = checkPlan({ plan: folder, folders: [], kinds })
    return problems.map(
      ({ file, line, column, end, code, severity = 'error' }) =>
        `${file.replace(/.*\//, '')}:${line}:${column}-${end} ${code} ${severity}`,
    )
  }

  it('is reported once, at its position', () => {
    expect(
      problems({
        'x.env': `A=1\nDB_PASSWORD=${random(20)}\n`,
        'compose.yaml': `services:\n  db:\n    environment:\n      - POSTGRES_PASSWORD=${random(20)}\n      - TOKEN=\${TOKEN:?}\n`,
        'app.json': `{ "apiKey": "${random(20)}" }\n`,
        'key.pem': `-----BEGIN RSA ${'PRIVATE'} KEY-----\nAAAA\n`,
      }),
    ).toEqual([
      'app.json:1:14-34 secret-inline error',
      'compose.yaml:4:27-47 secret-inline error',
      'key.pem:1:1-32 secret-inline error',
      'x.env:2:13-33 secret-inline error',
    ])
  })

  it('is a warning if it may be an example; a variable or a digest is accepted', () => {
    expect(
      problems({
        'x.env': 'DB_PASSWORD=changeme\nTOKEN=\nSECRET_FILE=/run/x\n',
        'compose.yaml': `image: a@sha256:${hex}\npassword: \${DB_PASSWORD}\n# the token: see the notes\n`,
        'a.bin': '\0TOKEN=\u0001',
      }),
    ).toEqual(['x.env:1:13-21 secret-inline warning'])
  })
})
