import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from 'playwright-core'
import { runEvent } from '../../src/cli/run/events.ts'
import type { RunEvent } from '../../src/cli/run/events.ts'
import { htmlReport } from '../../src/cli/report/html-report.ts'
import { markdownReport } from '../../src/cli/report/markdown-report.ts'
import { reportFiles } from '../../src/cli/commands/report.ts'
import { reportOf } from '../../src/cli/report/report-of.ts'
import { timeScale } from '../../src/cli/report/time-scale.ts'
import type { RunSnapshot } from '../../src/cli/run/snapshot.ts'
import { aGate, aPhase, aProvenStep, aRollBack, aStep, aRun, at, NOW, RUN } from './a-run.ts'

const around = { now: NOW, page: 'http://127.0.0.1:8233/run' }
const report = (snapshot: RunSnapshot, log: readonly RunEvent[] = []) => reportOf(snapshot, log, around)

const NASTY =
  '<script>alert("x")</script> | `ticks` \'&amp;\' ```\n# not a heading\n\u001b[31m</style></title>'
const NASTY_LINE = NASTY.replace('\u001b[31m', '')

const done = aRun({
  endedAt: at('07:57:05'),
  status: {
    ...{ state: 'done', by: 'dana', title: 'Bring it back' },
    answers: [
      {
        ...{ at: at('07:56:30'), via: 'update', taken: true },
        answer: { decision: 'gate/cutover', choice: 'approve', by: 'kim', reason: 'seen' },
        asked: { kind: 'gate', title: 'may "Cut over" begin?', phase: 'cutover', since: at('07:56:00') },
      },
      { at: at('07:56:10'), via: 'signal', answer: 'nonsense', taken: false, why: 'not an answer' },
    ],
  },
  phases: [
    aPhase({
      ...{ state: 'done', endedAt: at('07:57:00') },
      steps: [
        aProvenStep({ ...{ source: '2.2', role: 'Orchestrator', success: 'The files equal the backup' } }),
        aProvenStep({ ...{ step: 'rows', source: '2.2', role: 'Auditor' } }),
        aStep({
          ...{ step: 'probe', source: '3.1', state: 'done', endedAt: at('07:55:20') },
          evidence: { strength: 'observed', summary: 'answered 200' },
        }),
        aStep({ step: 'reindex', state: 'skipped', source: '3.2', title: 'Reindex all' }),
      ],
    }),
  ],
})

describe('a report on a run that is done', () => {
  it('says what happened in some sentences', () => {
    expect(report(done).happened).toBe(
      'The run was started by dana on 2026-11-21 07:55:00 UTC. It has 4 steps in 1 phase. 1 decision was taken, by kim. ' +
        '1 answer did not fit and changed nothing. It ended well after 2 min 5 s: 2 steps proven by a sum, ' +
        '1 observed to be as expected, 1 passed over.',
    )
  })

  it('has each row of the source with its steps, what was seen, and its criterion', () => {
    const { sources } = report(done)
    expect(sources.map(({ source, state }) => [source, state])).toEqual([
      ['2.2', 'done'],
      ['3.1', 'done'],
      ['3.2', 'skipped'],
    ])
    expect(sources[0]).toMatchObject({
      roles: ['Orchestrator', 'Auditor'],
      criteria: ['The files equal the backup'],
    })
    expect(markdownReport(report(done))).toContain(
      '| **2.2** | done | `copy-db` proven: 312 files, 4.2 MB, sha256 as in the backup<br>`rows` proven:',
    )
  })

  it('names what was not proven', () => {
    expect(report(done).unproven).toEqual([
      { what: 'reindex', why: 'passed over by a person: Reindex all' },
      { what: 'probe', why: expect.stringContaining('not compared with a sum') },
    ])
  })

  it('has who decided what, by which way, after how long; and what was ignored, with its reason', () => {
    expect(report(done).decisions).toEqual([
      {
        ...{ at: '2026-11-21 07:56:30 UTC', question: 'may "Cut over" begin?', answer: 'approve' },
        ...{ by: 'kim', via: 'update', waited: '30 s', reason: 'seen' },
      },
      expect.objectContaining({ via: 'signal', answer: 'nonsense', ignored: 'not an answer' }),
    ])
  })
})

describe('a report on a run that is not done', () => {
  it('that goes on: says where it is and what may be typed', () => {
    const going = report(aRun())
    expect(going.mood).toBe('open')
    expect(going.happened).toContain('0 of 1 steps are done. It is in “Bring the data back”.')
    expect(going.next).toEqual([`reinstate status ${RUN} --follow`])
    expect(going.timeline.rows.at(-1)?.bars[0]).toMatchObject({ look: 'running', open: true })
  })

  it('that waits: has the question first, with a command for each answer', () => {
    const waiting = aRun({ status: { state: 'waiting-for-decision', decisions: [aGate()] } })
    const markdown = markdownReport(report(waiting))
    expect(markdown).toContain('## Waits for a decision: may "Cut over" begin?')
    expect(markdown).toContain(`reinstate decide ${RUN} gate/cutover approve --seal 9ef2d6d83f`)
    expect(markdown).toMatch(/^- approve: /m)
    expect(report(waiting).happened).toContain('It waits for a decision since 2026-11-21 07:58:00 UTC')
  })

  it('that was rolled back: says what failed, what was undone, and what is left', () => {
    const rollBack = aRollBack()
    const status = { ...rollBack.status, leftovers: [{ what: 'volume n8n_db', why: 'it was served' }] }
    const failed = aStep({ state: 'failed', endedAt: at('07:55:30'), failure: 'it differs (3 files)\nmore' })
    const snapshot = aRun({
      ...{ endedAt: at('07:56:10'), status: { state: 'rolled-back' } },
      phases: [aPhase({ state: 'failed', steps: [failed] })],
      rollBacks: [{ ...rollBack, status }],
    })
    const told = report(snapshot, [
      runEvent(at('07:56:01'), { role: 'x', event: 'undoing', step: 'stop-stack', message: '' }),
      runEvent(at('07:56:04'), { role: 'x', event: 'undone', step: 'stop-stack', message: '' }),
    ])
    expect(told.mood).toBe('undone')
    expect(told.happened).toContain(
      'step copy-db on droplet failed at 2026-11-21 07:55:30 UTC: it differs (3 files). ' +
        'It was rolled back: 2 steps undone, newest first, in 10 s. 1 thing had to be left behind',
    )
    expect(told.leftovers).toEqual([{ what: 'volume n8n_db', why: 'it was served' }])
    expect(told.timeline.rows.at(-1)).toMatchObject({
      label: 'stop-stack',
      bars: [{ from: Date.parse(at('07:56:01')), to: Date.parse(at('07:56:04')), look: 'undoing' }],
    })
  })

  it('that was refused: says why, and that nothing was changed', () => {
    const message = 'host droplet cannot be reached\nNothing was changed.'
    const refused = aRun({
      ...{ endedAt: at('07:55:04'), status: { state: 'refused' } },
      ...{ phases: [aPhase({ state: 'waiting' })], failure: { type: 'Refused', message } },
    })
    expect(report({ ...refused, phases: [] }).happened).toBe(
      'The run was started on 2026-11-21 07:55:00 UTC. It ended: host droplet cannot be reached. Nothing was changed.',
    )
  })
})

describe('the timeline', () => {
  it('cuts a night of waiting short, and keeps the work in proportion', () => {
    const bar = (from: number, to: number) => ({
      ...{ label: '', level: 'step' as const, failures: [] },
      bars: [{ from, to, look: 'proven' as const, open: false, note: '' }],
    })
    const hours = 3_600_000
    const scale = timeScale({
      ...{ from: 0, to: 10 * hours + 60_000, downtimes: [] },
      rows: [bar(0, 60_000), bar(10 * hours, 10 * hours + 60_000)],
    })
    expect(scale.cuts).toEqual([expect.objectContaining({ from: 60_000, to: 10 * hours })])
    expect(scale.at(60_000)).toBeCloseTo(1 - scale.at(10 * hours))
    expect(scale.at(60_000)).toBeGreaterThan(0.45)
    expect(scale.at(10 * hours + 60_000)).toBe(1)
  })
})

describe('the time in which visitors had no answer', () => {
  const stop = aStep({ step: 'stop', kind: 'containers-stop', state: 'done', startedAt: at('07:55:10') })
  const live = aStep({ step: 'live', kind: 'compose-up', state: 'done' })
  const probe = aStep({ step: 'probe', kind: 'http-probe', state: 'done', endedAt: at('07:55:22') })
  const cutOver = aRun({
    ...{ endedAt: at('07:56:00'), status: { state: 'done', downtime: { from: 'stop', to: 'probe' } } },
    phases: [aPhase({ state: 'done', steps: [stop, live, probe] })],
  })
  const told = (event: 'undoing' | 'undone', step: string, clock: string) =>
    runEvent(at(clock), { role: 'x', event, step, message: '' })

  it('is from the one step to the other that the run names', () => {
    const { timeline, facts } = report(cutOver)
    expect(timeline.downtimes).toEqual([
      {
        from: Date.parse(at('07:55:10')),
        to: Date.parse(at('07:55:22')),
        note: 'no answer for at most 12 s',
      },
    ])
    expect(facts.at(-1)).toEqual(['Visitors had', 'no answer for at most 12 s'])
  })

  it('comes again in a rollback, until the old containers run', () => {
    const log = [
      told('undoing', 'live', '07:57:00'),
      told('undone', 'live', '07:57:02'),
      told('undoing', 'stop', '07:57:02'),
      told('undone', 'stop', '07:57:09'),
    ]
    const notes = report(cutOver, log).timeline.downtimes.map(({ note }) => note)
    expect(notes).toEqual(['no answer for at most 12 s', 'no answer for at most 9.0 s'])
  })

  it('is not guessed where the run names none', () => {
    const { downtime: _, ...status } = cutOver.status
    expect(report({ ...cutOver, status }).timeline.downtimes).toEqual([])
    expect(report(done).timeline.downtimes).toEqual([])
  })
})

describe('a report on a run with texts that want to be markup', () => {
  const steps = [
    aProvenStep({
      ...{ step: 'copy-db', title: NASTY, source: NASTY, role: NASTY, success: NASTY },
      evidence: { strength: 'proven', summary: NASTY },
    }),
    aStep({ step: 'wrong', state: 'failed', failure: NASTY }),
  ]
  const answer = { decision: NASTY, choice: 'approve', by: NASTY, reason: NASTY }
  const nasty = reportOf(
    aRun({
      status: {
        ...{ title: NASTY, by: NASTY, plan: NASTY, leftovers: [{ what: NASTY, why: NASTY }] },
        answers: [{ at: at('07:56:00'), via: 'update', answer, taken: true }],
        decisions: [aGate({ title: NASTY })],
      },
      phases: [aPhase({ title: NASTY, steps })],
    }),
    [runEvent(at('07:56:00'), { role: NASTY, event: 'inspected', message: NASTY })],
    around,
  )

  it('stays a table and a list in Markdown', () => {
    const markdown = markdownReport(nasty, 'a b.svg')
    const outside = markdown.replace(/^(`{3,})\n[\s\S]*?\n\1$/gm, '')
    expect(outside).not.toMatch(/<script|^# not a heading|\u001b/m)
    expect(outside).toContain('![Timeline](a%20b.svg)')
    const rows = outside.split('\n').filter((line) => line.startsWith('| '))
    // Bars inside a cell are escaped: each row has as many as its head.
    for (const row of rows.filter((line) => line.includes('copy-db'))) {
      expect([6, 6]).toContain(row.replaceAll('\\|', '').split('|').length - 1)
    }
    const headings = outside.split('\n').filter((line) => /^##? /.test(line))
    expect(headings.slice(1).map((line) => line.slice(3, 13))).toEqual([
      ...['Waits for ', 'Timeline', 'The rows o', 'Evidence', 'Decisions', 'Left behin', 'Next', 'Log'],
    ])
  })

  describe('in a browser', () => {
    let browser: Browser
    let folder: string
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'reinstate-report-'))
      const programs = ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser']
      const executablePath = programs.find((program) => existsSync(program)) ?? 'chromium'
      browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
    })
    afterAll(async () => {
      await browser.close()
      await rm(folder, { recursive: true, force: true })
    })

    it('shows them as they are, loads nothing and runs nothing; light and dark have grounds of their own', async () => {
      const file = join(folder, 'report.html')
      await writeFile(file, htmlReport(nasty))
      const page = await browser.newPage({ colorScheme: 'light' })
      const asked: string[] = []
      const wrong: string[] = []
      page.on('request', (request) => asked.push(request.url()))
      page.on('console', (message) => wrong.push(message.text()))
      page.on('dialog', (dialog) => wrong.push(dialog.message()))
      await page.goto(pathToFileURL(file).href)
      expect(asked).toEqual([pathToFileURL(file).href])
      expect(wrong).toEqual([])
      expect(await page.locator('script').count()).toBe(0)
      const lines = NASTY_LINE.split('\n')
      expect(await page.locator('h1').textContent()).toContain(lines[0])
      expect(await page.locator('svg.rt .rt-bar').count()).toBeGreaterThan(2)
      expect(await page.locator('tbody tr').count()).toBe(4)
      const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
      const light = await ground()
      await page.emulateMedia({ colorScheme: 'dark' })
      expect(await ground()).not.toBe(light)
    })
  })

  it('comes as three files that belong together', async () => {
    const files = reportFiles(report(done), { out: 'reports' })
    expect(files.map(({ path }) => path)).toEqual([
      `reports/${RUN}.html`,
      `reports/${RUN}.md`,
      `reports/${RUN}.svg`,
    ])
    expect(files[1]?.content).toContain(`![Timeline](${RUN}.svg)`)
    expect(files[2]?.content).toMatch(/^<svg xmlns=/)
  })
})
