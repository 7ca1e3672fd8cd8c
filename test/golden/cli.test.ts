import { describe, expect, it } from 'vitest'
import { cleanLines } from '../../src/cli/rendering/clean-lines.ts'
import { decisionLines } from '../../src/cli/rendering/decision-lines.ts'
import { reportLines } from '../../src/cli/rendering/outcome-lines.ts'
import { previewLines } from '../../src/cli/rendering/preview-lines.ts'
import { runListLines, showLines, statusLines } from '../../src/cli/rendering/status-lines.ts'
import type { ListedRun } from '../../src/cli/run/list-runs.ts'
import { markdownReport } from '../../src/cli/report/markdown-report.ts'
import { reportOf } from '../../src/cli/report/report-of.ts'
import { eventLine } from '../../src/cli/run/events.ts'
import {
  aGate,
  anUndo,
  aPhase,
  aProvenStep,
  aRollback,
  aRun,
  aRunningRollback,
  aStep,
  at,
  NOW,
  RUN,
} from '../cli/a-run.ts'
import { preview } from '../cli/a-preview.ts'
import { eventsIn } from '../cli/histories.ts'

// What users read, each text once: `npm run golden` writes the files anew, and the diff is what one reviews.
const same = async (name: string, lines: readonly string[]) =>
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`cli/${name}.txt`)

const around = { now: NOW, page: 'http://127.0.0.1:8233/run' }
const run = (name: string, changes: Partial<ListedRun>): ListedRun => ({
  ...{
    run: name,
    state: 'running',
    plan: 'guestbook',
    hosts: ['server'],
    startedAt: at('07:00:00'),
    isClosed: changes.endedAt !== undefined,
  },
  ...changes,
})

const ignored = { decision: 'gate/cutover', choice: 'approve', by: 'eve' }
const running = aRun({
  status: {
    revision: {
      ...{ of: 'guestbook', sha256: '1f0c22e6a6b1f5d2'.repeat(4), commit: '8d3e5f0a9b21'.repeat(4).slice(8) },
      ...{ changed: true, worker: '12@worker-1' },
    },
    answers: [
      {
        ...{ at: at('07:59:00'), via: 'update', taken: true },
        answer: { decision: 'gate/data', choice: 'approve', by: 'dana', reason: 'looked at it' },
      },
      { at: at('07:59:30'), via: 'signal', answer: ignored, taken: false, why: 'the digest is missing' },
    ],
  },
  phases: [
    aPhase({
      ...{ phase: 'backup', title: 'Save what is there', state: 'done', endedAt: at('07:55:12') },
      steps: [aProvenStep({ nothingToDo: 'the volume equals its backup' })],
    }),
    aPhase({
      steps: [
        aStep({ beat: { progress: { text: 'copying', doneBytes: 327_155_712, totalBytes: 1024 ** 3 } } }),
        aStep({ step: 'next', state: 'waiting' }),
        aStep({
          ...{ step: 'wrong', state: 'failed', attempt: 2, endedAt: at('07:58:00') },
          failure: 'rsync ended with 23\nmore',
        }),
        aStep({ step: 'cut', beat: { unreachableSince: at('07:59:30') } }),
      ],
    }),
    { phase: 'cutover', title: 'Cut over', state: 'waiting', steps: [] },
  ],
})
const waiting = aRun({
  phases: running.phases,
  status: {
    ...{ state: 'waiting-for-decision', detail: 'a decision: may "Cut over" begin?' },
    decisions: [aGate({ timesAsked: 2, approvers: ['dana', 'kim'], otherwise: 'it is rejected' })],
  },
})
const locked = aRun({
  ...{ phases: [], status: { state: 'waiting-for-lock', detail: 'for other, which holds n8n on server' } },
})
const done = aRun({
  ...{ endedAt: at('07:57:05'), status: { state: 'done-not-proven' } },
  phases: [
    aPhase({
      ...{ state: 'done', endedAt: at('07:57:00') },
      steps: [
        aProvenStep({ source: '2.2', role: 'Orchestrator', success: 'The files equal the backup' }),
        aProvenStep({ step: 'rows', source: '2.2', role: 'Auditor' }),
        aStep({ step: 'reindex', state: 'skipped', source: '3.2' }),
      ],
    }),
  ],
})
const { endedAt: _end, ...undone } = anUndo()
const { startedAt: _start, ...notBegun } = undone
const failedPhase = aPhase({
  ...{ state: 'failed', endedAt: at('07:55:30') },
  steps: [aStep({ state: 'failed', failure: 'volume n8n_db differs from its backup (3 files)' })],
})
const rollback = aRollback()
const rolledBack = aRun({
  ...{ endedAt: at('07:56:10'), status: { state: 'rolled-back' }, phases: [failedPhase] },
  rollbacks: [
    {
      ...rollback,
      status: { ...rollback.status, leftovers: [{ what: 'volume n8n_db', why: 'it was served' }] },
    },
  ],
  failure: { type: 'RolledBack', message: 'step copy-db failed …' },
})
const incomplete = aRun({
  ...rolledBack,
  status: rolledBack.status,
  rollbacks: [
    aRollback({
      ...{
        closedAs: 'FAILED',
        failure: { type: 'RollbackIncomplete', message: 'rollback incomplete at stop-stack: no space' },
      },
      steps: [anUndo({ state: 'not-undone', why: 'no space' })],
    }),
  ],
})
const { startedAt: _, ...aNewPhase } = aPhase({ state: 'not-begun' })
const refused = aRun({
  ...{ endedAt: at('07:55:04'), status: { state: 'refused' }, phases: [aNewPhase] },
  failure: {
    ...{ type: 'Refused', cause: 'HostUnreachable' },
    message: 'host server cannot be reached: no answer on port 22\nNothing was changed.',
  },
})
const cancelled = aRun({
  ...refused,
  ...{ status: { state: 'waiting-for-lock' }, closedAs: 'CANCELLED' },
  failure: { type: 'CancelledFailure', message: 'Workflow canceled' },
})
const terminated = aRun({
  ...{ endedAt: at('07:59:07'), closedAs: 'TERMINATED', terminated: { by: 'root', reason: 'looked stuck' } },
  ...{ phases: running.phases, failure: { type: 'TerminatedFailure', message: 'Workflow terminated' } },
  status: {
    state: 'waiting-for-decision',
    decisions: [aGate()],
    visitors: 'Visitors get nothing since 07:57:30.',
  },
})
const expired = aRun({
  ...{ endedAt: at('07:59:00'), phases: [failedPhase] },
  status: {
    state: 'expired',
    answers: [
      {
        ...{ at: at('07:59:00'), via: 'timeout', taken: true },
        answer: { decision: 'gate/open', choice: 'stop', by: 'nobody' },
        asked: { kind: 'gate', title: 'may "Open" begin?', phase: 'open', since: at('07:57:45') },
      },
    ],
  },
})
const undoing = aRun({
  ...terminated,
  status: terminated.status,
  rollbacks: [
    aRunningRollback({
      steps: [
        anUndo({ step: 'create-volume', title: 'Create volume n8n_db', endedAt: at('07:56:04') }),
        { ...undone, state: 'undoing' },
        { ...notBegun, step: 'first', state: 'waiting' },
      ],
    }),
  ],
})
const stuck = aRun({
  ...{ endedAt: at('07:57:00'), status: { state: 'done' }, phases: running.phases },
  rollbacks: [
    aRollback({
      ...{ closedAs: 'TERMINATED', terminated: { by: 'root', reason: '' }, endedAt: at('07:58:00') },
      ...{ steps: [anUndo({ state: 'not-undone' })], status: aRunningRollback().status },
    }),
  ],
})
const states = {
  ...{ running, waiting, locked, done, 'rolled-back': rolledBack, incomplete, refused, cancelled },
  ...{ terminated, expired, undoing, stuck },
}

describe('what the CLI prints › a run in each state', () => {
  it.each(Object.entries(states))('%s', async (name, snapshot) => {
    const page = (command: string, lines: readonly string[]) => [`$ reinstate ${command}`, ...lines, '']
    await same(`run-${name}`, [
      ...page(`status ${RUN}`, statusLines(snapshot, around)),
      ...page(`show ${RUN}`, showLines(snapshot, around)),
      ...(snapshot.endedAt === undefined ? [] : page(`run …`, reportLines(snapshot, NOW))),
    ])
  })
})

describe('what the CLI prints', () => {
  it('the list of runs', async () => {
    await same('list', [
      ...runListLines([
        run('old', { state: 'done', endedAt: at('07:10:00') }),
        run('new', { state: 'done', startedAt: at('07:30:00'), endedAt: at('07:40:00') }),
        run('runs', {}),
        run('waits', { state: 'waiting-for-decision', startedAt: at('06:00:00') }),
      ]),
      '',
      ...runListLines([]),
    ])
  })

  it('a preview', async () => await same('preview', previewLines(preview)))

  it('a decision', async () => {
    await same('decision', decisionLines(RUN, aGate(), NOW))
  })

  it('what runs keep on their hosts', async () => {
    const note = (id: string) => ({
      ref: { run: id, token: 'token' },
      plan: {
        plan: 'guestbook',
        title: 'Restore the guestbook',
        stack: 'guestbook',
        hosts: ['server', 'db'],
      },
      phases: [],
    })
    const run = {
      ...{ hosts: ['server'], lastChange: new Date(at('07:59:30')), excluded: [] },
      ...{ undoable: ['live', 'stop-old'], temporal: { state: 'closed', why: 'closed' } as const },
      kept: [
        { host: 'server', what: 'receipts', name: '112', bytes: 1_204_224 },
        { host: 'server', what: 'originals', name: '', bytes: 20_480 },
        { host: 'db', what: 'volume', name: 'guestbook_db', bytes: 48_000_000 },
        { host: 'db', what: 'directory', name: '/srv/.reinstate-quarantine/token.old', bytes: 4096 },
      ] as const,
    }
    const excluded = [{ host: 'db', why: 'host db cannot be reached: no answer' }]
    const refused = 'db: host db cannot be reached: no answer; to clean the other hosts: --without db'
    await same(
      'clean',
      cleanLines([
        { ...run, note: note('guestbook-1') },
        { ...run, note: note('guestbook-2'), kept: [], lastChange: new Date(0), undoable: [] },
        { ...run, note: note('guestbook-3'), excluded, refused },
      ]),
    )
  })

  it('a report in Markdown', async () => {
    await same(
      'report',
      Object.values(states).map((snapshot) => markdownReport(reportOf(snapshot, [], around))),
    )
  })

  it.each([
    'runPhase.retried.work~2.completed',
    'runPhase.stopped.work.failed',
    'runPlan.asked-again.completed',
    'runPlan.by-signal.completed',
    'runPlan.expired.failed',
    'rollbackRun.stopped.rollback.completed',
  ])('the log of %s', async (name) => {
    await same(`log-${name}`, (await eventsIn(name)).map(eventLine))
  })
})
