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
import { aGate, aPhase, aProvenStep, aRollback, aStep, aRun, at, NOW, RUN } from './a-run.ts'

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
        aStep({ step: 'reindex', state: 'skipped', source: ['3.2', '3.3'], title: 'Reindex all' }),
      ],
    }),
  ],
})

describe('a report on a run that is done', () => {
  it('has each row of the source with its steps, the evidence and the criterion', () => {
    const { sources } = report(done)
    expect(sources.map(({ source, state }) => [source, state])).toEqual([
      ['2.2', 'done'],
      ['3.1', 'done'],
      ['3.2', 'skipped'],
      ['3.3', 'skipped'],
    ])
    expect(sources[0]).toMatchObject({
      roles: ['Orchestrator', 'Auditor'],
      criteria: ['The files equal the backup'],
    })
  })

  it('names what was not proven', () => {
    expect(report(done).unproven.map(({ what }) => what)).toEqual(['reindex', 'probe'])
  })

  it('has each criterion of a gate, as strong as its weakest step', () => {
    const [first] = done.phases
    const criteria = [
      { says: 'The data is back', by: ['copy-db', 'probe'] },
      { says: 'The index is whole', by: ['reindex'] },
    ]
    const told = report({
      ...done,
      phases: [
        ...(first ? [first] : []),
        aPhase({ phase: 'cutover', title: 'Cut over', steps: [], criteria }),
      ],
    })
    expect(told.criteria.map(({ gate, says, strength }) => [gate, says, strength])).toEqual([
      ['Cut over', 'The data is back', 'observed'],
      ['Cut over', 'The index is whole', 'not proven'],
    ])
    for (const page of [markdownReport(told), htmlReport(told)]) {
      expect(page).toContain('The criteria of the gates')
      expect(page).toContain('skipped by a person')
    }
    expect(markdownReport(told)).toContain('`probe` observed: answered 200')
  })

  it('has each decision with person, channel and delay, and each ignored answer with its reason', () => {
    expect(report(done).decisions).toEqual([
      {
        ...{ at: '2026-11-21 07:56:30 UTC', question: 'may "Cut over" begin?', answer: 'approve' },
        ...{ by: 'kim (unverified)', via: 'update', waited: '30 s', reason: 'seen' },
      },
      expect.objectContaining({ via: 'signal', answer: 'nonsense', ignored: 'not an answer' }),
    ])
  })
})

describe('a report on a run that is not done', () => {
  it('that is running has an open end', () => {
    const going = report(aRun())
    expect(going.mood).toBe('open')
    expect(going.timeline.rows.at(-1)?.bars[0]).toMatchObject({ look: 'running', open: true })
  })

  it('that waits for a decision has a command for each answer', () => {
    const waiting = report(aRun({ status: { state: 'waiting-for-decision', decisions: [aGate()] } }))
    expect(waiting.state).toBe('waiting-for-decision')
    expect(waiting.waits[0]?.commands).toHaveLength(2)
  })

  it('that was rolled back has the undos in its timeline, and the leftovers', () => {
    const rollback = aRollback()
    const status = { ...rollback.status, leftovers: [{ what: 'volume n8n_db', why: 'it was served' }] }
    const told = report(
      aRun({
        ...{ endedAt: at('07:56:10'), status: { state: 'rolled-back' } },
        rollbacks: [{ ...rollback, status }],
      }),
    )
    expect(told.mood).toBe('undone')
    expect(told.leftovers).toEqual(status.leftovers)
    expect(told.timeline.rows.at(-1)).toMatchObject({
      label: 'stop-stack',
      bars: [{ from: Date.parse(at('07:56:04')), to: Date.parse(at('07:56:10')), look: 'undoing' }],
    })
  })
})

describe('the timeline', () => {
  it('shortens a night of waiting, and keeps work in proportion', () => {
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

describe('the downtime', () => {
  const stop = aStep({ step: 'stop', kind: 'containers-stop', state: 'done', startedAt: at('07:55:10') })
  const live = aStep({ step: 'live', kind: 'compose-up', state: 'done' })
  const probe = aStep({ step: 'probe', kind: 'http-probe', state: 'done', endedAt: at('07:55:22') })
  const cutOver = aRun({
    ...{ endedAt: at('07:56:00'), status: { state: 'done', downtime: { from: 'stop', to: 'probe' } } },
    phases: [aPhase({ state: 'done', steps: [stop, live, probe] })],
  })
  const told = (event: 'undoing' | 'undone', step: string, clock: string) =>
    runEvent(at(clock), { role: 'x', event, step, message: '' })

  it('lasts from one step to the other that the run names', () => {
    const { timeline, facts } = report(cutOver)
    expect(timeline.downtimes).toEqual([
      {
        from: Date.parse(at('07:55:10')),
        to: Date.parse(at('07:55:22')),
        note: 'downtime of at most 12 s',
      },
    ])
    expect(facts.at(-1)).toEqual(['Visitors had', 'downtime of at most 12 s'])
  })

  it('occurs again in a rollback, until the old containers run', () => {
    const log = [
      told('undoing', 'live', '07:57:00'),
      told('undone', 'live', '07:57:02'),
      told('undoing', 'stop', '07:57:02'),
      told('undone', 'stop', '07:57:09'),
    ]
    const notes = report(cutOver, log).timeline.downtimes.map(({ note }) => note)
    expect(notes).toEqual(['downtime of at most 12 s', 'downtime of at most 9.0 s in the rollback'])
  })

  it('is absent if the run names none', () => {
    const { downtime: _, ...status } = cutOver.status
    expect(report({ ...cutOver, status }).timeline.downtimes).toEqual([])
    expect(report(done).timeline.downtimes).toEqual([])
  })
})

describe('a report on a run whose texts contain markup', () => {
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
      phases: [aPhase({ title: NASTY, steps, criteria: [{ says: NASTY, by: ['copy-db'] }] })],
    }),
    [runEvent(at('07:56:00'), { role: NASTY, event: 'inspected', message: NASTY })],
    around,
  )

  it('keeps its tables and lists in Markdown', () => {
    const markdown = markdownReport(nasty, 'a b.svg')
    const outside = markdown.replace(/^(`{3,})\n[\s\S]*?\n\1$/gm, '')
    expect(outside).not.toMatch(/<script|^# not a heading|\u001b/m)
    expect(outside).toContain('![Timeline](a%20b.svg)')
    const rows = outside.split('\n').filter((line) => line.startsWith('| '))
    // Bars inside a cell are escaped: each row has as many as its head.
    for (const row of rows.filter((line) => line.includes('copy-db'))) {
      expect([5, 6]).toContain(row.replaceAll('\\|', '').split('|').length - 1)
    }
    const headings = outside.split('\n').filter((line) => /^##? /.test(line))
    expect(headings.slice(1).map((line) => line.slice(3, 13))).toEqual([
      ...[
        'Waits for ',
        'Timeline',
        'The rows o',
        'The criter',
        'Evidence',
        'Decisions',
        'Left behin',
        'Next',
        'Log',
      ],
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

    it('shows them literally, loads nothing and runs nothing; in light and dark', async () => {
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
      expect(await page.locator('tbody tr').count()).toBe(5)
      const fixture = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
      const light = await fixture()
      await page.emulateMedia({ colorScheme: 'dark' })
      expect(await fixture()).not.toBe(light)
    })
  })

  it('consists of three files that refer to each other', async () => {
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
