import { planOf } from '../arrange.ts'

export const fine = '- { step: a, kind: purge, path: /srv/a }'
export const gated = (steps: string, head?: string): string =>
  planOf(steps, head).replace('    steps:', '    gate: { approvers: anyone }\n    steps:')

/** Number in the list of bad inputs and title, the plan, and all of its problems. Steps start at line 8. */
export const badPlans: readonly (readonly [string, string, readonly string[]])[] = [
  ['19 an unknown kind', gated('- step: a\n  kind: copi\n  path: /srv/a'), ['9:15 unknown-kind']],
  [
    '20 an unknown field of a kind',
    gated('- step: a\n  kind: purge\n  path: /srv/a\n  pth: /srv/b'),
    ['11:9 unknown-field'],
  ],
  [
    '20 an unknown field of every step',
    gated('- step: a\n  kind: purge\n  path: /srv/a\n  timeot: 1 hour'),
    ['11:9 unknown-field'],
  ],
  [
    '20 an unknown field of the plan',
    planOf(fine, 'title: x\ninput: {}').replace('    steps:', '    gate: { approvers: anyone }\n    steps:'),
    ['3:1 unknown-field'],
  ],
  ['21 a step twice', gated(`${fine}\n${fine.replace('/srv/a', '/srv/b')}`), ['9:17 duplicate-id']],
  [
    '21 a phase twice',
    gated(fine) +
      '\n  - { phase: first, gate: { approvers: anyone }, steps: [{ step: b, kind: purge, path: /srv/b }] }',
    ['9:14 duplicate-id'],
  ],
  [
    '22 a cycle',
    gated(
      '- { step: a, kind: purge, path: /srv/a, needs: [c] }\n- { step: b, kind: purge, path: /srv/b }\n- { step: c, kind: purge, path: /srv/c }',
    ),
    ['8:47 needs-cycle'],
  ],
  [
    '22 a step that waits for itself',
    gated('- { step: a, kind: purge, path: /srv/a, needs: [a] }'),
    ['8:47 needs-cycle'],
  ],
  [
    '23 a need that names nothing',
    gated(`${fine}\n- { step: b, kind: purge, path: /srv/b, needs: [aa] }`),
    ['9:55 unknown-need'],
  ],
  ['24 an unknown host', gated('- { step: a, kind: purge, path: /srv/a, host: oen }'), ['8:53 unknown-host']],
  ['24 two hosts and no host of the step', gated(fine).replace('[one]', '[one, two]'), ['8:9 missing-host']],
  [
    '25 durations',
    gated(
      '- { step: a, kind: purge, path: /srv/a, timeout: soon, backoff: 0 seconds }\n- { step: b, kind: purge, path: /srv/b, timeout: 400 days, backoff: -1 minutes }',
    ),
    ['8:56 bad-duration', '8:71 bad-duration', '9:56 bad-duration', '9:75 bad-duration'],
  ],
  [
    '26 attempts of a step that is not idempotent',
    planOf('- { step: a, kind: script, script: "true", attempts: 3 }'),
    ['7:60 attempts-not-idempotent'],
  ],
  ['26 too many attempts', gated(fine.replace(' }', ', attempts: 11 }')), ['8:57 bad-value']],
  ['27 deleting permanently without a gate', planOf(fine), ['7:17 R001']],
  [
    '29 a quorum beside the approvers',
    planOf(fine).replace('    steps:', '    gate: { approvers: [ann, bob], quorum: 2 }\n    steps:'),
    ['6:36 unknown-field'],
  ],
  ...(
    [
      ['a quorum above the number of names', '{ names: [ann, bob], quorum: 3 }', '6:53 bad-value'],
      ['a quorum above the number of signers', '{ signed: [ann], quorum: 2 }', '6:49 bad-value'],
      ['a quorum of nobody', '{ names: [ann, bob], quorum: 0 }', '6:53 bad-value'],
      ['a quorum without people', '{ quorum: 2 }', '6:24 bad-value'],
      ['signed without anybody', '{ signed: [] }', '6:34 bad-value'],
      ['names and signed', '{ names: [ann], signed: [bob] }', '6:24 bad-value'],
      ['a signer with a pattern of allowed_signers', '{ signed: ["*"] }', '6:35 bad-value'],
      ['a signer in two cases', '{ signed: [ann, Ann] }', '6:34 bad-value'],
      ['an unknown key of approvers', '{ signde: [ann] }', '6:26 unknown-field'],
    ] as const
  ).map(([what, approvers, problem]): readonly [string, string, readonly string[]] => [
    `29 ${what}`,
    planOf(fine).replace('    steps:', `    gate: { approvers: ${approvers} }\n    steps:`),
    [problem],
  ]),
  [
    '29 approvers of a plan, signed without anybody',
    gated(fine, 'title: x\napprovers: { signed: [] }'),
    ['3:22 bad-value'],
  ],
  [
    '29 a gate without approvers',
    planOf(fine).replace('    steps:', '    gate: { within: 1 hour }\n    steps:'),
    ['6:11 missing-field'],
  ],
  [
    '29 duplicate approvers, and invalid names',
    planOf(fine).replace('    steps:', '    gate: { approvers: [ann, " ", -x] }\n    steps:'),
    ['6:30 bad-value', '6:35 bad-value'],
  ],
  [
    '29 an approver twice',
    planOf(fine).replace('    steps:', '    gate: { approvers: [ann, ann] }\n    steps:'),
    ['6:24 bad-value'],
  ],
  [
    '29 an empty list of approvers',
    planOf(fine).replace('    steps:', '    gate: { approvers: [] }\n    steps:'),
    ['6:24 bad-value'],
  ],
  [
    '29 an unknown outcome of a gate',
    planOf(fine).replace('    steps:', '    gate: { approvers: anyone, otherwise: approve }\n    steps:'),
    ['6:43 bad-value'],
  ],
  ...(
    [
      ['of an unknown phase', 'clears: [frist]', ['10:14 unknown-phase']],
      ['of a phase that does not end before', 'clears: [third]', ['10:14 bad-clear']],
      ['of a phase that another phase may still use', 'clears: [first]', ['10:14 bad-clear']],
      ['of no phase', 'clears: []', ['10:13 bad-value']],
      ['with a lookup', 'clears: ["${{ inputs.x }}"]', ['10:14 unknown-phase']],
    ] as const
  ).map(([what, clears, problems]): readonly [string, string, readonly string[]] => [
    `23 a clear ${what}`,
    `${planOf('- { step: a, kind: script, script: "true" }')}
  - phase: second
    needs: [first]
    ${clears}
    steps: [{ step: b, kind: script, script: "true" }]
  - phase: third
    needs: [first]
    steps: [{ step: c, kind: script, script: "true" }]
`,
    problems,
  ]),
  [
    '23 a phase that is cleared twice',
    `${planOf('- { step: a, kind: script, script: "true" }').replace('    steps:', '    clears: [first]\n    steps:')}
  - phase: second
    clears: [second, first]
    steps: [{ step: b, kind: script, script: "true" }]
`,
    ['10:22 bad-clear'],
  ],
  [
    '23 a clear of the phase with the downtime',
    `${planOf('- { step: a, kind: script, script: "true" }\n- { step: b, kind: script, script: "true" }', 'title: x\ndowntime: { from: a, to: b }').replace('    steps:', '    clears: [first]\n    steps:')}`,
    ['3:19 bad-clear'],
  ],
  [
    '23 a clear of the phase in which the downtime ends',
    `${planOf('- { step: a, kind: script, script: "true" }', 'title: x\ndowntime: { from: a, to: b }')}
  - phase: second
    clears: [second]
    steps: [{ step: b, kind: script, script: "true" }]
`,
    ['3:26 bad-clear'],
  ],
  [
    '23 a downtime that begins in a phase which its last phase does not wait for',
    `${planOf('- { step: a, kind: script, script: "true" }', 'title: x\ndowntime: { from: b, to: c }')}
  - phase: second
    needs: [first]
    steps: [{ step: b, kind: script, script: "true" }]
  - phase: third
    needs: [first]
    steps: [{ step: c, kind: script, script: "true" }]
`,
    ['3:26 bad-downtime'],
  ],
  ...(
    [
      ['of an unknown step', '{ says: It holds, by: [a, aa] }', ['10:69 unknown-step']],
      ['of an unknown step, as a text', '{ says: It holds, by: aa }', ['10:65 unknown-step']],
      ['of a step behind the gate', '{ says: It holds, by: b }', ['10:65 bad-criterion']],
      ['without a step', '{ says: It holds, by: [] }', ['10:65 bad-value']],
      ['without a text', '{ by: a }', ['10:43 missing-field']],
    ] as const
  ).map(([what, criterion, problems]): readonly [string, string, readonly string[]] => [
    `29 a criterion ${what}`,
    `${planOf('- { step: a, kind: script, script: "true" }')}
  - phase: second
    # The gate
    gate: { approvers: anyone, criteria: [${criterion}] }
    steps: [{ step: b, kind: script, script: "true" }]
`,
    problems,
  ]),
  [
    '23 an unlocked gate beside which another phase may run',
    `${planOf('- { step: a, kind: script, script: "true" }')}
  - phase: second
    needs: [first]
    gate: { approvers: anyone, unlocked: true }
    steps: [{ step: b, kind: script, script: "true" }]
  - phase: third
    needs: [first]
    steps: [{ step: c, kind: script, script: "true" }]
`,
    ['10:42 bad-unlocked'],
  ],
  [
    '26 a hold of a step that changes something',
    planOf('- { step: a, kind: script, script: "true", hold: { for: 1 hour, every: 1 minute } }'),
    ['7:56 hold-changes'],
  ],
  [
    '26 a hold that never verifies',
    planOf('- { step: a, kind: script, script: "true", hold: { for: 1 minute, every: 1 hour } }'),
    ['7:80 bad-duration'],
  ],
  ['32 a relative path', gated('- { step: a, kind: purge, path: srv/a }'), ['8:39 bad-path']],
  [
    '37 empty after filling in',
    gated(
      '- { step: a, kind: purge, path: "${{ inputs.dir }}/" }',
      'title: x\ninputs: { dir: { default: "" } }',
    ),
    ['9:39 bad-path'],
  ],
  [
    '44 a newline in a title',
    gated('- { step: a, kind: purge, path: /srv/a, title: "a\\nb" }'),
    ['8:54 bad-value'],
  ],
  ['45 a host that is an option', gated(fine).replace('[one]', '["-oProxyCommand=x"]'), ['3:9 bad-id']],
  [
    'text that YAML reads as something else',
    gated('- { step: a, kind: purge, path: /srv/a, title: 17 }'),
    ['8:54 bad-value'],
  ],
  [
    'missing fields',
    'title: x\nhosts: [one]\nphases:\n  - phase: a\n    steps:\n      - step: b\n      - kind: purge\n',
    ['1:1 missing-field', '6:9 missing-field', '7:9 missing-field', '7:9 missing-field'],
  ],
  ['two that contradict each other', planOf('- { step: a, kind: copy, path: /srv/a }'), ['7:9 bad-step']],
  [
    'two that may run at the same time on the same path',
    gated(`${fine}\n- { step: b, kind: purge, path: /srv/a/b, needs: [] }`),
    ['9:17 R003'],
  ],
  [
    'two phases that may run at the same time on the same path',
    gated(fine) +
      '\n  - { phase: second, needs: [], gate: { approvers: anyone }, steps: [{ step: b, kind: purge, path: /srv/a }] }',
    ['9:14 R004', '9:78 R003'],
  ],
  [
    '10 an octal number, a version, a character and a key hide no other problem',
    planOf(
      '- { step: a, kind: purgee, path: /srv/a, timeout: 010 }\n- { step: "b\u200b", kind: purge, path: srv/b }\n- { step: c, step: d, kind: purge, path: srv/c, attempts: 99 }',
      'title: 1.10\nstack: No',
    ),
    [
      '2:8 yaml-number-changes',
      '3:8 bad-id',
      '8:26 unknown-kind',
      '8:57 yaml-octal',
      '9:19 yaml-hidden-character',
      '9:42 bad-path',
      '10:17 R001',
      '10:20 yaml-duplicate-key',
      '10:48 bad-path',
      '10:65 bad-value',
    ],
  ],
  [
    '20 one invalid input hides no other problem',
    planOf(
      '- { step: a, kind: script, script: "${{ inputs.a }} ${{ inputs.b }} ${{ inputs.c }}" }',
      'title: x\ninputs: { a: { default: x }, b: { default: 17 }, c: { default: y, patern: x } }',
    ),
    ['3:44 bad-value', '3:67 unknown-field'],
  ],
  [
    '20 one invalid name of a secret hides no other problem',
    planOf(
      '- { step: a, kind: script, script: "true", environment: { A: "${{ secrets.A }}", B: "${{ secrets.b-c }}" } }',
      'title: x\nsecrets: { file: x.env, require: [A, b-c] }',
    ),
    ['3:38 bad-value'],
  ],
  [
    '25 an invalid default hides no other problem',
    planOf(
      '- { step: a, kind: script, script: "true" }\n- { step: b, kind: script, script: "true", host: Two }',
      'title: x\ndefaults: { timeout: soon, host: one, attempts: 20 }',
    ).replace('[one]', '[one, Two, three]'),
    ['3:22 bad-duration', '3:49 bad-value', '4:14 bad-id', '9:56 bad-id'],
  ],
  [
    '22 two cycles in one phase',
    gated(
      'abcdefg'
        .split('')
        .map((id, index) => `- { step: ${id}, kind: purge, path: /srv/${id}, needs: [${'bacedfg'[index]}] }`)
        .join('\n'),
    ),
    ['8:47 needs-cycle', '10:47 needs-cycle', '11:47 needs-cycle', '13:47 needs-cycle', '14:47 needs-cycle'],
  ],
  [
    '21 an id twice and a cycle hide nothing that rules find',
    planOf(
      '- { step: a, kind: purge, path: /srv/a, needs: [b] }\n- { step: b, kind: purge, path: /srv/b, needs: [a] }\n- { step: b, kind: purge, path: /srv/c }',
    ),
    ['7:17 R001', '7:47 needs-cycle', '8:17 R001', '9:17 duplicate-id', '9:17 R001'],
  ],
  [
    '27 an invalid field hides nothing that rules find in the step',
    planOf(
      '- { step: a, kind: purge, path: /srv/a, timeout: soon, role: 17 }\n- { step: b, kind: purge, path: /srv/b, pth: x }',
    ),
    ['7:17 R001', '7:56 bad-duration', '7:68 bad-value', '8:17 R001', '8:47 unknown-field'],
  ],
  [
    '19 a kind with its words in another order',
    gated('- { step: a, kind: prune-path, path: /srv/a }\n- { step: b, kind: copy-file, path: /srv/b }'),
    ['8:26 unknown-kind', '9:26 unknown-kind'],
  ],
  [
    '20 the name of a field in another tool',
    gated(
      '- { id: a, kind: purge, path: /srv/a }\n- { step: b, name: b, kind: purge, path: /srv/b, depends_on: [a] }',
    ),
    ['8:9 missing-field', '8:11 unknown-field', '9:20 unknown-field', '9:56 unknown-field'],
  ],
  [
    '20 a lookup with a typing error',
    planOf('- { step: a, kind: script, script: "${{ input.c }} ${{ steps.a.id }}" }'),
    ['7:43 bad-lookup', '7:58 bad-lookup'],
  ],
  [
    '23 a need of a step of another phase',
    gated(fine) +
      '\n  - { phase: second, gate: { approvers: anyone }, steps: [{ step: b, kind: purge, path: /srv/b, needs: [a] }] }',
    ['9:105 unknown-need'],
  ],
  [
    '25 a number where a duration is wanted',
    gated('- { step: a, kind: purge, path: /srv/a, timeout: 10 }'),
    ['8:56 bad-duration'],
  ],
  [
    '20 an empty step, and a text as a step',
    planOf('- { step: a, kind: script, script: "true" }\n-\n- true'),
    ['8:8 bad-value', '9:9 bad-value'],
  ],
]
