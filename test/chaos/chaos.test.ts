import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drawRun } from '../../chaos/draw-run.ts'
import { judged } from '../../chaos/judge.ts'
import type { Found } from '../../chaos/judge.ts'
import { keepResult, readResults } from '../../chaos/kept-results.ts'
import { isClean, lastLine, tallied, wrongs } from '../../chaos/tally.ts'
import type { Result, Wrong } from '../../chaos/tally.ts'
import type { Decision } from '../../src/workflows/status.ts'
import { secretForms } from '../../testbed/secret-forms.ts'
import { searchFor, unpacked } from '../../testbed/secrets-in.ts'
import { faults } from '../../testbed/strike.ts'
import { shippedGates, shippedPhases } from '../../testbed/plan-phases.ts'

describe('what chance decides of a run', () => {
  it('is the same for the same seed and number, and holds every fault and every way back', async () => {
    const outline = {
      phases: await shippedPhases('vividwalls-restore'),
      gates: await shippedGates('vividwalls-restore'),
    }
    const drawn = Array.from({ length: 200 }, (_, number) => drawRun({ seed: 3, number }, outline))
    expect(drawRun({ seed: 3, number: 17 }, outline)).toEqual(drawn[17])
    expect(drawRun({ seed: 4, number: 17 }, outline)).not.toEqual(drawn[17])
    const kinds = drawn.flatMap((run) => [...run.faults, ...run.faultsBack].map(({ is }) => is))
    expect(new Set(kinds)).toEqual(new Set(faults))
    const turns = new Set(drawn.map(({ turn }) => turn?.is))
    expect(turns).toEqual(new Set([undefined, 'cancelled', 'rejected', 'broken', 'done and rolled back']))
  })
})

const ROWS = 'orders 1 a'
const MACHINE = 'container web | id 0123456789ab | image web:1 | state running'
const done: Found = {
  ...{ rest: { is: 'closed' }, outcome: 'COMPLETED', end: 'done', leftovers: '' },
  fingerprint: { before: MACHINE, after: MACHINE },
  rows: { oldBefore: ROWS, oldAfter: ROWS, new: ROWS },
  ...{ lost: [], notServed: [], neighbours: [], secrets: [], locks: [], leftRunning: [] },
}
const back: Found = { ...done, outcome: 'RolledBack', end: 'rolled back' }
const reference = { fingerprint: MACHINE.replace('0123456789ab', 'ba9876543210'), rows: ROWS }
const STOPPED = MACHINE.replace('running', 'stopped')
const question: Decision = {
  decision: 'undo/web~1',
  kind: 'failed-undo',
  title: 'undoing step web on server failed',
  phase: 'migrate',
  step: 'web',
  host: 'server',
  since: '',
  choices: [],
  happened: 'the undo of web failed: the network is in use',
  impact: [],
  advice: { text: '' },
  shows: ['why'],
  approvers: [],
  timesAsked: 1,
}

describe('the judge', () => {
  it('reports no violation for a run that ends like one without faults, is completely rolled back, or names what is unknown', () => {
    expect(judged(done, reference)).toEqual({ end: 'done', wrongs: [] })
    expect(judged(back, reference)).toEqual({ end: 'rolled back', wrongs: [] })
    const left = { ...back, leftovers: 'web: it was', fingerprint: { before: MACHINE, after: STOPPED } }
    expect(judged(left, reference).wrongs).toEqual([])
    const asks: Found = { ...done, rest: { is: 'asked', decision: question } }
    expect(judged(asks, reference)).toEqual({ end: 'asked', wrongs: [] })
  })

  const seeded: readonly (readonly [Wrong, string, Found])[] = [
    ['lost rows', 'a row that is nowhere', { ...done, lost: ['ab/1'] }],
    ['differing ends', 'other rows', { ...done, rows: { ...done.rows, new: 'orders 2 a' } }],
    ['differing ends', 'another machine', { ...done, fingerprint: { before: MACHINE, after: STOPPED } }],
    ['differing ends', 'no answer', { ...back, notServed: ['n8n answers nothing'] }],
    ['differing ends', 'an unnamed leftover', { ...back, fingerprint: { before: MACHINE, after: STOPPED } }],
    ['differing ends', 'another old stack', { ...back, rows: { ...done.rows, oldAfter: 'orders 0' } }],
    ['neighbours harmed', 'a stopped neighbour', { ...done, neighbours: ['web'] }],
    ['secrets seen', 'a secret', { ...back, secrets: ['KEY raw: in worker.log'] }],
    ['locked', 'a lock', { ...back, locks: ['vividwalls'] }],
    ['left running', 'a process', { ...done, leftRunning: ['rsync'] }],
    ['other ends', 'no end', { ...done, rest: { is: 'stuck' } }],
    [
      'other ends',
      'a question without a name',
      { ...done, rest: { is: 'asked', decision: { ...question, title: 'what now?' } } },
    ],
  ]
  it.each(seeded)('counts as %s: %s', (wrong, _, found) => {
    const result: Result = {
      ...{ seed: 1, number: 1, drawn: '', seconds: 1, freshSeconds: 1, struck: [], asked: [] },
      ...judged(found, reference),
    }
    const tally = tallied([result])
    expect(lastLine(tally)).toMatch(new RegExp(`, ${wrong} 1\\b`))
    expect(isClean(tally)).toBe(false)
  })

  it('has a defect for each count', () => {
    expect(new Set(seeded.map(([wrong]) => wrong))).toEqual(new Set(wrongs))
  })
})

describe('results', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'reinstate-chaos-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('are there again after a kill in the middle of a line; the last one of a run counts', () => {
    const file = join(folder, 'results.jsonl')
    const result: Result = {
      ...{ seed: 1, number: 1, drawn: 'kill worker', seconds: 1, freshSeconds: 1, asked: [], wrongs: [] },
      struck: [{ is: 'worker', during: 'between steps', onTheWayBack: false }],
    }
    keepResult(file, result)
    appendFileSync(file, '{"seed":1,"numb')
    keepResult(file, { ...result, number: 2, end: 'done' })
    keepResult(file, { ...result, end: 'rolled back' })
    keepResult(file, { ...result, seed: 2, number: 3 })
    const read = readResults(file, 1)
    expect([...read.values()].map(({ number, end }) => [number, end])).toEqual([
      [1, 'rolled back'],
      [2, 'done'],
    ])
  })
})

describe('the search for secrets', () => {
  const canary = `c4nary-of-this/Value+with=odd"chars'$and spaces\\#;%41\`&of-this-test`
  const search = searchFor({ CANARY: canary }, 'CANARY')
  const found = (text: string | Buffer) => search(Buffer.from(text))

  it('finds every form, wherever its base64 begins, and a half', () => {
    for (const [way, form] of Object.entries(secretForms(canary)))
      expect(found(`before ${form} after`), way).toContain(`CANARY ${way}`)
    for (const before of ['', 'u', 'us'])
      expect(found(Buffer.from(`${before}${canary}:rest`).toString('base64'))).not.toEqual([])
    expect(found(`cut ${canary.slice(0, 20)}`)).not.toEqual([])
    expect(found(`cut ${canary.slice(-20)}`)).not.toEqual([])
    expect(found('nothing of it')).toEqual([])
  })

  it('unpacks what a history holds: base64, gzip, JSON within JSON', () => {
    const packed = gzipSync(JSON.stringify({ file: canary })).toString('base64')
    const payload = Buffer.from(JSON.stringify({ files: packed })).toString('base64')
    const history = { events: [{ payloads: [{ data: payload }] }] }
    expect(found(JSON.stringify(history))).toEqual([])
    expect([...unpacked(history)].flatMap(found)).toContain('CANARY raw')
    const clean = { events: [{ payloads: [{ data: Buffer.from('{"file":"clean"}').toString('base64') }] }] }
    expect([...unpacked(clean)].flatMap(found)).toEqual([])
  })
})
