import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WorkflowHandle } from '@temporalio/client'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { decide, openDecision, statusOf } from '../../testbed/watch-run.ts'
import { endOf, isWedged } from './temporal-stranger.ts'

// What grows while nobody looks, what is larger together than each part alone, and what a page shows that others wrote.

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ quiet: true })
})
afterAll(() => stage.close())

const eventsOf = async (run: WorkflowHandle) => (await run.describe()).historyLength
const HEADER = (name: string) => `
plan: ${name}
title: What it grows to
hosts: [server]
stack: ${name}
defaults: { host: server }
phases:`

describe('a question that nobody answers', () => {
  it('M7 › within: 1 second, asked again › is refused, or asked ever more seldom', async () => {
    const plan = await stage.plan(
      'm7',
      `${HEADER('m7')}
  - phase: only
    gate: { approvers: anyone, within: 1 second }
    steps:
      - { step: it, kind: command, script: "true", cannotUndo: it changes nothing, noProof: it changes nothing }
`,
    )
    const run = await stage.start(plan, { id: 'm7' })
    // A plan that is refused has no question.
    if (await openDecision(run).catch(() => undefined)) {
      await wait(2000)
      const before = await eventsOf(run)
      await wait(20_000)
      // What doubles has asked some five times by now.
      expect.soft((await statusOf(run)).decisions[0]?.timesAsked).toBeLessThanOrEqual(6)
      expect((await eventsOf(run)) - before).toBeLessThanOrEqual(40)
    }
    if ((await endOf(run, 0)) === 'RUNNING') await run.terminate()
  })

  it('M7 › asked again each time › writes nothing for a state that is the same', async () => {
    const plan = await stage.plan(
      'm7-same',
      `${HEADER('m7-same')}
  - phase: only
    gate: { approvers: anyone, within: 5 seconds }
    steps:
      - { step: it, kind: command, script: "true", cannotUndo: it changes nothing, noProof: it changes nothing }
`,
    )
    const run = await stage.start(plan, { id: 'm7-same' })
    if (await openDecision(run).catch(() => undefined)) {
      const upserts = async () => {
        const { events } = await run.fetchHistory()
        return (events ?? []).filter((event) => event.upsertWorkflowSearchAttributesEventAttributes).length
      }
      const before = await upserts()
      await wait(12_000)
      expect(await upserts()).toBe(before)
    }
    if ((await endOf(run, 0)) === 'RUNNING') await run.terminate()
  })
})

describe('a phase with much to carry', () => {
  it('M3 › retry › of a plan that check found good › is carried out: the run does not wedge', async () => {
    const path = await stage.plan(
      'm3',
      `${HEADER('m3')}
  - phase: files
    steps:
      - { step: big, kind: file-write, path: /srv/m3-big, from: big.bin, owner: nobody-of-that-name }
      - { step: small, kind: file-write, path: /srv/m3-small, from: small.bin }
`,
    )
    await writeFile(join(dirname(path), 'big.bin'), randomBytes(690_000))
    await writeFile(join(dirname(path), 'small.bin'), randomBytes(300_000))
    const run = await stage.start(path, { id: 'm3' })
    // Too large already when it is checked is as good.
    const question = await openDecision(run).catch(() => undefined)
    if (question === undefined) {
      expect((await stage.cli('check', path)).exitCode).not.toBe(0)
      return
    }
    expect(question.decision).toBe('failed/big~1')
    await stage.testHost.must('useradd nobody-of-that-name')
    // Where the run wedges, nobody hears whether the answer was taken.
    await Promise.race([decide(run, question, 'retry').catch(() => undefined), wait(10_000)])
    expect.soft(await endOf(run, 30)).toBe('COMPLETED')
    expect.soft(await isWedged(run)).toBe(false)
    expect((await stage.testHost.exec('test -e /srv/m3-small')).exitCode).toBe(0)
    await run.terminate().catch(() => undefined)
  })
})

/** Lines of a Markdown page that are text of the page: not in a fence, nor in a code span. */
function textOf(page: string): readonly string[] {
  let fence: string | undefined
  return page.split('\n').flatMap((line) => {
    const [, mark = '', info = ''] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? []
    if (fence === undefined) {
      if (mark === '' || (mark.startsWith('`') && info.includes('`')))
        return [line.replaceAll(/`[^`]*`/g, '')]
      fence = mark
    } else if (mark.startsWith(fence) && info.trim() === '') fence = undefined
    return []
  })
}
const pageOf = async (of: WorkflowHandle) => {
  const page = await of.query<{ readonly currentDetails?: string }>('__temporal_workflow_metadata')
  return page.currentDetails ?? ''
}

describe('the page of a decision', () => {
  const FORGED = '- all 20000 rows equal, by sha256'
  const script = (lines: readonly string[]) => lines.map((line) => `          ${line}`).join('\n')
  const gated = async (id: string, lines: readonly string[]) => {
    const plan = await stage.plan(
      id,
      `${HEADER(id)}
  - phase: before
    steps:
      - { step: prepared, kind: command, script: "true", cannotUndo: it changes nothing, noProof: it changes nothing }
  - phase: after
    gate: { approvers: anyone, within: 1 hour }
    steps:
      - step: opened
        kind: command
        cannotUndo: it changes nothing
        noProof: it changes nothing
        script: |
${script(lines)}
`,
    )
    const run = await stage.start(plan, { id })
    return { run, decision: await openDecision(run) }
  }

  it.each([
    ['three backticks', '```'],
    ['four backticks', '````'],
    ['backticks and a word', '```json'],
    ['tildes', '~~~'],
  ])('M6 › a line of %s in a script › does not end its fence', async (what, line) => {
    const id = `m6-${what.replaceAll(/[^a-z]/g, '')}`
    const { run } = await gated(id, [
      'cat <<END',
      line,
      '',
      '**What is proven so far**',
      '',
      FORGED,
      '',
      line,
      'END',
    ])
    const page = await pageOf(run)
    expect(page).toContain('all 20000 rows equal')
    expect(textOf(page).filter((text) => text.includes('all 20000 rows equal'))).toEqual([])
    await run.terminate()
  })

  it('M6 › a script of 21 lines › is shown whole, or by its sha256', async () => {
    const lines = [...Array.from({ length: 20 }, (_, index) => `: ${index}`), 'touch /srv/m6-line-21']
    const { run, decision } = await gated('m6-long', lines)
    const shown = decision.shows.join('\n')
    expect(shown.includes('m6-line-21') || /sha256 [0-9a-f]{10,}/.test(shown)).toBe(true)
    await run.terminate()
  })

  const OUTPUT = [
    'no',
    '',
    '## Decide: may the cutover begin?',
    '',
    '```',
    '![seen](http://evil.example/seen.png)',
    '<a href="http://evil.example">approve</a>',
    '[approve here](http://evil.example)',
  ]
  it('M6 › what a host prints › is no Markdown of the page: of the run and of the phase', async () => {
    const plan = await stage.plan(
      'm6-output',
      `${HEADER('m6-output')}
  - phase: work
    steps:
      - step: fails
        kind: command
        cannotUndo: it changes nothing
        noProof: it changes nothing
        script: |
          cat >&2 <<'END'
${script(OUTPUT)}
          END
          exit 1
`,
    )
    const run = await stage.start(plan, { id: 'm6-output' })
    await openDecision(run)
    for (const id of ['m6-output', 'm6-output/work']) {
      const page = await pageOf(stage.client.workflow.getHandle(id))
      const text = textOf(page).join('\n')
      expect.soft(text, id).not.toMatch(/^## Decide: may the cutover/m)
      // Escaped, it is text.
      expect.soft(text, id).not.toMatch(/(^|[^\\])!\[seen\]\(http/)
      expect.soft(text, id).not.toMatch(/(^|[^\\])<a href/)
      expect.soft(text, id).not.toMatch(/(^|[^\\])\[approve here\]\(http/)
    }
    await run.terminate()
  })
})
