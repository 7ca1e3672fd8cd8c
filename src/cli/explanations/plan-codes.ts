import type { Page } from './page.ts'

const WORDS =
  'A word that is not known does nothing; what it was meant to do would be missing, and nobody would see it.'
const LATER = 'What only the run knows cannot be part of what a person approves before it.'
const IDS = 'Ids become part of the names of workflows and of files on hosts.'

/** The codes of a plan whose words are not right. */
export const planCodes: readonly Page[] = [
  {
    id: 'unknown-plan',
    title: 'There is no such plan',
    why: 'Neither a folder of plans nor a path has it.',
    mend: 'Look at REINSTATE_PLANS, or give a path.',
  },
  {
    id: 'unknown-kind',
    title: 'There is no such kind of step',
    why: WORDS,
    mend: 'reinstate kinds lists them.',
  },
  {
    id: 'unknown-field',
    title: 'A field that nothing reads',
    why: WORDS,
    mend: 'reinstate kinds KIND lists the fields.',
  },
  {
    id: 'unknown-rule',
    title: 'allow names no rule',
    why: WORDS,
    mend: 'reinstate explain lists the rules.',
  },
  {
    id: 'unknown-host',
    title: 'A host that the plan or the inventory does not have',
    why: 'Nothing is ever sent to a machine that nobody has named.',
    mend: 'Name it in hosts, and in the inventory.',
  },
  {
    id: 'unknown-need',
    title: 'needs names nothing',
    why: 'The step would not wait, and nobody would see it.',
    mend: 'Name a step of the same phase, or a phase of the plan.',
  },
  {
    id: 'unknown-step',
    title: 'A lookup names a step that is not there',
    why: 'Its output could never come.',
    mend: 'Name a step of the plan; a repeated one with its value: sites.n8n.',
  },
  {
    id: 'unknown-output',
    title: 'A lookup names an output that the kind does not give',
    why: 'It would never come.',
    mend: 'reinstate kinds KIND lists the outputs.',
  },
  {
    id: 'unknown-input',
    title: 'An input that the plan does not declare',
    why: WORDS,
    mend: 'Declare it in inputs.',
  },
  {
    id: 'unknown-secret',
    title: 'A secret that secrets.require does not name',
    why: 'It would be found missing in the middle of the run.',
    mend: 'Add it to secrets.require.',
  },
  {
    id: 'missing-field',
    title: 'A field that must be there is not',
    why: 'There is no value that would be right for everybody.',
    mend: 'Write it; the hint says what it is for.',
  },
  {
    id: 'missing-host',
    title: 'A step of a plan with several hosts names none',
    why: 'Nobody could say where it happens.',
    mend: 'Write host:, or defaults: { host: … }.',
  },
  {
    id: 'missing-input',
    title: 'An input was not given and has no default',
    why: 'The plan cannot be written out without it.',
    mend: 'Give it with --input NAME=value.',
  },
  { id: 'duplicate-id', title: 'Two steps or two phases share an id', why: IDS, mend: 'Rename one.' },
  {
    id: 'id-too-long',
    title: 'An id is longer than 100 characters',
    why: IDS,
    mend: 'Shorten it, or the value of each that is added to it.',
  },
  {
    id: 'needs-cycle',
    title: 'Steps or phases wait for each other',
    why: 'None of them could ever begin.',
    mend: 'Take one of the needs out.',
  },
  {
    id: 'bad-value',
    title: 'A value is not what its field takes',
    why: 'A value that nearly fits would be carried out as something else.',
    mend: 'The message says what is wanted.',
  },
  {
    id: 'bad-key',
    title: 'A name in a map is not allowed there',
    why: 'It becomes the name of a variable or a header.',
    mend: 'The message says what is wanted.',
  },
  {
    id: 'bad-step',
    title: 'Each field of a step is right, and together they are not',
    why: 'Of two that exclude each other one would be left aside silently.',
    mend: 'The message says which.',
  },
  {
    id: 'bad-input',
    title: 'The value of an input is not right',
    why: 'Whoever starts a run must not reach more than the plan gives.',
    mend: 'The message says what it must match.',
  },
  {
    id: 'bad-pattern',
    title: 'The pattern of an input is no regular expression',
    why: 'Nothing could be held against it.',
    mend: 'Write one for JavaScript; the whole value must match.',
  },
  {
    id: 'bad-run-id',
    title: 'The id of the run cannot be used',
    why: IDS,
    mend: 'Choose letters, digits and "-".',
  },
  {
    id: 'bad-lookup',
    title: 'A ${{ … }} that cannot be looked up',
    why: 'Lookups are looked up, never evaluated.',
    mend: 'inputs.NAME, each, run.id, steps.STEP.outputs.NAME and secrets.NAME can be looked up.',
  },
  {
    id: 'lookup-too-early',
    title: 'A lookup stands where its answer is needed before it is known',
    why: LATER,
    mend: 'Outputs and secrets can stand in the fields of a kind.',
  },
  {
    id: 'lookup-in-key',
    title: 'A lookup stands in a name',
    why: 'Names must be known to everybody who reads the plan.',
    mend: 'Write the name out.',
  },
  {
    id: 'lookup-in-each',
    title: 'A lookup stands in a value of each',
    why: 'Ids are made of these values.',
    mend: 'Write the values out.',
  },
  {
    id: 'lookup-in-template',
    title: 'A secret or an output stands in a template',
    why: 'Templates travel in the history of the run, where no secret may be.',
    mend: 'Let the program read it from its environment.',
  },
  {
    id: 'output-not-in-time',
    title: 'A step uses the output of one that it does not wait for',
    why: 'Sometimes it would be there and sometimes not.',
    mend: 'Name the step in needs.',
  },
  {
    id: 'bad-each',
    title: 'A value of each has no letter or digit',
    why: IDS,
    mend: 'Choose another value.',
  },
  {
    id: 'each-collision',
    title: 'Two values of each would give one id',
    why: IDS,
    mend: 'Change one of them.',
  },
  {
    id: 'each-in-each',
    title: 'A repeated step in a repeated phase',
    why: '${{ each }} would mean two things.',
    mend: 'Repeat one of them.',
  },
  {
    id: 'each-outside',
    title: '${{ each }} where nothing is repeated',
    why: 'It has no value there.',
    mend: 'Add each to the step or its phase.',
  },
  {
    id: 'tries-not-repeatable',
    title: 'tries on a step that cannot simply be run again',
    why: 'When nobody knows whether it did its work, a second time may do it twice.',
    mend: 'Make it idempotent and say so, or take tries away; a person can still choose to retry it.',
  },
  {
    id: 'secret-not-allowed',
    title: 'A secret stands in a field that is seen',
    why: 'Paths, names and scripts stand in lists of processes, receipts and history.',
    mend: 'Give it by environment.',
  },
  {
    id: 'file-missing',
    title: 'A file that the plan names is not beside it',
    why: 'A plan carries its files, so that what was approved is what is written.',
    mend: 'Put it into the folder of the plan.',
  },
  {
    id: 'file-outside',
    title: 'A file outside of the folder of the plan',
    why: 'A plan must not read what lies elsewhere on the worker.',
    mend: 'Copy it into the folder.',
  },
  {
    id: 'file-unreadable',
    title: 'A file cannot be read',
    why: 'The system says why.',
    mend: 'Look at its mode and owner.',
  },
  {
    id: 'too-many-steps',
    title: 'A phase has more than 200 steps',
    why: 'A phase is one workflow, whose history has an end.',
    mend: 'Make two phases of it.',
  },
  {
    id: 'plan-too-large',
    title: 'The plan, written out, does not fit into a history',
    why: 'What was approved is kept whole with the run.',
    mend: 'Bring large files in another way, or make two plans.',
  },
  {
    id: 'unused-allow',
    title: 'allow names a rule that finds nothing here',
    why: 'Left in, it would allow what somebody adds later.',
    mend: 'Take it out.',
  },
  {
    id: 'more-problems',
    title: 'There are more problems than are shown',
    why: 'The failure of a run must stay small.',
    mend: 'reinstate check shows all of them.',
  },
  {
    id: 'inventory',
    title: 'Something in the inventory is not right',
    why: 'It says which machine is reached, and as whom.',
    mend: 'The message says what.',
  },
  {
    id: 'inventory-missing',
    title: 'There is no inventory',
    why: 'A plan names hosts; the inventory gives them an address.',
    mend: 'Write inventory.yaml, or set REINSTATE_INVENTORY.',
  },
  {
    id: 'host-unknown',
    title: 'A host that the inventory does not have',
    why: 'Nothing is ever sent to a machine that nobody has named.',
    mend: 'Add it to the inventory.',
  },
]
