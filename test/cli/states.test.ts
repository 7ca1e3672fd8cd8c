import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common'
import { describe, expect, it } from 'vitest'
import { htmlReport } from '../../src/cli/report/html-report.ts'
import { markdownReport } from '../../src/cli/report/markdown-report.ts'
import { reportOf } from '../../src/cli/report/report-of.ts'
import { reportLines } from '../../src/cli/rendering/outcome-lines.ts'
import { leftOpenLines, runListLines, showLines, statusLines } from '../../src/cli/rendering/status-lines.ts'
import { eventLine, presentEvent, presentEvents } from '../../src/cli/run/events.ts'
import { joined } from '../../src/cli/run/list-runs.ts'
import type { Listed } from '../../src/cli/run/list-runs.ts'
import { asCleared, asEnded } from '../../src/cli/run/phases.ts'
import { exitCodeFor, exitCodeOfUndoing, forScripts, stateOf } from '../../src/cli/run/snapshot.ts'
import type { Lifetime, RunSnapshot } from '../../src/cli/run/snapshot.ts'
import { phaseDetails, runDetails } from '../../src/workflows/details.ts'
import { SEARCH_ATTRIBUTES } from '../../src/workflows/messages.ts'
import { meaningOf, RUN_STATES } from '../../src/workflows/run-states.ts'
import type { RunState } from '../../src/workflows/run-states.ts'
import type { RecordedAnswer, RunStatus, StepState } from '../../src/workflows/status.ts'
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
} from './a-run.ts'

const ended = { endedAt: at('07:57:05') }
const unbegun = {
  phases: [
    { phase: 'data', title: 'Data', state: 'not-begun' as const, steps: [aStep({ state: 'waiting' })] },
  ],
}
const terminated = aRun({
  ...{ ...ended, closedAs: 'TERMINATED', terminated: { by: 'root', reason: 'looked stuck' } },
  status: {
    state: 'waiting-for-decision',
    decisions: [aGate()],
    visitors: 'Visitors get nothing since 07:56.',
  },
})
const endedRollback = { closedAs: 'TERMINATED', terminated: { by: 'root', reason: '' } } as const
const timeout: RecordedAnswer = {
  ...{ at: at('07:57:00'), via: 'timeout', taken: true },
  answer: { decision: 'gate/cutover', choice: 'stop', by: 'nobody' },
  asked: { kind: 'gate', title: 'may "Cut over" begin?', phase: 'cutover', since: at('07:55:45') },
}

/** A run in each state that there is, and its exit status. */
const RUNS: Readonly<Record<RunState, readonly [snapshot: RunSnapshot, exit: number]>> = {
  'waiting-for-decision': [aRun({ status: { state: 'waiting-for-decision', decisions: [aGate()] } }), 4],
  'host-unreachable': [aRun({ status: { state: 'host-unreachable' } }), 0],
  'rolling-back': [{ ...terminated, rollbacks: [aRunningRollback()] }, 1],
  clearing: [aRun({ status: { state: 'clearing', detail: 'The rehearsal' } }), 0],
  running: [aRun(), 0],
  'waiting-for-lock': [aRun({ status: { state: 'waiting-for-lock' } }), 0],
  previewing: [aRun({ status: { state: 'previewing' } }), 0],
  resolving: [aRun({ status: { state: 'resolving' } }), 0],
  'rollback-incomplete': [
    aRun({
      ...{ ...ended, status: { state: 'done' } },
      rollbacks: [
        aRollback({
          ...endedRollback,
          steps: [anUndo({ state: 'not-undone' })],
          status: aRunningRollback().status,
        }),
      ],
    }),
    1,
  ],
  terminated: [terminated, 1],
  failed: [aRun({ ...ended, status: { state: 'failed', detail: 'the plan has a cycle' } }), 1],
  expired: [aRun({ ...ended, status: { state: 'expired', answers: [timeout] } }), 1],
  stopped: [aRun({ ...ended, status: { state: 'stopped', detail: 'dana stopped it' } }), 1],
  'done-not-proven': [aRun({ ...ended, status: { state: 'done-not-proven' } }), 5],
  done: [aRun({ ...ended, status: { state: 'done' }, phases: [aPhase({ state: 'done' })] }), 0],
  // Of the workflow of a clear: the run itself goes on.
  cleared: [aRun({ ...ended, status: { state: 'cleared' }, phases: [aPhase({ state: 'cleared' })] }), 0],
  'rolled-back': [aRun({ ...ended, status: { state: 'done' }, rollbacks: [aRollback()] }), 1],
  cancelled: [aRun({ ...ended, ...unbegun, closedAs: 'CANCELLED', status: { state: 'cancelled' } }), 1],
  refused: [
    aRun({
      ...{ ...ended, ...unbegun, status: { state: 'refused' } },
      failure: { type: 'Refused', cause: 'PlanRefused', message: 'plan.yaml:3:1 unknown key' },
    }),
    2,
  ],
}
const table = Object.entries(RUNS).map(([state, [snapshot, exit]]) => ({
  state: state as RunState,
  snapshot,
  exit,
}))

const around = { now: NOW, page: 'http://127.0.0.1:8233/run' }
const stateKey = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD')

/** What Temporal's list has of a run and its rollbacks. */
function listedOf({ status, rollbacks, ...run }: RunSnapshot): readonly Listed[] {
  const info = (workflowId: string, type: string, state: RunState, of: Lifetime) =>
    ({
      ...{ workflowId, type, startTime: new Date(of.startedAt) },
      status: { name: of.closedAs ?? 'RUNNING', code: 1 },
      typedSearchAttributes: new TypedSearchAttributes([{ key: stateKey, value: state }]),
      ...(of.endedAt === undefined ? {} : { closeTime: new Date(of.endedAt) }),
    }) as Listed
  return [
    info(RUN, 'runPlan', status.state, run),
    ...rollbacks.map((one) => info(one.workflowId, 'rollbackRun', one.status.state, one)),
  ]
}

/** All states but this one, as words of their own. */
const others = (state: RunState) =>
  new RegExp(
    `(?<![\\w-])(${Object.keys(RUN_STATES)
      .filter((one) => one !== state)
      .join('|')})(?![\\w-])`,
  )

describe.each(table)('a run that is $state', ({ state, snapshot, exit }) => {
  const { isOpen, changes } = meaningOf(state)
  const listed = joined(listedOf(snapshot))
  const last = presentEvent({ ...ended, run: RUN, state }, NOW)
  const report = reportOf(snapshot, [], around)
  const text = {
    status: statusLines(snapshot, around).join('\n'),
    show: showLines(snapshot, around).join('\n'),
    end: reportLines(snapshot, NOW).join('\n'),
    markdown: markdownReport(report),
    html: htmlReport(report),
  }

  it('L2 › is called so by status, show, list, logs, reports and --json', () => {
    expect(stateOf(snapshot)).toBe(state)
    expect(forScripts(snapshot)).toMatchObject({ state })
    expect(listed.map((one) => [one.run, one.state])).toEqual([[RUN, state]])
    expect(runListLines(listed)[1]?.split(/ +/).slice(0, 2)).toEqual([RUN, state])
    expect(eventLine(last)).toContain(`${RUN} is ${state}:`)
    expect(text.status.split('\n')[0]).toMatch(new RegExp(`^${RUN}  ${state}\\b`))
    expect(text.status.split('\n')[0]).not.toMatch(others(state))
    const where = isOpen ? `state    ${state} since` : `${RUN} ${state}`
    for (const shown of [text.status, text.show]) expect(shown.toLowerCase()).toContain(where)
    expect(text.markdown.split('\n')[0]).toContain(`: ${state}`)
    expect(text.html).toContain(`<title>${RUN}: ${state}</title>`)
    if (!isOpen) expect(text.end.toLowerCase()).toContain(`${RUN} ${state}`)
  })

  it(`has the exit status ${exit}`, () => {
    expect(exitCodeFor(snapshot)).toBe(exit)
    if (!isOpen) expect(exitCodeOfUndoing(snapshot) === 0).toBe(changes !== 'kept')
  })

  it('is on its own page what its workflow wrote last, which says where it stands once that is true no more', () => {
    for (const { status } of [snapshot, ...snapshot.rollbacks]) {
      const page = runDetails(status)
      const [, shown] = /\*\*: \*\*([a-z-]+)\*\*[ .]/.exec(page) ?? []
      expect(shown).toBe(status.state)
      const lines = page.split('\n')
      const asks = status.decisions.length > 0
      const [of, line] = meaningOf(status.state).isOpen
        ? [/Terminated/, lines.at(asks ? 0 : -1)]
        : [/true when it ended/, lines[0]]
      expect(line).toMatch(of)
      // Before a question each character counts.
      if (meaningOf(status.state).changes === 'kept')
        expect(line).toContain(asks ? '`reinstate status`' : `reinstate status ${RUN}`)
      const asked = [...page.matchAll(/"decision": "([^"]+)"/g)].map(([, decision]) => decision)
      expect(new Set(asked)).toEqual(new Set(status.decisions.map(({ decision }) => decision)))
    }
  })

  it('waits for a decision only where somebody can answer one', () => {
    for (const shown of Object.values(text).filter((one) => one !== text.end))
      expect(/waits for a decision|^decide: /im.test(shown)).toBe(state === 'waiting-for-decision')
  })

  it.runIf(isOpen)('is called so by a command that leaves it open', () => {
    const left = leftOpenLines(snapshot).join('\n')
    expect(left).toContain(`${RUN} is ${state}. `)
    expect(/waits for a person/.test(left)).toBe(state === 'waiting-for-decision')
  })

  it('offers a rollback only where there is something to undo', () => {
    const offers = Object.values(text).map((shown) => shown.includes(`reinstate rollback ${RUN}`))
    const isOffered = !isOpen && changes === 'kept' && state !== 'done'
    expect(new Set(offers)).toEqual(new Set([isOffered]))
  })
})

describe('a run that was terminated', () => {
  const lines = statusLines(terminated, around).join('\n')

  it('says when, by whom and why, that answers have no effect, and whether visitors are affected', () => {
    expect(lines).toContain('TERMINATED at 2026-11-21 07:57:05 by root ("looked stuck")')
    expect(lines).toContain('Answers have no effect any more. It had asked: may "Cut over" begin?')
    expect(lines).toContain('Visitors get nothing since 07:56.')
  })

  it('has no step that goes on: what ran was interrupted at its end, and its time no longer grows', () => {
    const [phase] = terminated.phases
    const step = { state: 'interrupted', endedAt: ended.endedAt }
    expect(phase).toMatchObject({ state: 'interrupted', endedAt: ended.endedAt, steps: [step] })
    const tomorrow = { ...around, now: new Date('2026-11-22T08:00:00Z') }
    expect(statusLines(terminated, tomorrow)).toEqual(statusLines(terminated, around))
    const all = [lines, ...showLines(terminated, around), markdownReport(reportOf(terminated, [], around))]
    for (const shown of all) expect(shown).not.toMatch(/(?<![\w-])running(?![\w-])/)
  })
})

describe('a run that has ended', () => {
  const states: readonly StepState[] = ['waiting', 'inspecting', 'holding', 'failed', 'done', 'skipped']
  const steps = states.map((state) => aStep({ state }))
  const after = (phase: ReturnType<typeof aPhase>) => {
    const [left] = asEnded([phase], ended.endedAt)
    return { state: left?.state, steps: left?.steps.map(({ state }) => state) }
  }

  it('has steps that were interrupted, that never began, or that keep their end', () => {
    const kept = ['failed', 'done', 'skipped']
    const states = ['not-begun', 'interrupted', 'interrupted', ...kept]
    expect(after(aPhase({ steps }))).toEqual({ state: 'interrupted', steps: states })
    expect(after(aPhase({ steps, state: 'failed' }))).toEqual({ state: 'failed', steps: states })
    const { startedAt: _, ...unbegunPhase } = aPhase({ state: 'gate', steps: [aStep({ state: 'waiting' })] })
    expect(after(unbegunPhase)).toEqual({ state: 'not-begun', steps: ['not-begun'] })
  })
})

/** As the workflow of a phase writes them; `undone` and what follows it only readers of the whole run know. */
const STEP_STATES = [
  ...(['waiting', 'inspecting', 'applying', 'running', 'verifying', 'holding'] as const),
  ...(['done', 'skipped', 'marked-done', 'failed'] as const),
]

describe.each(STEP_STATES)('a step that is %s', (state) => {
  const step = state === 'done' ? aProvenStep() : aStep({ state, failure: 'no space left' })
  const request = { phase: { phase: 'restore-data', title: 'Bring the data back' }, ref: { run: RUN } }
  const page = phaseDetails(request as never, [step]).split('\n')
  const shown = showLines(aRun({ phases: [aPhase({ steps: [step] })] }), around)

  it('is called so on the page of its phase and by show, and a failure stands first with where to answer it', () => {
    expect(page.find((line) => line.startsWith('| copy-db'))?.split(/[|\s]+/)[3]).toBe(state)
    const row = shown.find((line) => line.startsWith('  copy-db'))
    expect(row).toMatch(new RegExp(`^  copy-db +${state === 'done' ? 'proven' : state} `))
    expect(page[0]?.includes('no space left')).toBe(state === 'failed')
    expect(page.join('\n').includes(`on the page of its run \`${RUN}\``)).toBe(state === 'failed')
  })
})

describe('a run whose rehearsal was cleared', () => {
  const cleared = {
    workflowId: `${RUN}/rehearsal/clear`,
    phases: ['Rehearse'],
    undone: 14,
    seconds: 6.2,
    left: [],
  }
  const snapshot = aRun({
    phases: asCleared(
      [
        aPhase({
          ...{ phase: 'rehearsal', title: 'Rehearse', state: 'cleared', clear: cleared },
          steps: [aProvenStep(), aProvenStep({ step: 'rows' })],
        }),
      ],
      [aRollback({ steps: [anUndo({ step: 'copy-db' })] })],
    ),
  })
  const report = reportOf(snapshot, [], around)

  it('keeps the evidence of its steps, and says how many were undone, in which time, and what was left', () => {
    const says = 'clear of Rehearse: 14 steps undone in 6.2 s; left: nothing'
    for (const shown of [
      statusLines(snapshot, around).join('\n'),
      showLines(snapshot, around).join('\n'),
      markdownReport(report),
      htmlReport(report),
    ]) {
      expect(shown).toContain(says)
      expect(shown).toMatch(/cleared/)
    }
    expect(showLines(snapshot, around).join('\n')).toMatch(/copy-db +proven, cleared +312 files/)
    expect(markdownReport(report)).toMatch(/`copy-db` \|.*\| proven, cleared \|/)
    expect(report.unproven).toEqual([])
  })
})

describe('a gate that expired', () => {
  it('says that nobody answered within its time', () => {
    const [snapshot] = RUNS.expired
    expect(statusLines(snapshot, around).join('\n')).toContain(
      'nobody answered within 1 min 15 s: may "Cut over" begin?',
    )
  })
})

describe('the log of a run that waits', () => {
  it('ends with the commands that answer each question, with the digest', () => {
    const asked = aGate({ approvers: ['dana'] })
    const last = presentEvents({ run: RUN, state: 'waiting-for-decision', open: [asked] }, NOW).at(-1)
    expect(last).toMatchObject({ status: 'NEEDS_REVIEW', decision: asked.decision })
    expect(eventLine(last ?? presentEvent({ run: RUN, state: 'done' }, NOW))).toContain(
      `${asked.decision}, to answer: reinstate decide ${RUN} ${asked.decision} approve --by NAME --digest ${asked.digest}`,
    )
  })
})

describe('a rollback that waits for the lock of another run', () => {
  const [{ rollbacks: _, ...run }] = RUNS['rolling-back']
  const waiting = (state: RunState, more: Partial<RunStatus> = {}): RunSnapshot => {
    const rollback = aRunningRollback()
    return { ...run, rollbacks: [{ ...rollback, status: { ...rollback.status, state, ...more } }] }
  }

  it('is not said to roll back, and names that run', () => {
    const detail = 'the rollback waits for other, which holds shop on server'
    const snapshot = waiting('waiting-for-lock', { detail })
    expect(stateOf(snapshot)).toBe('waiting-for-lock')
    expect(statusLines(snapshot, around)[0]).toContain(`waiting-for-lock: ${detail}`)
    expect(showLines(snapshot, around).join('\n')).toContain(`waits    ${detail}`)
  })

  it('that run stands in the list, which reads it from the memo', () => {
    const snapshot = waiting('waiting-for-decision')
    const memo = { decisions: [{ ...aGate(), kind: 'lock', lockedBy: 'other' }] }
    const [own, rollback] = listedOf(snapshot)
    const listed = joined([own, rollback && { ...rollback, memo }].filter((one) => one !== undefined))
    expect(listed).toMatchObject([{ state: 'waiting-for-decision', lockedBy: 'other' }])
    expect(runListLines(listed)[1]).toContain('waiting-for-decision (lock of other)')
  })
})

describe('the list of runs', () => {
  it('gives a run that was started under a used id its own state', () => {
    const [first] = RUNS['rolled-back']
    const second = { ...aRun(), startedAt: at('07:58:00') }
    const listed = joined([...listedOf(second), ...listedOf(first)])
    expect(listed.map((one) => [one.run, one.state])).toEqual([[RUN, 'running']])
  })

  it('shows a rollback whose run Temporal has forgotten', () => {
    const [{ rollbacks, ...run }] = RUNS['rolling-back']
    const [, rollback] = listedOf({ ...run, rollbacks })
    expect(joined(rollback ? [rollback] : [])).toMatchObject([
      { run: RUN, state: 'rolling-back', isClosed: true },
    ])
  })
})
