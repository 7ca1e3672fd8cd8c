import { execa } from 'execa'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { problemLines, underlined } from '../../src/cli/rendering/problem-lines.ts'
import { packageFolder } from '../../src/config.ts'
import { checkPlan } from '../../src/plan/load-plan.ts'
import { kinds } from '../../src/steps/index.ts'
import { folderWith, planOf } from '../plan/arrange.ts'
import { aDesk } from './typing.ts'

const desk = await aDesk()

function plan(name: string, steps: string): void {
  mkdirSync(join(desk.directory, 'plans'), { recursive: true })
  writeFileSync(
    join(desk.directory, 'plans', `${name}.yaml`),
    `plan: ${name}\ntitle: To be checked\nhosts: [nowhere]\nphases:\n  - phase: one\n    steps:\n${steps}\n`,
  )
}
plan('good', '      - { step: a, kind: directories, paths: [/srv/a/b] }')
plan(
  'bad',
  '      - { step: a, kind: directorys, paths: [/srv/a/b] }\n      - { step: b, kind: move, from: "/", to: /srv/b }',
)

plan(
  'warned',
  `      - { step: a, kind: command, script: rm -rf /srv/x/y, undo: mkdir -p /srv/x/y, noProof: an example }
      - step: b
        kind: command
        script: docker system prune -af
        cannotUndo: an example
        noProof: an example
        effects: [{ how: modifies, what: project, name: shop }]
        allow: [{ rule: R013, because: nobody else is on this host }]`,
)

describe('reinstate check', () => {
  it('needs no host, no inventory and no Temporal', async () => {
    const { code, out } = await desk.type('check', 'good', 'vividwalls-restore', 'guestbook-restore')
    expect(out).toContain('good: To be checked\n  valid: 1 phase, 1 step, 0 gates, on nowhere')
    expect(out).toMatch(/^vividwalls-restore: .*\n {2}valid: \d+ phases/m)
    expect(code).toBe(0)
  })

  it('counts all steps of a run, as the README does, and those that it could check only in part', async () => {
    const { out } = await desk.type('check', 'vividwalls-restore')
    const [, steps = ''] = /valid: \d+ phases, (\d+) steps/.exec(out) ?? []
    const readme = readFileSync(packageFolder('README.md'), 'utf8')
    expect([...readme.matchAll(/\b(\d+) steps\b/g)].map(([, count]) => count)).toEqual([steps, steps])
    expect(out).toMatch(/^ {2}8 steps .*--input name=value/m)
  })

  it('shows every problem of every plan at once, its line underlined', async () => {
    const { code, out } = await desk.type('check', 'bad', 'good', 'bda')
    expect(code).toBe(2)
    expect(out.split('\n')).toEqual([
      'plans/bad.yaml:7:26 unknown-kind there is no kind of step "directorys"',
      '  7 |       - { step: a, kind: directorys, paths: [/srv/a/b] }',
      '    |                          ^^^^^^^^^^',
      '  hint: did you mean "directories"?',
      'plans/bad.yaml:8:38 bad-path from "/" is the system directory /; use a path below it',
      '  8 |       - { step: b, kind: move, from: "/", to: /srv/b }',
      '    |                                      ^^^',
      expect.stringMatching(/^ {2}hint: ./),
      'good: To be checked',
      '  valid: 1 phase, 1 step, 0 gates, on nowhere',
      expect.stringContaining('bda:1:1 unknown-plan no plan "bda" in'),
      '  hint: did you mean "bad"?',
      '3 errors, 0 warnings; reinstate explain CODE explains each',
    ])
  })

  it('prints the same as JSON', async () => {
    const { code, out } = await desk.type('check', 'bad', '--json')
    expect(code).toBe(2)
    expect(JSON.parse(out)).toEqual([
      {
        file: 'plans/bad.yaml',
        line: 7,
        column: 26,
        code: 'unknown-kind',
        severity: 'error',
        message: 'there is no kind of step "directorys"',
        hint: 'did you mean "directories"?',
      },
      expect.objectContaining({
        line: 8,
        column: 38,
        code: 'bad-path',
        hint: expect.stringMatching(/./) as string,
      }),
    ])
    expect(JSON.parse((await desk.type('check', 'good', '--json')).out)).toEqual([])
  })

  it('L10 › --json escapes C1 control characters, which a terminal obeys', async () => {
    const { out } = await desk.type('check', 'odd\u009b31mname', '--json')
    expect(out).not.toMatch(/[\u007f-\u009f]/)
    expect(JSON.parse(out)).toMatchObject([{ file: 'odd\u009b31mname' }])
  })

  it.each([
    ['/dev/null', '/dev/null:1:1 unknown-plan /dev/null is not a file'],
    ['-', '-:1:1 unknown-plan a plan is not read from standard input'],
    ['', '"":1:1 unknown-plan a plan is not read from standard input'],
    ['plans/bda.yaml', 'hint: did you mean plans/bad.yaml?'],
    ['pipe', 'unknown-plan no plan "pipe"'],
    ['./pipe', 'is not a file\n  hint: give the path of a YAML file'],
  ])('names what it found instead of a plan: %j', async (plan, expected) => {
    await execa('mkfifo', [join(desk.directory, 'pipe')], { reject: false })
    const { code, out } = await desk.type('check', plan)
    expect(out).toContain(expected)
    expect(code).toBe(2)
  })

  it('shows warnings, which fail only with --strict, and the violations that a plan allows', async () => {
    const { code, out } = await desk.type('check', 'warned')
    expect(out).toContain('plans/warned.yaml:7:43 R020 warning: rm -r checks nothing and cannot be undone')
    expect(out).toMatch(
      /^plans\/warned.yaml:10:17 R013 allowed: docker system prune .*, because nobody else is on/m,
    )
    expect(out).toContain('0 errors, 1 warning; reinstate explain CODE')
    expect(code).toBe(0)
    expect((await desk.type('check', 'warned', '--strict')).code).toBe(2)
    expect(JSON.parse((await desk.type('check', 'warned', '--json')).out)).toMatchObject([
      { severity: 'warning' },
    ])
  })

  it('compares hosts with the inventory if there is one', async () => {
    writeFileSync(join(desk.directory, 'inventory.yaml'), 'hosts: { here: { local: true } }\n')
    const { code, out } = await desk.type('check', 'good')
    expect(code).toBe(2)
    expect(out).toContain(
      'plans/good.yaml:3:9 unknown-host the inventory has no host "nowhere"\n  3 | hosts: [nowhere]',
    )
  })
})

describe('the line under a source line', () => {
  it.each([
    ['a: "b c" # d', 4, '^^^^^'],
    ["a: 'it''s'", 4, '^^^^^^^'],
    ['a: b, c: d', 4, '^'],
    ['key: value', 1, '^^^'],
    ['a: ${{ x.y }}/z', 4, '^^^^^^^^^^'],
    ['url: http://a/b', 6, '^^^^^^^^^^'],
    ['a: [', 5, '^'],
  ])('of %s at %i is %s', (line, column, carets) => {
    expect(underlined(line, { line: 3, column })).toEqual([
      `  3 | ${line}`,
      `    | ${' '.repeat(column - 1)}${carets}`,
    ])
  })

  it('extends to the end of the text, counted in cells: two for a Chinese character, none for an accent', () => {
    const under = (line: string, words: string): string | undefined => {
      const column = line.indexOf(words) + 1
      return underlined(line, { line: 3, column, end: column + words.length })[1]
    }
    expect(under('timeout: 400 days', '400 days')).toBe('    |          ^^^^^^^^')
    expect(under('path: /srv/my dir/../x', '/srv/my dir/../x')).toBe(`    |       ${'^'.repeat(16)}`)
    expect(under('title: 数据库, x: 17', '17')).toBe(
      `    | ${' '.repeat('title: '.length + 6 + ', x: '.length)}^^`,
    )
    expect(under('title: 数据库', '数据库')).toBe('    |        ^^^^^^')
    expect(under('title: e\u0301a, x: 17', '17')).toBe(`    | ${' '.repeat('title: ea, x: '.length)}^^`)
    expect(under('title: \u{1f469}\u200d\u{1f4bb}, x: 17', '17')).toBe(
      `    | ${' '.repeat('title: '.length + 2 + ', x: '.length)}^^`,
    )
  })

  it('shows no secret, even for another problem in the same line, and no password in an address', async () => {
    const secret = 'kD8f92KsLq0ZpX7vBn3MtRwY'
    const plan = folderWith({
      'plan.yaml': planOf(`# password: ${secret}
- { step: a, kind: command, script: "true", environment: { API_TOKEN: ${secret} }, cannotUndo: x, noprof: y }
- { step: b, kind: http-probe, url: "http://me:hunter2!@a/" }`),
    })
    const { problems } = checkPlan({ plan, folders: [], kinds })
    const text = problemLines(problems).join('\n')
    expect(text).toContain(`# password: ${'\u2022'.repeat(24)}\n`)
    expect(text).toMatch(/unknown-field .*\n.*API_TOKEN: \u2022{24} }/)
    expect(text).toContain(`url: "http://me:${'\u2022'.repeat(8)}@a/"`)
    expect(text).not.toContain(secret)
    expect(text).not.toContain('hunter2')
  })

  it('shows invisible characters, and cuts long lines', () => {
    expect(underlined('a\u202eb: c', { line: 1, column: 5 })[0]).toBe('  1 | a\u00b7b: c')
    const [line = '', under = ''] = underlined(`${'x'.repeat(5000)} word ${'y'.repeat(5000)}`, {
      line: 1,
      column: 5002,
    })
    expect(line.length).toBeLessThan(130)
    expect(line.slice(under.indexOf('^'), under.lastIndexOf('^') + 1)).toBe('word')
    expect(underlined(undefined, { line: 9, column: 1 })).toEqual([])
  })
})
