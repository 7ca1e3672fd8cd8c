import type { Page } from './page.ts'

const NOTHING = 'Nothing was changed on any host.'

/** Every error that is thrown on purpose, by the name that the Temporal UI shows. */
export const errorPages: readonly Page[] = [
  {
    id: 'PlanRefused',
    title: 'A plan, its inputs or its files are not right',
    why: NOTHING,
    fix: 'reinstate check PLAN shows every problem with its line.',
  },
  {
    id: 'HostUnreachable',
    title: 'A host does not answer, or the connection broke and could not be made again',
    why: 'What ran on the host goes on there; the run waits and finds its result.',
    fix: 'Look at the address in the inventory, the firewall and sshd.',
  },
  {
    id: 'HostKeyUnknown',
    title: 'A host shows a key that nobody has pinned',
    why: 'Without a pinned key nobody knows which machine answers. Nothing was sent.',
    fix: 'Compare the key with what the host itself shows, then: reinstate trust HOST.',
  },
  {
    id: 'HostKeyMismatch',
    title: 'A host shows another key than the pinned one',
    why: 'Another machine may be answering. Nothing of the login was sent.',
    fix: 'Find out why. Only if the host was set up anew: reinstate trust HOST --replace.',
  },
  {
    id: 'HostNotReady',
    title: 'A host lacks something that every plan needs',
    why: NOTHING,
    fix: 'The message names each thing and what to do.',
  },
  {
    id: 'NeedsLinux',
    title: 'A worker, or the host that is its own machine, needs Linux',
    why: 'Steps use Linux tools such as setsid, timeout and GNU stat. Nothing was started.',
    fix: 'Use a Linux machine or VM for the worker; commands that only ask Temporal run on any system.',
  },
  {
    id: 'CommandFailed',
    title: 'A command on a host ended with another code than 0',
    why: 'The end of its output is in the message; the whole of it is in its receipt.',
    fix: 'Fix the cause and decide retry, or roll back.',
  },
  {
    id: 'QuestionFailed',
    title: 'A question to a host could not be answered',
    why: 'Its script ended with a code that means neither yes nor no. Questions change nothing.',
    fix: 'The message holds what it printed; fix that and decide retry.',
  },
  {
    id: 'OutcomeUnknown',
    title: 'Nobody can know whether a command did its work',
    why: 'It was begun and its end was not recorded: the host lost power, or the record is gone. It is never run again by itself.',
    fix: 'Look at the host, then decide: mark-done, retry or rollback.',
  },
  {
    id: 'NotStarted',
    title: 'A command was claimed and certainly did not run',
    why: 'The connection or the worker was lost before it began.',
    fix: 'Nothing: it is started anew.',
  },
  {
    id: 'TokenConflict',
    title: 'A host holds another script under the same name',
    why: 'Two versions of a worker, or a defect. Nothing was started.',
    fix: 'Let all workers run one version; if that is so, report it.',
  },
  {
    id: 'StepRefused',
    title: 'Looking showed that a step would do harm',
    why: NOTHING,
    fix: 'The message says what was seen; change that or the plan.',
  },
  {
    id: 'StepNotVerified',
    title: 'A change was made, and the proof of it fails',
    why: 'The message names what differs from what should be.',
    fix: 'Decide retry once the cause is fixed, or roll back.',
  },
  {
    id: 'SecretMissing',
    title: 'A secret is not in its file, or others can read the file',
    why: NOTHING,
    fix: 'Write it there as NAME=value; chmod 600.',
  },
  {
    id: 'LockHeld',
    title: 'Another run works on the same stack of the host',
    why: 'Two at once would undo each other.',
    fix: 'Wait for its end; reinstate status says which it is.',
  },
  {
    id: 'NotSigned',
    title: 'A step, a prior state, an output or a note carries no valid signature of a worker',
    why: 'Workers sign what they resolve and observe, and refuse everything else: whoever reaches Temporal could have sent it, or a host could have changed it. Nothing was done.',
    fix: 'Give all workers one key: reinstate key export, reinstate key import. Finish runs of version 0.1 with version 0.1.',
  },
  {
    id: 'NotFromRun',
    title: 'A workflow that does not belong to the run asked a worker for something',
    why: 'Workers act only for workflows that Temporal recorded as part of the run. Nothing was done.',
    fix: 'Find out who started that workflow: the Temporal UI shows its identity. Start runs with reinstate run.',
  },
  {
    id: 'KeyRefused',
    title: "The workers' key is missing, readable by others, or not a key",
    why: 'All workers of one Temporal sign with the same key. Nothing was started.',
    fix: 'reinstate key create for the first worker; reinstate key export and key import for the others.',
  },
  {
    id: 'AnswerRefused',
    title: 'An answer to a decision was not taken',
    why: 'It names no open decision, no choice of it, a person who may not decide (whoever started a run may not approve it where the plan names approvers), or another digest than the one shown.',
    fix: 'reinstate status RUN shows what can be answered, and by whom.',
  },
  {
    id: 'BadInput',
    title: 'What was typed cannot be meant',
    why: 'Nothing was started.',
    fix: 'reinstate COMMAND --help.',
  },
  {
    id: 'SettingRefused',
    title: 'A variable of the environment holds something that cannot be meant',
    why: 'Nothing was started.',
    fix: 'The message names the variable and what it takes.',
  },
]
