import { planOf } from '../arrange.ts'

export const fine = '- { step: a, kind: purge, path: /srv/a }'
export const gated = (steps: string, head?: string): string =>
  planOf(steps, head).replace('    steps:', '    gate: { approvers: anyone }\n    steps:')

/** By number of the list of bad inputs: the plan, and all that is said against it. Steps begin at line 8. */
export const badPlans: readonly (readonly [string, string, readonly string[]])[] = [
  [
    '19 an unknown kind',
    gated('- step: a\n  kind: copi\n  path: /srv/a'),
    ['9:15 unknown-kind there is no kind of step "copi" (did you mean "copy"?)'],
  ],
  [
    '20 an unknown field of a kind',
    gated('- step: a\n  kind: purge\n  path: /srv/a\n  pth: /srv/b'),
    ['11:9 unknown-field unknown field "pth" (did you mean "path"?)'],
  ],
  [
    '20 an unknown field of every step',
    gated('- step: a\n  kind: purge\n  path: /srv/a\n  timeot: 1 hour'),
    ['11:9 unknown-field unknown field "timeot" (did you mean "timeout"?)'],
  ],
  [
    '20 an unknown field of the plan',
    planOf(fine, 'title: x\ninput: {}').replace('    steps:', '    gate: { approvers: anyone }\n    steps:'),
    ['3:1 unknown-field unknown field "input" (did you mean "inputs"?)'],
  ],
  [
    '21 a step twice',
    gated(`${fine}\n${fine.replace('/srv/a', '/srv/b')}`),
    ['9:17 duplicate-id the plan has two steps "a" (rename one of them)'],
  ],
  [
    '21 a phase twice',
    gated(fine) +
      '\n  - { phase: first, gate: { approvers: anyone }, steps: [{ step: b, kind: purge, path: /srv/b }] }',
    ['9:14 duplicate-id the plan has two phases "first" (rename one of them)'],
  ],
  [
    '22 a circle',
    gated(
      '- { step: a, kind: purge, path: /srv/a, needs: [c] }\n- { step: b, kind: purge, path: /srv/b }\n- { step: c, kind: purge, path: /srv/c }',
    ),
    ['8:47 needs-cycle these wait for each other: a → c → b → a (take one of these needs out)'],
  ],
  [
    '22 a step that waits for itself',
    gated('- { step: a, kind: purge, path: /srv/a, needs: [a] }'),
    ['8:47 needs-cycle these wait for each other: a → a (take one of these needs out)'],
  ],
  [
    '23 a need that names nothing',
    gated(`${fine}\n- { step: b, kind: purge, path: /srv/b, needs: [aa] }`),
    ['9:55 unknown-need this phase has no step "aa" (did you mean "a"?)'],
  ],
  [
    '24 an unknown host',
    gated('- { step: a, kind: purge, path: /srv/a, host: oen }'),
    ['8:53 unknown-host "oen" is not among the plan\'s hosts (did you mean "one"?)'],
  ],
  [
    '24 two hosts and none said',
    gated(fine).replace('[one]', '[one, two]'),
    ['8:9 missing-host a does not say on which host it is done (write host: one or host: two)'],
  ],
  [
    '25 durations',
    gated(
      '- { step: a, kind: purge, path: /srv/a, timeout: soon, backoff: 0 seconds }\n- { step: b, kind: purge, path: /srv/b, timeout: 400 days, backoff: -1 minutes }',
    ),
    [
      '8:56 bad-duration timeout "soon" must be a duration such as "10 minutes" (How long looking, running or proving may each take)',
      '8:71 bad-duration backoff "0 seconds" must be longer than nothing (How long it is waited between two tries; 10 seconds unless said)',
      '9:56 bad-duration timeout "400 days" must be at most 366 days (How long looking, running or proving may each take)',
      '9:75 bad-duration backoff "-1 minutes" must be a duration such as "10 minutes" (How long it is waited between two tries; 10 seconds unless said)',
    ],
  ],
  [
    '26 tries of what cannot be repeated',
    planOf('- { step: a, kind: script, script: "true", tries: 3 }'),
    [
      '7:57 tries-not-repeatable a cannot simply be run again, so it is tried once (a person can still choose to retry it)',
    ],
  ],
  [
    '26 too many tries',
    gated(fine.replace(' }', ', tries: 11 }')),
    ['8:54 bad-value tries 11 must be at most 10 (How often it is tried; 1 unless said)'],
  ],
  [
    '27 removing for good without a gate',
    planOf(fine),
    ['7:17 R001 a removes path /srv/a for good, and nobody is asked before (give phase first a gate)'],
  ],
  [
    '29 a quorum',
    planOf(fine).replace('    steps:', '    gate: { approvers: [ann, bob], quorum: 2 }\n    steps:'),
    [
      '6:44 bad-value quorum 2 is not supported yet: one approval opens a gate (How many must approve; for now one is always enough)',
    ],
  ],
  [
    '29 a quorum above the number of approvers',
    planOf(fine).replace('    steps:', '    gate: { approvers: [ann, bob], quorum: 3 }\n    steps:'),
    [
      '6:44 bad-value quorum 3 is above the number of approvers, 2: nobody could open this gate (How many must approve; for now one is always enough)',
    ],
  ],
  [
    '29 a gate without approvers',
    planOf(fine).replace('    steps:', '    gate: { within: 1 hour }\n    steps:'),
    ['6:11 missing-field the field "approvers" is missing (Who may decide: a list of names, or anyone)'],
  ],
  [
    '29 approvers who are the same, or no names',
    planOf(fine).replace('    steps:', '    gate: { approvers: [ann, " ", -x] }\n    steps:'),
    [
      '6:30 bad-value approvers[1] " " must be a name, without blanks around it',
      '6:35 bad-value approvers[2] "-x" must be a name, without blanks around it',
    ],
  ],
  [
    '29 an approver twice',
    planOf(fine).replace('    steps:', '    gate: { approvers: [ann, ann] }\n    steps:'),
    ['6:24 bad-value approvers names somebody twice (Who may decide: a list of names, or anyone)'],
  ],
  [
    '29 nobody who may approve',
    planOf(fine).replace('    steps:', '    gate: { approvers: [] }\n    steps:'),
    [
      '6:24 bad-value approvers names nobody; write anyone where anybody may decide (Who may decide: a list of names, or anyone)',
    ],
  ],
  [
    '29 an unknown outcome of a gate',
    planOf(fine).replace('    steps:', '    gate: { approvers: anyone, otherwise: approve }\n    steps:'),
    [
      '6:43 bad-value otherwise "approve" must be "ask-again", "reject" or "stop" (What happens when nobody answers in time)',
    ],
  ],
  [
    '32 a relative path',
    gated('- { step: a, kind: purge, path: srv/a }'),
    ['8:39 bad-path path "srv/a" must be an absolute path such as /srv/app'],
  ],
  [
    '37 empty after filling in',
    gated(
      '- { step: a, kind: purge, path: "${{ inputs.dir }}/" }',
      'title: x\ninputs: { dir: { default: "" } }',
    ),
    ['9:39 bad-path path "/" must be an absolute path such as /srv/app'],
  ],
  [
    '44 a newline in a title',
    gated('- { step: a, kind: purge, path: /srv/a, title: "a\\nb" }'),
    ['8:54 bad-value title "a\\nb" must be one line (One line for people; unless said, the kind says it)'],
  ],
  [
    '45 a host that is an option',
    gated(fine).replace('[one]', '["-oProxyCommand=x"]'),
    ['3:9 bad-id hosts[0] "-oProxyCommand=x" must be lower-case words joined by "-", such as restore-data'],
  ],
  [
    'text that YAML reads as something else',
    gated('- { step: a, kind: purge, path: /srv/a, title: 17 }'),
    ['8:54 bad-value title 17 must be text (put it in quotes: "17")'],
  ],
  [
    'what is missing',
    'title: x\nhosts: [one]\nphases:\n  - phase: a\n    steps:\n      - step: b\n      - kind: purge\n',
    [
      '1:1 missing-field the field "plan" is missing (The name of the plan)',
      '6:9 missing-field the field "kind" is missing (What is done)',
      '7:9 missing-field the field "step" is missing (Its id, unique in the plan)',
      '7:9 missing-field the field "path" is missing (write path:)',
    ],
  ],
  [
    'two that contradict each other',
    planOf('- { step: a, kind: copy, path: /srv/a }'),
    ['7:9 bad-step a needs from: or template:'],
  ],
  [
    'two that may run at the same time on the same path',
    gated(`${fine}\n- { step: b, kind: purge, path: /srv/a/b, needs: [] }`),
    [
      '9:17 R003 a and b may run at the same time and both touch path /srv/a on one (let one wait for the other: needs: [a])',
    ],
  ],
  [
    'two phases that may run at the same time on the same path',
    gated(fine) +
      '\n  - { phase: second, needs: [], gate: { approvers: anyone }, steps: [{ step: b, kind: purge, path: /srv/a }] }',
    [
      '9:14 R004 the gate of phase second does not wait for first (add first to its needs)',
      '9:78 R003 a and b may run at the same time and both touch path /srv/a on one (let phase second wait for phase first)',
    ],
  ],
  [
    '10 an octal number, a version, a character and a key hide nothing else',
    planOf(
      '- { step: a, kind: purgee, path: /srv/a, timeout: 010 }\n- { step: "b\u200b", kind: purge, path: srv/b }\n- { step: c, step: d, kind: purge, path: srv/c, tries: 99 }',
      'title: 1.10\nstack: No',
    ),
    [
      '2:8 yaml-number-changes 1.10 is read as the number 1.1 (in quotes it stays as it is: "1.10")',
      '3:8 bad-id stack "No" must be lower-case words joined by "-", such as restore-data (What it restores; two runs on one stack wait for each other. The name of the plan unless said)',
      '8:26 unknown-kind there is no kind of step "purgee" (did you mean "purge"?)',
      '8:57 yaml-octal 010 is read as the number 10 (in quotes it stays as it is: "010")',
      '9:19 yaml-hidden-character holds U+200B, which hides or reorders text (take it out; it comes with text copied from a page)',
      '9:42 bad-path path "srv/b" must be an absolute path such as /srv/app',
      '10:17 R001 c removes path srv/c for good, and nobody is asked before (give phase first a gate)',
      '10:20 yaml-duplicate-key the key "step" is there twice (take one out)',
      '10:48 bad-path path "srv/c" must be an absolute path such as /srv/app',
      '10:62 bad-value tries 99 must be at most 10 (How often it is tried; 1 unless said)',
    ],
  ],
  [
    '20 one wrong input hides none of the others, and makes no errors up',
    planOf(
      '- { step: a, kind: script, script: "${{ inputs.a }} ${{ inputs.b }} ${{ inputs.c }}" }',
      'title: x\ninputs: { a: { default: x }, b: { default: 17 }, c: { default: y, patern: x } }',
    ),
    [
      '3:44 bad-value default 17 must be text (put it in quotes: "17")',
      '3:67 unknown-field unknown field "patern"',
    ],
  ],
  [
    '20 one wrong name of a secret hides none of the others',
    planOf(
      '- { step: a, kind: script, script: "true", environment: { A: "${{ secrets.A }}", B: "${{ secrets.b-c }}" } }',
      'title: x\nsecrets: { file: x.env, require: [A, b-c] }',
    ),
    ['3:38 bad-value require[1] "b-c" must be a name such as POSTGRES_PASSWORD'],
  ],
  [
    '25 a wrong default hides none of the others',
    planOf(
      '- { step: a, kind: script, script: "true" }\n- { step: b, kind: script, script: "true", host: Two }',
      'title: x\ndefaults: { timeout: soon, host: one, tries: 20 }',
    ).replace('[one]', '[one, Two, three]'),
    [
      '3:22 bad-duration timeout "soon" must be a duration such as "10 minutes" (How long looking, running or proving may each take)',
      '3:46 bad-value tries 20 must be at most 10 (How often a step is tried)',
      '4:14 bad-id hosts[1] "Two" must be lower-case words joined by "-", such as restore-data',
      '9:56 bad-id host "Two" must be lower-case words joined by "-", such as restore-data (Where it is done)',
    ],
  ],
  [
    '22 two circles in one phase',
    gated(
      'abcdefg'
        .split('')
        .map((id, index) => `- { step: ${id}, kind: purge, path: /srv/${id}, needs: [${'bacedfg'[index]}] }`)
        .join('\n'),
    ),
    [
      '8:47 needs-cycle these wait for each other: a → b → a (take one of these needs out)',
      '10:47 needs-cycle these wait for each other: c → c (take one of these needs out)',
      '11:47 needs-cycle these wait for each other: d → e → d (take one of these needs out)',
      '13:47 needs-cycle these wait for each other: f → f (take one of these needs out)',
      '14:47 needs-cycle these wait for each other: g → g (take one of these needs out)',
    ],
  ],
  [
    '21 an id twice and a circle hide nothing that rules find',
    planOf(
      '- { step: a, kind: purge, path: /srv/a, needs: [b] }\n- { step: b, kind: purge, path: /srv/b, needs: [a] }\n- { step: b, kind: purge, path: /srv/c }',
    ),
    [
      '7:17 R001 a removes path /srv/a for good, and nobody is asked before (give phase first a gate)',
      '7:47 needs-cycle these wait for each other: a → b → a (take one of these needs out)',
      '8:17 R001 b removes path /srv/b for good, and nobody is asked before (give phase first a gate)',
      '9:17 duplicate-id the plan has two steps "b" (rename one of them)',
      '9:17 R001 b~2 removes path /srv/c for good, and nobody is asked before (give phase first a gate)',
    ],
  ],
  [
    '27 a wrong field hides nothing that rules find in the step',
    planOf(
      '- { step: a, kind: purge, path: /srv/a, timeout: soon, role: 17 }\n- { step: b, kind: purge, path: /srv/b, pth: x }',
    ),
    [
      '7:17 R001 a removes path /srv/a for good, and nobody is asked before (give phase first a gate)',
      '7:56 bad-duration timeout "soon" must be a duration such as "10 minutes" (How long looking, running or proving may each take)',
      '7:68 bad-value role 17 must be text (put it in quotes: "17")',
      '8:17 R001 b removes path /srv/b for good, and nobody is asked before (give phase first a gate)',
      '8:47 unknown-field unknown field "pth" (did you mean "path"?)',
    ],
  ],
  [
    '19 a kind by some of its words',
    gated('- { step: a, kind: prune-path, path: /srv/a }\n- { step: b, kind: copy-file, path: /srv/b }'),
    [
      '8:26 unknown-kind there is no kind of step "prune-path" (there is copy, script, purge)',
      '9:26 unknown-kind there is no kind of step "copy-file" (did you mean "copy"?)',
    ],
  ],
  [
    '20 what other tools call a field',
    gated(
      '- { id: a, kind: purge, path: /srv/a }\n- { step: b, name: b, kind: purge, path: /srv/b, depends_on: [a] }',
    ),
    [
      '8:9 missing-field the field "step" is missing (Its id, unique in the plan)',
      '8:11 unknown-field unknown field "id" (did you mean "step"?)',
      '9:20 unknown-field unknown field "name" (did you mean "step"?)',
      '9:56 unknown-field unknown field "depends_on" (did you mean "needs"?)',
    ],
  ],
  [
    '20 a lookup that is nearly one',
    planOf('- { step: a, kind: script, script: "${{ input.c }} ${{ steps.a.id }}" }'),
    [
      '7:43 bad-lookup this cannot be looked up (did you mean ${{ inputs.c }}?)',
      '7:58 bad-lookup this cannot be looked up (did you mean ${{ steps.a.outputs.id }}?)',
    ],
  ],
  [
    '23 a need of a step of another phase',
    gated(fine) +
      '\n  - { phase: second, gate: { approvers: anyone }, steps: [{ step: b, kind: purge, path: /srv/b, needs: [a] }] }',
    [
      '9:105 unknown-need this phase has no step "a" (it is a step of phase first: let this phase wait for that one)',
    ],
  ],
  [
    '25 a number where a duration is wanted',
    gated('- { step: a, kind: purge, path: /srv/a, timeout: 10 }'),
    [
      '8:56 bad-duration timeout 10 must be a duration such as "10 minutes" (How long looking, running or proving may each take)',
    ],
  ],
  [
    '20 a step that is empty, and one that is a text',
    planOf('- { step: a, kind: script, script: "true" }\n-\n- true'),
    [
      '8:8 bad-value a step must be a map of fields, not empty (begin with step: and kind:)',
      '9:9 bad-value a step must be a map of fields, not a text (begin with step: and kind:)',
    ],
  ],
]
