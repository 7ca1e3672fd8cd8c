const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
  .concat(
    [...'bcdefghi'].map((name, index) => `${name}: &${name} [${`*${'abcdefghi'[index]}, `.repeat(10)}]`),
  )
  .join('\n')

const rest =
  'title: x\nhosts: [one]\nphases: [{ phase: a, steps: [{ step: b, kind: script, script: "true" }] }]\n'

/** Bad YAML: number in the list of bad inputs and title, the file, and all of its problems. */
export const badYaml: readonly (readonly [string, string | Uint8Array, readonly string[]])[] = [
  ['1 a key twice', `plan: a\n${rest}plan: c\n`, ['5:1 yaml-duplicate-key']],
  ['2 a bomb of aliases', bomb, ['2:12 yaml-aliases']],
  [
    '2 a bomb of few aliases',
    `a: &a [${'x, '.repeat(1000)}]\nb: [${'*a, '.repeat(99)}]\n`,
    ['1:2705 yaml-too-many-values'],
  ],
  ['2 too many aliases', `a: &a x\nb: [${'*a, '.repeat(101)}]\n`, ['2:405 yaml-aliases']],
  ['2 an alias in itself', 'a: &a [*a]\n', ['1:8 yaml-too-deep']],
  ['3 too deep', `a: ${'['.repeat(70)}${']'.repeat(70)}\n`, ['1:68 yaml-too-deep']],
  ['3 far too deep', '['.repeat(1_000_000), ['1:66 yaml-too-deep']],
  ['3 too large', `a: "${'x'.repeat(1024 * 1024)}"\n`, ['1:1 file-too-large']],
  ['4 a tab', 'plan:\n\t- b\n', ['2:1 yaml-tab']],
  ['5 a tag', 'plan: !secret x\n', ['1:7 yaml-tag']],
  ['5 a tag of YAML itself', 'plan: !!set {a}\n', ['1:13 yaml-tag']],
  ['6 two documents', 'plan: a\n---\nplan: b\n', ['2:1 yaml-many-documents']],
  ['7 an unknown alias', 'plan: *a\n', ['1:7 yaml-unknown-alias']],
  ['8 a merge', `plan: a\ndefaults: { <<: {} }\n${rest}`, ['2:13 yaml-merge-key']],
  ['9 __proto__', `plan: a\n__proto__: {x: y}\n${rest}`, ['2:1 yaml-forbidden-key']],
  ['9 constructor', `plan: a\nconstructor: x\n${rest}`, ['2:1 yaml-forbidden-key']],
  ['10 NUL, as it is', `plan: a\0b\n${rest}`, ['1:8 yaml-control-character']],
  ['10 NUL, escaped', `plan: "a\\0b"\n${rest}`, ['1:7 yaml-control-character']],
  ['11 text that runs backwards', `plan: a\u202eb\n${rest}`, ['1:8 yaml-hidden-character']],
  ['11 no width', `plan: "a\\u200bb"\n${rest}`, ['1:7 yaml-hidden-character']],
  ['12 a map as a key', '? {a: b}\n: c\n', ['1:3 yaml-key-not-text']],
  ['13 a large integer', `plan: 9007199254740993\n${rest}`, ['1:7 yaml-integer-too-large']],
  ['14 an octal mode', `plan: 0o17\n${rest}`, ['1:7 yaml-octal']],
  ['14 a mode with a zero', `plan: 0644\n${rest}`, ['1:7 yaml-octal']],
  ['15 a version', `plan: 1.10\n${rest}`, ['1:7 yaml-number-changes']],
  ['16 nothing', '', ['1:1 yaml-not-a-map']],
  ['16 only a comment', '# plan\n', ['1:1 yaml-not-a-map']],
  ['16 a scalar', 'plan\n', ['1:1 yaml-not-a-map']],
  ['16 a list', '- plan\n', ['1:1 yaml-not-a-map']],
  ['17 YAML 1.1', '%YAML 1.1\n---\nplan: no\n', ['1:1 yaml-version']],
  ['18 not UTF-8', new Uint8Array([0x61, 0x3a, 0x0a, 0x62, 0x3a, 0x20, 0xff]), ['2:4 yaml-not-utf8']],
  ['48 a token', `plan: ghp_${'a1B2'.repeat(9)}\n${rest}`, ['1:7 secret-inline']],
  ['50 a password in an address', `plan: postgres://app:hunter2@db/app\n${rest}`, ['1:7 url-password']],
  ['broken syntax', 'plan: "a\n', ['2:1 yaml-syntax']],
  [
    'a lookup without quotes in braces',
    'phases:\n  - { phase: a, title: ${{ inputs.x }}, gate: {} }\nplan: a\n',
    ['2:25 yaml-syntax', '3:1 yaml-syntax'],
  ],
  ['a colon in a title', 'plan: a\ntitle: Restore: all of it\nhosts: [a]\n', ['2:8 yaml-syntax']],
  ['a hexadecimal number', `plan: 0x1F\n${rest}`, ['1:7 yaml-number-changes']],
]
