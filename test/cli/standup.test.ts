import { describe, expect, it } from 'vitest'
import { standupMarkdown, standupOf } from '../../src/cli/report/standup.ts'
import { aGate, anUndo, aPhase, aProvenStep, aRun, aRunningRollback, aStep, at, NOW } from './a-run.ts'

const done = (step: string, endedAt: string, role?: string) =>
  aProvenStep({ step, endedAt: at(endedAt), ...(role === undefined ? {} : { role }) })
const around = (since: string) => ({ since: at(since), now: NOW })

const waiting = aRun({
  status: { state: 'waiting-for-decision', decisions: [aGate()], visitors: 'Visitors get the old stack.' },
  phases: [
    aPhase({
      ...{ phase: 'data', title: 'Data', state: 'done' },
      steps: [done('early', '07:00:00', 'Auditor'), done('late', '07:55:15', 'Auditor')],
    }),
    aPhase({
      ...{ phase: 'more', title: 'More', state: 'running' },
      steps: [
        aStep({ step: 'copy', role: 'Engineer', beat: { progress: { text: '', secondsLeft: 40 } } }),
        aStep({ step: 'then', role: 'Engineer', state: 'waiting' }),
      ],
    }),
    aPhase({
      ...{ phase: 'cutover', title: 'Cut over', state: 'gate' },
      steps: [aStep({ step: 'stop', role: 'Engineer', state: 'waiting', title: 'Stop the old stack' })],
    }),
    aPhase({
      phase: 'later',
      title: 'Later',
      state: 'waiting',
      steps: [aStep({ step: 'last', state: 'waiting' })],
    }),
  ],
})

describe('a stand-up report', () => {
  it('has by role what was done since, what runs, what is blocked by which decision, and what comes next', () => {
    const { groups, steps } = standupOf(waiting, around('07:30:00'))
    expect(steps).toEqual({ done: 2, all: 6 })
    expect(groups.map(({ of }) => of)).toEqual(['Auditor', 'Engineer', 'guestbook'])
    const [auditor, engineer, plan] = groups
    expect(auditor?.done.map(({ step }) => step)).toEqual(['late'])
    expect(engineer?.running).toEqual([
      expect.objectContaining({ step: 'copy', said: 'Restore volume n8n_db, 40 s left' }),
    ])
    expect(engineer?.blocked).toEqual([
      { step: 'stop', said: 'Stop the old stack', decision: 'gate/cutover' },
    ])
    expect(engineer?.next.map(({ step }) => step)).toEqual(['then'])
    expect(plan?.next.map(({ step }) => step)).toEqual(['last'])
  })

  it('goes by host where no step has a role', () => {
    const { groups } = standupOf(aRun(), around('07:30:00'))
    expect(groups.map(({ of }) => of)).toEqual(['server'])
  })

  it('names the decision about a failed step', () => {
    const failed = {
      kind: 'failed-step',
      decision: 'failed/copy-db~1',
      phase: 'restore-data',
      step: 'copy-db',
    } as const
    const { groups } = standupOf(
      aRun({
        status: { state: 'waiting-for-decision', decisions: [aGate(failed)] },
        phases: [aPhase({ state: 'failed', steps: [aStep({ state: 'failed', failure: 'no space' })] })],
      }),
      around('07:30:00'),
    )
    expect(groups[0]?.blocked).toEqual([{ step: 'copy-db', said: 'no space', decision: 'failed/copy-db~1' }])
  })

  it('of a run that is rolled back has the undo of its steps', () => {
    const { endedAt: _, ...undoing } = anUndo({ step: 'copy-db', state: 'undoing' })
    const { groups, state } = standupOf(
      aRun({
        ...{ endedAt: at('07:55:50'), status: { state: 'stopped' } },
        phases: [aPhase({ steps: [done('stop-stack', '07:55:10'), done('copy-db', '07:55:20')] })],
        rollbacks: [aRunningRollback({ steps: [anUndo(), undoing] })],
      }),
      around('07:30:00'),
    )
    expect(state).toBe('rolling-back')
    expect(groups[0]).toMatchObject({
      done: [{ step: 'stop-stack', said: 'undone: Stop the stack old' }],
      running: [{ step: 'copy-db' }],
    })
  })

  it('names the issue of each step with its true times, and sums up the team by issues', () => {
    const times = { startedAt: at('07:31:00'), endedAt: at('07:33:05') }
    const lines = standupMarkdown(
      standupOf(
        aRun({
          status: { state: 'waiting-for-decision', decisions: [aGate()] },
          phases: [
            aPhase({
              steps: [
                aProvenStep({ step: 'rbac', role: 'Worker 8', source: '#975', ...times }),
                aProvenStep({ step: 'denies', role: 'Worker 8', source: ['#975', '#977 Denials'], ...times }),
                aStep({ step: 'jwt', role: 'Worker 9', source: '#976 JWT' }),
              ],
            }),
            aPhase({
              ...{ phase: 'cutover', state: 'gate' },
              steps: [aStep({ step: 'release', role: 'Worker 9', state: 'waiting' })],
            }),
          ],
        }),
        around('07:30:00'),
      ),
    ).split('\n')
    expect(lines.slice(lines.indexOf('### Team: 50 % done'))).toEqual(
      expect.arrayContaining([
        '- **Done** Worker 8: #975, #977',
        '- **Runs** Worker 9: #976',
        '- **Blocked** Worker 9: `release`, by `gate/cutover`',
      ]),
    )
    expect(lines).toContain(
      '- **Done** `rbac` (\\#975): 312 files, 4.2 MB, sha256 as in the backup (2026-11-21 07:33:05 UTC, took 2 min 5 s)',
    )
    expect(lines).toContain('- **Runs** `jwt` (\\#976 JWT): Restore volume n8n_db (2026-11-21 07:55:03 UTC)')
  })

  it('is Markdown for a comment, with the commands to type', () => {
    const lines = standupMarkdown(standupOf(waiting, around('07:30:00'))).split('\n')
    expect(lines[0]).toBe('## Restore the guestbook: waiting-for-decision')
    expect(lines).toContain('- **Blocked** `stop`, by the decision `gate/cutover`: Stop the old stack')
    expect(lines.some((line) => /^reinstate decide .* gate\/cutover approve/.test(line))).toBe(true)
  })
})
