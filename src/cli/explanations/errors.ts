import type { Page } from './page.ts'

const NOTHING = 'Nothing was changed on any host.'

/** Every expected error, by the name that the Temporal UI shows. */
export const errorPages: readonly Page[] = [
  {
    id: 'PlanRefused',
    title: 'A plan, its inputs or its files are invalid',
    why: NOTHING,
    fix: 'reinstate check PLAN shows every problem with its line.',
  },
  {
    id: 'HostUnreachable',
    title: 'A host does not answer, or its connection was lost',
    why: 'Commands on the host keep running; the run waits, reconnects and reads their results.',
    fix: 'Check the address in the inventory, the firewall and sshd.',
  },
  {
    id: 'HostKeyUnknown',
    title: 'The host key is not pinned',
    why: 'Without a pinned key, any machine could be answering. Nothing was sent.',
    fix: 'Compare the key with the one that the host itself shows, then: reinstate trust HOST.',
  },
  {
    id: 'HostKeyMismatch',
    title: 'The host key differs from the pinned one',
    why: 'Another machine may be answering. No credentials were sent.',
    fix: 'Find out why. Only if the host was reinstalled: reinstate trust HOST --replace.',
  },
  {
    id: 'HostKeyRevoked',
    title: 'The host key is revoked',
    why: 'A @revoked line of known_hosts names it: anyone who has its private part can pose as the host. Nothing was sent.',
    fix: 'Give the host a new key, then: reinstate trust HOST --replace.',
  },
  {
    id: 'HostNotReady',
    title: 'A host lacks something that every plan needs',
    why: NOTHING,
    fix: 'The message names each missing thing and what to do.',
  },
  {
    id: 'NeedsLinux',
    title: 'Workers, and the host local, need Linux',
    why: 'Steps use Linux tools such as setsid, timeout and GNU stat. Nothing was started.',
    fix: 'Use a Linux machine or VM for the worker; commands that only talk to Temporal run on any system.',
  },
  {
    id: 'RunUnanswered',
    title: 'A worker is up, and does not answer for this run',
    why: 'Either its workflow task fails, and the message says why, or the worker is slow. The run waits; nothing is lost.',
    fix: 'Where the task fails, start the version of the worker that started the run. Where the worker is slow, ask again.',
  },
  {
    id: 'CommandFailed',
    title: 'A command on a host ended with an exit code other than 0',
    why: 'The message has the end of its output; the receipt on the host has all of it.',
    fix: 'Fix the cause and decide retry, or roll back.',
  },
  {
    id: 'QuestionFailed',
    title: 'A query on a host failed',
    why: 'Its script ended with an unexpected exit code. Queries change nothing.',
    fix: 'The message has its output. Fix the cause and decide retry.',
  },
  {
    id: 'OutcomeUnknown',
    title: 'It is unknown whether a command did its work',
    why: 'It started, and its end was not recorded: the host lost power, or the record is gone. It is never repeated automatically.',
    fix: 'Inspect the host, then decide: mark-done, retry or rollback.',
  },
  {
    id: 'NotStarted',
    title: 'A command was claimed and did not run',
    why: 'The connection or the worker was lost before it started.',
    fix: 'Nothing to do: it is started again.',
  },
  {
    id: 'TokenConflict',
    title: 'The host has another script under the same token',
    why: 'Two versions of the worker are running, or this is a defect. Nothing was started.',
    fix: 'Run the same version on all workers. If they run the same version already, report a defect.',
  },
  {
    id: 'StepRefused',
    title: 'The inspection showed that a step would do harm',
    why: NOTHING,
    fix: 'The message says what was found. Change that or the plan.',
  },
  {
    id: 'StepNotVerified',
    title: 'A change was made, and its verification failed',
    why: 'The message names the differences.',
    fix: 'Fix the cause and decide retry, or roll back.',
  },
  {
    id: 'SecretMissing',
    title: 'A secret is missing, or others can read its file',
    why: NOTHING,
    fix: 'Add it as NAME=value, then: chmod 600 FILE.',
  },
  {
    id: 'LockHeld',
    title: 'Another run holds the lock of this stack on the host',
    why: 'Two runs at once would damage each other.',
    fix: 'Find out with reinstate status, at the Temporal that it belongs to, whether that run is open, and wait for its end. Only if it is dead, use the reinstate unlock above.',
  },
  {
    id: 'NotSigned',
    title: 'A step, a prior state, an output or a note carries no valid signature of a worker',
    why: 'Workers sign what they resolve and observe, and refuse everything else: anyone who reaches Temporal could have sent it, or a host could have changed it. Nothing was done.',
    fix: 'Give all workers one key: reinstate key export, reinstate key import. Finish runs of version 0.1 with version 0.1.',
  },
  {
    id: 'NotDelivered',
    title: 'A notification was not delivered',
    why: 'No run depends on it. The delivery is attempted for a day.',
    fix: 'Read the status in the message, correct notify.yaml or the receiver, then: reinstate notify test CHANNEL.',
  },
  {
    id: 'NotFromRun',
    title: 'A workflow that does not belong to the run asked a worker for something',
    why: 'Workers act only for workflows that Temporal recorded as part of the run. Nothing was done.',
    fix: 'Find out who started that workflow: the Temporal UI shows its identity. Start runs with reinstate run.',
  },
  {
    id: 'KeyRefused',
    title: 'A file of keys is missing, readable by others, or holds no key',
    why: 'All workers of one Temporal sign with the same key, and encrypt with the same codec keys. Nothing was started.',
    fix: 'reinstate key (or codec) create for the first worker; export and import for the others.',
  },
  {
    id: 'PayloadUnreadable',
    title: 'What Temporal stores of a run cannot be decrypted',
    why: 'It is encrypted with a codec key that this machine does not have, or it was changed after its encryption. The run has lost nothing: its task is tried again until a worker has the key.',
    fix: 'reinstate codec export, on a worker that has the key; then reinstate codec import FILE. A worker that had no keys is then restarted.',
  },
  {
    id: 'AnswerRefused',
    title: 'An answer to a decision was refused',
    why: 'It names no open decision, an unknown choice, a person who may not decide (the starter of a run may not approve a gate that names approvers), a digest other than the one shown, or a signature that is missing or does not verify.',
    fix: 'reinstate status RUN lists the open decisions, their choices and approvers.',
  },
  {
    id: 'BadRequest',
    title: 'A workflow was started with an input that it cannot use',
    why: 'The input is not the JSON object that the workflow expects, or the plan names approvers and the input does not name who starts the run.',
    fix: 'Start runs with reinstate run PLAN, or runPlan with {"plan": "PLAN", "by": "NAME"}. Nothing was changed.',
  },
  {
    id: 'DoneNotProven',
    title: 'A run is done, but people passed over the proof of a step',
    why: 'A step was skipped or marked done. What it does is not proven.',
    fix: 'reinstate show RUN lists these steps. Prove them by hand, or: reinstate rollback RUN.',
  },
  {
    id: 'BadInput',
    title: 'The command line is invalid',
    why: 'Nothing was started.',
    fix: 'reinstate COMMAND --help.',
  },
  {
    id: 'SettingRefused',
    title: 'An environment variable has an invalid value',
    why: 'Nothing was started.',
    fix: 'The message names the variable and its valid values.',
  },
]
