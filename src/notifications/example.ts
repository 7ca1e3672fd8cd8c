import type { Notice, NoticeEvent } from '../workflows/notices.ts'

/** A notification of a run that does not exist, for tries. */
export function exampleNotice(
  event: NoticeEvent,
  { id, at }: { readonly id: string; readonly at: string },
): Notice {
  const run = 'test-of-notify'
  return {
    ...{ id, event, at, run, plan: 'test' },
    ref: { run, token: id },
    title: 'This is a test of notifications: no such run exists',
    ...(event === 'reminder' && { reminder: { number: 1, of: 3 } }),
    ...(event === 'rolling-back' && { why: 'step copy-db failed' }),
    ...((event === 'waits' || event === 'reopened' || event === 'reminder') && {
      question: question(event, at),
    }),
    ...((event === 'failed' || event === 'done') && {
      ended: {
        ...{ state: event === 'done' ? 'done' : 'rolled-back', at, leftovers: event === 'done' ? 0 : 2 },
        ...(event === 'failed' && { detail: 'step copy-db failed' }),
        visitors: 'Visitors: not affected by this run; it has changed nothing.',
      },
    }),
  }
}

function question(event: NoticeEvent, at: string): NonNullable<Notice['question']> {
  return {
    ...{ decision: 'gate/cutover', kind: 'gate', phase: 'cutover' },
    title: 'may "Cut over" begin?',
    happened: '12 steps are done. The run asks before it goes on.',
    impact: [
      'Visitors: **the site is DOWN** since 2026-11-21 23:20 UTC. It comes back only with step serve or with a rollback.',
    ],
    advice: { text: 'Read "What it would do" below. Approve it only if that is what you expect.' },
    choices: [
      { choice: 'approve', does: '"Cut over" begins and does what is listed' },
      { choice: 'reject', does: 'it does not begin; the run ends, and all is undone' },
    ],
    approvers: ['lead', 'on-call'],
    ...{ since: at, timesAsked: 1, digest: '0123456789abcdef' },
    expires: new Date(Date.parse(at) + 24 * 3_600_000).toISOString(),
    otherwise: 'it is rejected',
    ...(event === 'reopened' && {
      reopened: true as const,
      happened:
        'lead approved it at 2026-11-21 23:40 UTC. Since then the hosts have changed: 3 files more. Nothing of this phase has begun.',
    }),
  }
}
