import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js'
import { describe, expect, it } from 'vitest'
import { historyEntries } from '../../src/cli/history-entries.ts'
import { logLines } from '../../src/cli/rendering/log-lines.ts'
import { HISTORIES } from '../../testbed/save-histories.ts'

/** The lines of a real run's workflow, without their times. */
async function linesOf(name: string): Promise<string[]> {
  const { history } = JSON.parse(await readFile(join(HISTORIES, `${name}.json`), 'utf8')) as {
    history: unknown
  }
  return logLines(historyEntries(historyFromJSON(history).events ?? [])).map((line) => {
    expect(line).toMatch(
      /^\[[^\]]+\] \[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\]: \[(STARTED|IN_PROGRESS|COMPLETED|BLOCKED|NEEDS_REVIEW)\] ./,
    )
    return line.replace(/ \[\d[^\]]+\]:/, '')
  })
}

describe('the log of a run, a line to each event with role, time and one of five words', () => {
  it('has a step from its start to its proof; without a role it is the plan that speaks', async () => {
    expect((await linesOf('runPhase.retried.work~2.completed')).slice(4)).toEqual([
      '[retried] [STARTED] work/third: touch /srv/retried-third (on droplet)',
      '[retried] [IN_PROGRESS] work/third: runs: touch /srv/retried-third',
      '[retried] [IN_PROGRESS] work/third: it is being done',
      '[retried] [IN_PROGRESS] work/third: it was done; its proof is next',
      '[retried] [COMPLETED] work/third: observed: test -e /srv/retried-third: yes',
      '[reinstate] [COMPLETED] retried/work~2 is done',
    ])
  })

  it('has a failed try as blocked, and when it is tried again', async () => {
    const lines = await linesOf('runPhase.stopped.work.failed')
    const why = 'script on droplet ended with 1: it printed nothing'
    expect(lines).toContain(`[stopped] [BLOCKED] work/second: run failed: ${why}`)
    expect(lines).toContain(`[reinstate] [IN_PROGRESS] try 2 of second in 1 s, after: ${why}`)
    expect(lines.at(-1)).toBe(`[reinstate] [BLOCKED] stopped/work: step second on droplet failed: ${why}`)
  })

  it('has a question as one for people, and who answered it', async () => {
    const question = 'gate/after: approve, reject, stop'
    expect(await linesOf('runPlan.asked-again.completed')).toEqual([
      '[reinstate] [STARTED] asked-again',
      `[reinstate] [NEEDS_REVIEW] waits for a decision: ${question}`,
      `[reinstate] [NEEDS_REVIEW] nobody answered in time: ${question}`,
      `[reinstate] [NEEDS_REVIEW] waits for a decision: ${question}`,
      '[tester] [COMPLETED] gate/after: approve (update)',
      '[reinstate] [COMPLETED] asked-again is done',
    ])
  })

  it('does not say that a signal decided something: it may have been ignored', async () => {
    const lines = await linesOf('runPlan.by-signal.completed')
    expect(lines).toContain('[tester] [IN_PROGRESS] gate/after: approve (signal)')
  })

  it('has what a rollback undid', async () => {
    const lines = await linesOf('rollBack.first-in.roll-back.completed')
    expect(lines).toContain('[one-stack] [COMPLETED] before/prepared: it is undone')
  })
})
