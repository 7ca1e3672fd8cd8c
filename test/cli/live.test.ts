import { describe, expect, it } from 'vitest'
import { newsBetween } from '../../src/cli/rendering/live-log.ts'
import { liveLines } from '../../src/cli/rendering/live-view.ts'
import type { Story } from '../../src/cli/story.ts'
import { aGate, aPhase, aProvenStep, aRollBack, aStep, aStory, at, NOW, RUN } from './stories.ts'

const news = (before: Story | undefined, after: Story) => newsBetween(before, after, NOW)
const withStep = (step: ReturnType<typeof aStep>) => aStory({ phases: [aPhase({ steps: [step] })] })

describe('a run that is followed in a log', () => {
  it('names the role that answers for a step, and what it is at in one of five words', () => {
    const audited = (state: Story['phases'][number]['steps'][number]) =>
      news(withStep(aStep({ state: 'waiting' })), withStep({ ...state, role: 'Auditor' }))
    expect(audited(aProvenStep())[0]).toMatch(/^\[Auditor\] \[2026-11-21T07:55:15Z\]: \[COMPLETED\] /)
    expect(audited(aStep({ state: 'failed' }))[0]).toContain('[BLOCKED]')
  })

  it('says when a step starts, what it does and where', () => {
    expect(news(withStep(aStep({ state: 'waiting' })), withStep(aStep()))).toEqual([
      '[guestbook] [2026-11-21T07:55:03Z]: [STARTED] restore-data/copy-db started: Restore volume n8n_db (on droplet)',
    ])
  })

  it('says how long a step took and what proves it', () => {
    expect(news(withStep(aStep()), withStep(aProvenStep()))).toEqual([
      '[guestbook] [2026-11-21T07:55:15Z]: [COMPLETED] restore-data/copy-db done in 12 s: proven: 312 files, 4.2 MB, sha256 as in the backup',
    ])
  })

  it('says nothing while nothing happens', () => {
    expect(news(withStep(aStep()), withStep(aStep()))).toEqual([])
    expect(news(withStep(aStep()), withStep(aStep({ state: 'verifying' })))).toEqual([])
  })

  it('tells its past with the times of the past to who comes late', () => {
    const story = aStory({
      phases: [aPhase({ steps: [aProvenStep()], state: 'done', endedAt: at('07:55:16') })],
    })
    expect(news(undefined, story)).toEqual([
      `[reinstate] [2026-11-21T07:55:01Z]: [IN_PROGRESS] ${RUN} running`,
      '[reinstate] [2026-11-21T07:55:02Z]: [STARTED] restore-data running: Bring the data back',
      '[guestbook] [2026-11-21T07:55:15Z]: [COMPLETED] restore-data/copy-db done in 12 s: proven: 312 files, 4.2 MB, sha256 as in the backup',
      '[reinstate] [2026-11-21T07:55:16Z]: [COMPLETED] restore-data done in 14 s',
    ])
  })

  it('has a line for each tenth of a long copy', () => {
    const copied = (doneBytes: number) =>
      withStep(
        aStep({ beat: { progress: { text: 'copying', doneBytes, totalBytes: 1024 ** 3, secondsLeft: 40 } } }),
      )
    expect(news(copied(0.31 * 1024 ** 3), copied(0.39 * 1024 ** 3))).toEqual([])
    expect(news(copied(0.39 * 1024 ** 3), copied(0.41 * 1024 ** 3))).toEqual([
      '[guestbook] [2026-11-21T08:00:00Z]: [IN_PROGRESS] restore-data/copy-db running: 440.2 MB of 1.1 GB, 40 s left',
    ])
  })

  it('says once that a host cannot be reached', () => {
    const cut = withStep(aStep({ beat: { unreachableSince: at('07:59:30') } }))
    expect(news(withStep(aStep()), cut)).toEqual([
      '[guestbook] [2026-11-21T08:00:00Z]: [BLOCKED] restore-data/copy-db running: host droplet cannot be reached; it is tried again and again',
    ])
    expect(news(cut, cut)).toEqual([])
  })

  it('names a failed step with its reason, and a second try as one', () => {
    const failed = withStep(
      aStep({ state: 'failed', failure: 'rsync ended with 23\nmore', endedAt: at('07:56:00') }),
    )
    expect(news(withStep(aStep()), failed)).toEqual([
      '[guestbook] [2026-11-21T07:56:00Z]: [BLOCKED] restore-data/copy-db failed in 57 s: rsync ended with 23',
    ])
    expect(news(failed, withStep(aStep({ generation: 2, startedAt: at('07:57:00') })))).toEqual([
      '[guestbook] [2026-11-21T07:57:00Z]: [STARTED] restore-data/copy-db started (try 2): Restore volume n8n_db (on droplet)',
    ])
  })

  it('says that a decision is waited for, and again when it is asked again', () => {
    const asked = (timesAsked: number) =>
      aStory({ status: { state: 'waiting-for-decision', decisions: [aGate({ timesAsked })] } })
    const line =
      '[reinstate] [2026-11-21T07:58:00Z]: [NEEDS_REVIEW] waits for a decision: may "Cut over" begin? (gate/cutover)'
    expect(news(aStory(), asked(1))).toEqual([line])
    expect(news(asked(1), asked(1))).toEqual([])
    expect(news(asked(1), asked(2))).toEqual([line])
    // The run goes on where it was: that is no news.
    expect(news(asked(1), aStory())).toEqual([])
  })

  it('names what a rollback undid and what it left', () => {
    const undoing = aRollBack()
    const left = { ...undoing.status, leftovers: [{ what: 'volume n8n_db', why: 'it was served' }] }
    expect(news(aStory(), aStory({ rollBacks: [{ ...undoing, status: left }] }))).toEqual([
      `[reinstate] [2026-11-21T07:56:00Z]: [STARTED] rolling back ${RUN}`,
      '[reinstate] [2026-11-21T07:56:10Z]: [COMPLETED] restore-data undone',
      '[reinstate] [2026-11-21T07:56:10Z]: [IN_PROGRESS] left behind: volume n8n_db: it was served',
    ])
  })
})

describe('a run that is watched on a terminal', () => {
  it('has a line to each phase, and one to each step that works', () => {
    const copying = aStep({
      beat: { progress: { text: 'copying', doneBytes: 327_155_712, totalBytes: 1024 ** 3 } },
    })
    const phases = [
      aPhase({ phase: 'backup', state: 'done', endedAt: at('07:55:12'), steps: [aProvenStep()] }),
      aPhase({ steps: [copying, aStep({ step: 'next', state: 'waiting' })] }),
      { phase: 'cutover', title: 'Cut over', state: 'waiting' as const, steps: [] },
    ]
    expect(liveLines(aStory({ phases }), NOW)).toEqual([
      `${RUN}  running  5 min`,
      '  done       backup        1 of 1 steps        10 s',
      '  running    restore-data  0 of 2 steps        4 min 58 s',
      '    running    copy-db     327.2 MB of 1.1 GB  4 min 57 s',
      '  waiting    cutover       0 of 0 steps',
    ])
  })

  it('says what it waits for', () => {
    const waiting = {
      state: 'waiting-for-decision' as const,
      decisions: [aGate()],
      waitsFor: 'a decision: …',
    }
    expect(liveLines(aStory({ phases: [], status: waiting }), NOW)).toEqual([
      `${RUN}  waiting-for-decision  5 min`,
      '  waits for a decision: may "Cut over" begin?',
    ])
    const locked = { state: 'waiting-for-lock' as const, waitsFor: 'for other, which holds n8n on droplet' }
    expect(liveLines(aStory({ phases: [], status: locked }), NOW)).toEqual([
      `${RUN}  waiting-for-lock: for other, which holds n8n on droplet  5 min`,
    ])
  })
})
