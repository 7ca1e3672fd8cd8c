const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
  .concat(
    [...'bcdefghi'].map((name, index) => `${name}: &${name} [${`*${'abcdefghi'[index]}, `.repeat(10)}]`),
  )
  .join('\n')

const rest =
  'title: x\nhosts: [one]\nphases: [{ phase: a, steps: [{ step: b, kind: script, script: "true" }] }]\n'

/** What is no plain YAML, by number of the list of bad inputs: the file, and all that is said of it. */
export const badYaml: readonly (readonly [string, string | Uint8Array, readonly string[]])[] = [
  [
    '1 a key twice',
    `plan: a\n${rest}plan: c\n`,
    ['5:1 yaml-duplicate-key the key "plan" is there twice (take one out)'],
  ],
  [
    '2 a bomb of aliases',
    bomb,
    ['2:12 yaml-aliases uses more than 100 aliases (write the values out, or use each)'],
  ],
  [
    '2 a bomb of few aliases',
    `a: &a [${'x, '.repeat(1000)}]\nb: [${'*a, '.repeat(99)}]\n`,
    ['1:2705 yaml-too-many-values holds more than 50000 values (make several plans of it)'],
  ],
  [
    '2 too many aliases',
    `a: &a x\nb: [${'*a, '.repeat(101)}]\n`,
    ['2:405 yaml-aliases uses more than 100 aliases (write the values out, or use each)'],
  ],
  [
    '2 an alias in itself',
    'a: &a [*a]\n',
    ['1:8 yaml-too-deep is nested deeper than 64 levels (look for a bracket that is not closed)'],
  ],
  [
    '3 too deep',
    `a: ${'['.repeat(70)}${']'.repeat(70)}\n`,
    ['1:68 yaml-too-deep is nested deeper than 64 levels (look for a bracket that is not closed)'],
  ],
  [
    '3 far too deep',
    '['.repeat(1_000_000),
    ['1:66 yaml-too-deep is nested deeper than 64 levels (look for a bracket that is not closed)'],
  ],
  [
    '3 too large',
    `a: "${'x'.repeat(1024 * 1024)}"\n`,
    ['1:1 file-too-large plan.yaml is larger than 1048576 bytes'],
  ],
  ['4 a tab', 'plan:\n\t- b\n', ['2:1 yaml-tab a tab cannot indent (use spaces)']],
  ['5 a tag', 'plan: !secret x\n', ['1:7 yaml-tag has the tag !secret (plans need no tags)']],
  [
    '5 a tag of YAML itself',
    'plan: !!set {a}\n',
    ['1:13 yaml-tag has the tag tag:yaml.org,2002:set (plans need no tags)'],
  ],
  [
    '6 two documents',
    'plan: a\n---\nplan: b\n',
    ['2:1 yaml-many-documents a second document begins here (one plan, one file)'],
  ],
  [
    '7 an unknown alias',
    'plan: *a\n',
    [
      '1:7 yaml-unknown-alias *a stands for nothing above it (write the value out; a text that begins with * stands in quotes)',
    ],
  ],
  [
    '8 a merge',
    `plan: a\ndefaults: { <<: {} }\n${rest}`,
    ['2:13 yaml-merge-key merge keys are not read (write the fields out)'],
  ],
  [
    '9 __proto__',
    `plan: a\n__proto__: {x: y}\n${rest}`,
    ['2:1 yaml-forbidden-key "__proto__" cannot be a key (choose another name)'],
  ],
  [
    '9 constructor',
    `plan: a\nconstructor: x\n${rest}`,
    ['2:1 yaml-forbidden-key "constructor" cannot be a key (choose another name)'],
  ],
  [
    '10 NUL, as it is',
    `plan: a\0b\n${rest}`,
    [
      '1:8 yaml-control-character holds the control character U+0000 (take it out; it comes with text copied from a terminal)',
    ],
  ],
  [
    '10 NUL, escaped',
    `plan: "a\\0b"\n${rest}`,
    [
      '1:7 yaml-control-character holds the control character U+0000 (take it out; it comes with text copied from a terminal)',
    ],
  ],
  [
    '11 text that runs backwards',
    `plan: a\u202eb\n${rest}`,
    [
      '1:8 yaml-hidden-character holds U+202E, which hides or reorders text (take it out; it comes with text copied from a page)',
    ],
  ],
  [
    '11 no width',
    `plan: "a\\u200bb"\n${rest}`,
    [
      '1:7 yaml-hidden-character holds U+200B, which hides or reorders text (take it out; it comes with text copied from a page)',
    ],
  ],
  [
    '12 a map as a key',
    '? {a: b}\n: c\n',
    ['1:3 yaml-key-not-text a key must be text (put it in quotes; a lookup ${{ … }} as a value, too)'],
  ],
  [
    '13 a large integer',
    `plan: 9007199254740993\n${rest}`,
    [
      '1:7 yaml-integer-too-large 9007199254740993 is beyond 2^53 and is read as 9007199254740992 (in quotes it stays as it is: "9007199254740993")',
    ],
  ],
  [
    '14 an octal mode',
    `plan: 0o17\n${rest}`,
    ['1:7 yaml-octal 0o17 is read as the number 15 (in quotes it stays as it is: "0o17")'],
  ],
  [
    '14 a mode with a zero',
    `plan: 0644\n${rest}`,
    ['1:7 yaml-octal 0644 is read as the number 644 (in quotes it stays as it is: "0644")'],
  ],
  [
    '15 a version',
    `plan: 1.10\n${rest}`,
    ['1:7 yaml-number-changes 1.10 is read as the number 1.1 (in quotes it stays as it is: "1.10")'],
  ],
  [
    '16 nothing',
    '',
    ['1:1 yaml-not-a-map holds no map of keys and values (begin with plan:, title:, hosts: and phases:)'],
  ],
  [
    '16 only a comment',
    '# plan\n',
    ['1:1 yaml-not-a-map holds no map of keys and values (begin with plan:, title:, hosts: and phases:)'],
  ],
  [
    '16 a scalar',
    'plan\n',
    ['1:1 yaml-not-a-map holds no map of keys and values (begin with plan:, title:, hosts: and phases:)'],
  ],
  [
    '16 a list',
    '- plan\n',
    ['1:1 yaml-not-a-map holds no map of keys and values (begin with plan:, title:, hosts: and phases:)'],
  ],
  [
    '17 YAML 1.1',
    '%YAML 1.1\n---\nplan: no\n',
    ['1:1 yaml-version asks for another YAML than 1.2 (leave the %YAML line out)'],
  ],
  [
    '18 not UTF-8',
    new Uint8Array([0x61, 0x3a, 0x0a, 0x62, 0x3a, 0x20, 0xff]),
    ['2:4 yaml-not-utf8 is not UTF-8 from here on (save the file as UTF-8)'],
  ],
  [
    '48 a token',
    `plan: ghp_${'a1B2'.repeat(9)}\n${rest}`,
    ['1:7 secret-inline looks like a secret (put it into the secrets file and write ${{ secrets.NAME }})'],
  ],
  [
    '50 a password in an address',
    `plan: postgres://app:hunter2@db/app\n${rest}`,
    [
      '1:7 url-password has an address with a password in it (put it into the secrets file and write ${{ secrets.NAME }})',
    ],
  ],
  [
    'broken syntax',
    'plan: "a\n',
    [
      '2:1 yaml-syntax a quote, a bracket or a comma is missing (close what is open above, or put the text in quotes)',
    ],
  ],
  [
    'a lookup without quotes in braces',
    'phases:\n  - { phase: a, title: ${{ inputs.x }}, gate: {} }\nplan: a\n',
    [
      '2:25 yaml-syntax cannot stand here (within { } and [ ], a lookup ${{ … }} and a text with , : { } [ ] stand in quotes)',
      '3:1 yaml-syntax cannot stand here (within { } and [ ], a lookup ${{ … }} and a text with , : { } [ ] stand in quotes)',
    ],
  ],
  [
    'a colon in a title',
    'plan: a\ntitle: Restore: all of it\nhosts: [a]\n',
    ['2:8 yaml-syntax holds a second ": " in one line (put the text after the first one in quotes)'],
  ],
  [
    'a hexadecimal number',
    `plan: 0x1F\n${rest}`,
    ['1:7 yaml-number-changes 0x1F is read as the number 31 (in quotes it stays as it is: "0x1F")'],
  ],
]
