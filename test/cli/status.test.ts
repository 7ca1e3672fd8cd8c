import { describe, expect, it } from 'vitest'
import { chosen, sealed } from '../../src/cli/deciding.ts'
import { decisionCommands, decisionLines } from '../../src/cli/rendering/decision-lines.ts'
import { answerLine } from '../../src/cli/rendering/show-lines.ts'
import { factLines, runListLines } from '../../src/cli/rendering/status-lines.ts'
import type { ListedRun } from '../../src/cli/rendering/status-lines.ts'
import { asRolledBack, openDecisions, stateOf, stepsOf, triesUpTo, withBeats } from '../../src/cli/story.ts'
import { aGate, aPhase, aProvenStep, aRollBack, aStep, aStory, at, NOW, RUN } from './stories.ts'

describe('the list of runs', () => {
  const run = (name: string, changes: Partial<ListedRun>): ListedRun => ({
    run: name,
    state: 'running',
    plan: 'guestbook',
    hosts: ['droplet'],
    startedAt: at('07:00:00'),
    ...changes,
  })

  it('has those that wait for people first, then those that run, then the newest', () => {
    const lines = runListLines([
      run('old', { state: 'done', endedAt: at('07:10:00') }),
      run('new', { state: 'done', startedAt: at('07:30:00'), endedAt: at('07:40:00') }),
      run('runs', {}),
      run('waits', { state: 'waiting-for-decision', startedAt: at('06:00:00') }),
    ])
    expect(lines).toEqual([
      'RUN    STATE                 PLAN       HOSTS    STARTED',
      'waits  waiting-for-decision  guestbook  droplet  2026-11-21 06:00:00',
      'runs   running               guestbook  droplet  2026-11-21 07:00:00',
      'new    done                  guestbook  droplet  2026-11-21 07:30:00',
      'old    done                  guestbook  droplet  2026-11-21 07:00:00',
    ])
  })

  it('says what to type when there are none', () => {
    expect(runListLines([])).toEqual(['no runs yet', '  next: reinstate run PLAN'])
  })
})

describe('one run', () => {
  it('says since when it waits, for what, and where to look', () => {
    const waiting = aStory({
      status: { state: 'waiting-for-decision', decisions: [aGate()], waitsFor: 'a decision: may it begin?' },
    })
    expect(factLines(waiting, { now: NOW, page: 'http://ui/run' })).toEqual([
      'plan     guestbook: Restore the guestbook',
      'hosts    droplet',
      'started  2026-11-21 07:55:00',
      'state    waiting-for-decision since 2026-11-21 07:58:00',
      'waits    a decision: may it begin?',
      'page     http://ui/run',
    ])
  })

  it('shows answers that were ignored, and why', () => {
    const answer = {
      at: at('07:59:00'),
      via: 'signal' as const,
      answer: 'junk',
      taken: false,
      why: 'it names no choice',
    }
    expect(factLines(aStory({ status: { answers: [answer] } }), { now: NOW, page: '' }).at(-1)).toBe(
      'ignored  a signal at 2026-11-21 07:59:00: it names no choice',
    )
    expect(answerLine(answer)).toBe('2026-11-21 07:59:00 ignored: a signal: it names no choice')
  })

  it('names who decided what', () => {
    const answer = { decision: 'gate/cutover', choice: 'approve', by: 'dana', reason: 'looked at it' }
    expect(answerLine({ at: at('07:59:00'), via: 'update', answer, taken: true })).toBe(
      '2026-11-21 07:59:00 gate/cutover: approve, by dana (update): looked at it',
    )
  })

  it('takes the state of a rollback that was started after its end', () => {
    const failed = aStory({ endedAt: at('07:56:00'), status: { state: 'stopped' } })
    const { workflowId, status, startedAt } = aRollBack()
    const undoing = { workflowId, status, startedAt, undone: [] }
    expect(stateOf(failed)).toBe('stopped')
    expect(stateOf({ ...failed, rollBacks: [undoing] })).toBe('rolling-back')
    expect(stateOf({ ...failed, rollBacks: [aRollBack()] })).toBe('rolled-back')
  })

  it('has no open decision once it is terminated', () => {
    const terminated = aStory({ endedAt: at('07:59:00'), status: { decisions: [aGate()] } })
    expect(openDecisions(terminated)).toEqual([])
  })
})

describe('a decision', () => {
  it('says since when it waits, what it shows, and what each answer does', () => {
    const gate = aGate({ timesAsked: 2, approvers: ['dana', 'kim'], otherwise: 'it is rejected' })
    expect(decisionLines(gate, NOW)).toEqual([
      'decide: may "Cut over" begin?',
      '  gate/cutover, has waited 2 min, asked 2 times',
      '  until 2026-11-21 11:58:00, then: it is rejected',
      '  may decide: dana, kim',
      '',
      '  What it would do',
      '',
      '  - stop the stack old (on droplet)',
      '',
      '  approve  it begins',
      '  reject   all is rolled back',
    ])
  })

  it('comes with the commands to type; only an approval names the seal', () => {
    expect(decisionCommands(RUN, aGate())).toEqual([
      `reinstate decide ${RUN} gate/cutover approve --seal 9ef2d6d83f`,
      `reinstate decide ${RUN} gate/cutover reject`,
    ])
    expect(sealed(aGate(), 'approve')).toEqual({ decision: 'gate/cutover', seal: '9ef2d6d83f' })
    expect(sealed(aGate(), 'reject')).toEqual({ decision: 'gate/cutover' })
  })

  it('is answered by a word or its beginning, never by a guess', () => {
    const choices = ['retry', 'skip', 'roll-back', 'stop'] as const
    expect(chosen('Roll back', choices)).toBe('roll-back')
    expect(chosen('sk', choices)).toBe('skip')
    expect(chosen('s', choices)).toBeUndefined()
    expect(chosen('yes', choices)).toBeUndefined()
  })
})

describe('the steps of a phase that was tried several times', () => {
  const outline = {
    phase: 'restore-data',
    title: '',
    state: 'running' as const,
    steps: [aStep(), aStep({ step: 'next' })],
  }
  const failed = aStep({ state: 'failed', failure: 'no' })

  it('are read from the workflow of each try', () => {
    expect(triesUpTo('r/data')).toEqual(['r/data'])
    expect(triesUpTo('r/data~3')).toEqual(['r/data', 'r/data~2', 'r/data~3'])
  })

  it('are as the last try left them', () => {
    const first = { phase: 'restore-data', steps: [failed, aStep({ step: 'next', state: 'waiting' })] }
    const second = { phase: 'restore-data', steps: [aProvenStep({ generation: 2 })] }
    expect(stepsOf(outline, [first, second], []).map(({ state }) => state)).toEqual(['done', 'waiting'])
  })

  it('count as skipped where somebody passed them over', () => {
    const answer = { decision: 'failed/copy-db~1', choice: 'skip', by: 'dana' }
    const answers = [{ at: at('07:59:00'), via: 'update' as const, answer, taken: true }]
    const tries = [{ phase: 'restore-data', steps: [failed] }]
    expect(stepsOf(outline, tries, answers)[0]?.state).toBe('skipped')
    expect(stepsOf(outline, tries, [])[0]?.state).toBe('failed')
  })

  it('are undone where a rollback undid them, except the one that failed', () => {
    const phase = aPhase({ steps: [aProvenStep({ step: 'stop-stack' }), failed] })
    const [undone] = asRolledBack([phase], [aRollBack({ undone: ['stop-stack', 'copy-db'] })])
    expect(undone?.steps.map(({ state }) => state)).toEqual(['undone', 'failed'])
  })

  it('have the progress that names them', () => {
    const beat = { offsets: { 'token_restore-data_copy-db_1_copy': { out: 1, err: 0 } } }
    const steps = [aStep({ step: 'other' }), aStep()]
    expect(withBeats(steps, [beat]).map((step) => step.beat)).toEqual([undefined, beat])
  })
})
