import { describe, expect, it } from 'vitest'
import { chosen } from '../../src/cli/deciding.ts'
import { BadInput } from '../../src/cli/exit-codes.ts'
import { personName } from '../../src/cli/plan-argument.ts'
import { decisionLines } from '../../src/cli/rendering/decision-lines.ts'
import { decisionCommands } from '../../src/workflows/answer-command.ts'
import { runListLines, showLines, statusLines } from '../../src/cli/rendering/status-lines.ts'
import { asRolledBack, attemptsUpTo, stepsOf, withBeats } from '../../src/cli/run/phases.ts'
import { exitCodeFor, openDecisions } from '../../src/cli/run/snapshot.ts'
import { unreachableIn } from '../../src/cli/run/unreachable.ts'
import { aGate, anUndo, aPhase, aProvenStep, aRollback, aRun, aStep, at, RUN } from './a-run.ts'

describe('the list of runs', () => {
  it('starts with runs that wait for a person, then running ones, then the newest', () => {
    const run = (name: string, state: 'done' | 'running' | 'waiting-for-decision', startedAt: string) => ({
      ...{
        run: name,
        state,
        plan: 'guestbook',
        hosts: [],
        startedAt: at(startedAt),
        isClosed: state === 'done',
      },
      ...(state === 'done' ? { endedAt: at('07:50:00') } : {}),
    })
    const lines = runListLines([
      run('old', 'done', '07:00:00'),
      run('new', 'done', '07:30:00'),
      run('runs', 'running', '07:00:00'),
      run('waits', 'waiting-for-decision', '06:00:00'),
    ])
    expect(lines.slice(1).map((line) => line.split(' ')[0])).toEqual(['waits', 'runs', 'new', 'old'])
  })
})

describe('a run › its decisions', () => {
  it('are closed once the run is terminated', () => {
    const terminated = aRun({ endedAt: at('07:59:00'), status: { decisions: [aGate()] } })
    expect(openDecisions(terminated)).toEqual([])
  })
})

describe('a run › its exit code', () => {
  const ended = (state: 'done' | 'rolled-back' | 'refused', cause?: string) =>
    aRun({
      ...{ endedAt: at('07:57:05'), status: { state } },
      ...(cause === undefined ? {} : { failure: { type: 'Refused', message: '', cause } }),
    })
  const failure = { type: 'RollbackIncomplete', message: '' }
  it.each([
    ['goes on', aRun(), 0],
    ['waits', aRun({ status: { state: 'waiting-for-decision', decisions: [aGate()] } }), 4],
    ['is done', ended('done'), 0],
    ['is rolled back', ended('rolled-back'), 1],
    [
      'is not rolled back whole',
      { ...ended('rolled-back'), rollbacks: [aRollback({ failure, closedAs: 'FAILED' })] },
      1,
    ],
    ['is refused for its plan', ended('refused', 'PlanRefused'), 2],
    ['is refused for a host', ended('refused', 'HostUnreachable'), 3],
  ])('one that %s', (_, snapshot, code) => expect(exitCodeFor(snapshot)).toBe(code))
})

describe('a host that does not answer', () => {
  const failure = 'host server cannot be reached: no answer on port 22'
  const unreachable = [{ host: 'server', failure, since: at('07:58:00'), until: at('08:08:00') }]
  // The two texts are not compared: rewording one changes nothing.
  const retried = [{ host: 'server', failure: 'no answer', attempt: 11 }]
  const snapshot = aRun({
    status: { state: 'host-unreachable', unreachable },
    phases: [aPhase({ retried })],
  })

  it('is shown by status and show, with the attempt and its deadline', () => {
    const line = `host     ${failure}; since 07:58:00, attempt 11, tried again until 08:08:00; nothing to answer`
    const around = { now: new Date(at('08:00:00')), page: '' }
    expect(statusLines(snapshot, around)).toContain(line)
    expect(showLines(snapshot, around)).toContain(line)
  })

  it('is not shown for a run that has ended', () => {
    expect(unreachableIn({ ...snapshot, endedAt: at('08:01:00') })).toEqual([])
  })
})

describe('a name', () => {
  it.each(['', ' ', 'NAME', 'YOUR NAME', 'your  name', 'Your-Name', '<name>'])('%j is refused', (typed) =>
    expect(() => personName(typed)).toThrow(BadInput),
  )

  it('is accepted without surrounding blanks', () => expect(personName(' dana ')).toBe('dana'))
})

describe('a decision', () => {
  it('has a place for the name where only approvers may answer', () => {
    const asked = aGate({ approvers: ['dana', 'kim'] })
    for (const command of decisionCommands(RUN, asked)) expect(command).toContain(' --by NAME')
    for (const command of decisionCommands(RUN, aGate())) expect(command).not.toContain('--by')
  })

  it('reads in this order: what happened, visitors and data, what to do, the rollback, details', () => {
    const lines = decisionLines(RUN, aGate({ advice: { choice: 'reject', text: 'Reject it.' } }), new Date())
    const titles = [
      'What happened',
      'Visitors and data',
      'What to do now',
      'What a rollback undoes',
      'Details',
    ]
    const places = titles.map((title) => lines.findIndex((line) => line.startsWith(`  ${title}`)))
    expect(places).toEqual([...places].sort((one, other) => one - other))
    expect(places).not.toContain(-1)
    const commands = lines.filter((line) => line.includes('reinstate decide'))
    expect(commands[0]).toContain(' reject')
    expect(lines.indexOf(commands[0] ?? '')).toBeLessThan(places[3] ?? 0)
  })

  it('needs the digest only for an approval', () => {
    const naming = decisionCommands(RUN, aGate()).filter((command) => command.includes('9ef2d6d83f'))
    expect(naming).toEqual([expect.stringContaining(' approve ')])
  })

  it('accepts a choice or an unambiguous prefix', () => {
    const choices = ['retry', 'skip', 'rollback', 'stop'] as const
    expect(chosen('Roll back', choices)).toBe('rollback')
    expect(chosen('sk', choices)).toBe('skip')
    expect(chosen('s', choices)).toBeUndefined()
    expect(chosen('yes', choices)).toBeUndefined()
  })
})

describe('the steps of a phase that was attempted several times', () => {
  const outline = {
    phase: 'restore-data',
    title: '',
    state: 'running' as const,
    steps: [aStep(), aStep({ step: 'next' })],
  }
  const failed = aStep({ state: 'failed', failure: 'no' })

  it('are read from the workflows of all attempts', () => {
    expect(attemptsUpTo('r/data')).toEqual(['r/data'])
    expect(attemptsUpTo('r/data~3')).toEqual(['r/data', 'r/data~2', 'r/data~3'])
  })

  it('have the state of the last attempt', () => {
    const first = { phase: 'restore-data', steps: [failed, aStep({ step: 'next', state: 'waiting' })] }
    const second = { phase: 'restore-data', steps: [aProvenStep({ attempt: 2 })] }
    expect(stepsOf(outline, [first, second], []).map(({ state }) => state)).toEqual(['done', 'waiting'])
  })

  it.each([
    ['skip', 'skipped'],
    ['mark-done', 'marked-done'],
  ])('count as passed over where somebody answered %s', (choice, state) => {
    const answer = { decision: 'failed/copy-db~1', choice, by: 'dana' }
    const answers = [{ at: at('07:59:00'), via: 'update' as const, answer, taken: true }]
    const attempts = [{ phase: 'restore-data', steps: [failed] }]
    expect(stepsOf(outline, attempts, answers)[0]?.state).toBe(state)
    expect(stepsOf(outline, attempts, [])[0]?.state).toBe('failed')
  })

  it('are undone after a rollback, except the one that failed', () => {
    const phase = aPhase({ steps: [aProvenStep({ step: 'stop-stack' }), failed] })
    const [undone] = asRolledBack([phase], [aRollback({ steps: [anUndo(), anUndo({ step: 'copy-db' })] })])
    expect(undone?.steps.map(({ state }) => state)).toEqual(['undone', 'failed'])
  })

  it('have their own progress', () => {
    const beat = { offsets: { 'token_restore-data_copy-db_1_copy': { out: 1, err: 0 } } }
    const steps = [aStep({ step: 'other' }), aStep()]
    expect(withBeats(steps, [beat]).map((step) => step.beat)).toEqual([undefined, beat])
  })
})
