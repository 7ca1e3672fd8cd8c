import type { Page } from './page.ts'

/** The terms of this project: one word per idea, the same in plan files, code, UI and documentation. */
export const glossary: readonly Page[] = Object.entries({
  plan: 'A YAML file and the files in its folder: phases of steps that bring hosts to a wanted state',
  phase: 'A part of a plan, executed as one Temporal workflow; it may have a gate',
  step: 'One change or check in a phase: a kind with its fields, on a host, by a person or by a timer',
  kind: 'What a step does, such as volume-restore; it defines the fields, and how to inspect, apply, verify and undo',
  host: 'A machine that a plan names; the inventory gives its address, user and key',
  stack: 'What a plan restores; runs on the same stack of a host wait for each other',
  lock: 'The right of one run to change a stack on a host; other runs on that stack wait for it',
  'unlocked gate':
    'A gate at which the run releases its locks while it waits, so that other runs may work on the stack',
  lookup: 'A ${{ … }} in a plan, replaced by an input, an output, a secret, the value of each or the run id',
  'embedded file': 'A file in the folder of a plan that becomes part of the resolved plan, with its sha256',
  effects:
    'What a step reads, creates, modifies and deletes; order, collisions and scope are checked by them',
  deletions: 'What a step deletes; it must equal what was approved',
  run: 'One execution of a plan',
  attempt: 'The n-th execution of a step in a run; activity attempts of Temporal are counted below it',
  inspect: 'To read the current state of a host without changing it',
  'prior state': 'The state before a change, recorded by inspect: all that undo needs',
  journal: 'The list of changes that may have to be undone; each entry is written before its change',
  apply: 'To make the change of a step',
  verify: 'To prove the change of a step',
  evidence: 'What verify found: checksums, row counts, status codes. It is proven, observed or stated',
  undo: 'To reverse one step',
  rollback: 'To undo all steps of a run, the newest first',
  clear:
    'To undo the steps of named phases within the run, as a rollback does, once they have served: the end of a rehearsal',
  leftover: 'Something that a rollback did not restore, with the reason',
  'saved original':
    'The bytes or the object from before a change, kept on the host until the run is cleaned up',
  receipt: 'The record of one command on its host: script, output and exit status',
  'owner label': 'The label on a container, volume or file that names the run which created it',
  gate: 'A decision that a person takes before a phase starts',
  decision: 'A question of a run to a person: a gate, a failed step or an unknown outcome',
  digest: 'A short hash of what a decision shows; an approval must quote it, so that it covers what was seen',
  criterion: 'A line of the checklist of a gate, with the steps whose evidence shows that it is met',
  hold: 'To verify a check again and again for a time. A tolerated number of these verifications may fail',
  quorum: 'How many approvers have to give an answer before it counts',
  attestation: 'The statement of a person that something is so',
  preview: 'The inspection of all steps of a plan without a run',
  drift: 'A difference between the approved state and the current state of a host',
  forecast: 'The expected downtime, from durations measured in the run',
  quarantine: 'To rename a path instead of deleting it',
  'break-glass': 'A rollback without Temporal, from the receipts on the hosts',
}).map(([id, title]) => ({ id, title }))
