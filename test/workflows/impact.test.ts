import { describe, expect, it } from 'vitest'
import type { JournalEntry, ResolvedStep } from '../../src/plan/plan.ts'
import {
  dataInWords,
  ifNobodyAnswers,
  undoLines,
  visitorsAfterUndo,
  visitorsInWords,
} from '../../src/workflows/impact.ts'
import { downtimeState } from '../../src/workflows/messages.ts'

const downtime = { from: 'stop', to: 'serve' }
const AT = '2026-11-21T23:20:00.000Z'

/** The sentence while these steps have begun, and these are done. */
function now(begun: readonly string[], done: readonly string[] = [], hasChanged = true): string {
  const at = (steps: readonly string[]) => (step: string) => (steps.includes(step) ? AT : undefined)
  return visitorsInWords(downtimeState(downtime, { begun: at(begun), done: at(done) }), { hasChanged })
}

describe('visitors', () => {
  it.each([
    ['before any change', now([], [], false), /not affected by this run; it has changed nothing/],
    ['before the downtime', now(['copy'], ['copy']), /has not taken the site down; step stop will/],
    [
      'in the downtime',
      now(['stop']),
      /\*\*the site is DOWN\*\* since 2026-11-21 23:20 UTC.*only with step serve or with a rollback/,
    ],
    ['after it', now(['stop', 'serve'], ['stop', 'serve']), /answers again since 2026-11-21 23:20 UTC/],
    [
      'without a downtime in the plan',
      visitorsInWords(undefined, { hasChanged: true, phasesDone: ['Serve the page'] }),
      /not known.*Done so far: Serve the page/,
    ],
    [
      'in a plan without downtime',
      visitorsInWords(undefined, { hasChanged: true, noDowntime: true }),
      /no downtime is planned\. If the site does not answer/,
    ],
    [
      'in the rollback of such a plan',
      visitorsAfterUndo(undefined, { journal: ['release'], undone: new Map(), noDowntime: true }),
      /no downtime is planned/,
    ],
  ])('%s', (_, sentence, expected) => expect(sentence).toMatch(expected))

  const freed = [{ port: '80/tcp', holder: 'container old-web-1' }]
  it.each([
    ['before any change', undefined, false, /holds port 80\/tcp\. This run has changed nothing\.$/],
    ['before the downtime', downtime, true, /This run has not taken the site down; step stop will\.$/],
    ['without a downtime in the plan', undefined, true, /holds port 80\/tcp\.$/],
  ])('%s, once somebody has freed a port › asks to check the site', (_, state, hasChanged, says) => {
    const sentence = visitorsInWords(state, { hasChanged, freed })
    expect(sentence).toMatch(
      /^Visitors: \*\*check whether the site answers\*\*: container old-web-1 no longer holds port 80\/tcp/,
    )
    expect(sentence).toMatch(says)
  })
  it('in the downtime › a port that somebody has freed before changes nothing', () => {
    const state = { ...downtime, downSince: AT }
    expect(visitorsInWords(state, { hasChanged: true, freed })).toMatch(/the site is DOWN/)
  })

  const rolledBack = (undone: readonly string[], servedSince?: string) =>
    visitorsAfterUndo(
      { ...downtime, downSince: AT, ...(servedSince !== undefined && { servedSince }) },
      { journal: ['stop', 'serve'], undone: new Map(undone.map((step) => [step, AT])) },
    )
  it.each([
    ['rolled back to before the downtime', rolledBack(['serve', 'stop']), /as before the run since/],
    [
      'half rolled back',
      rolledBack(['serve'], AT),
      /the site is DOWN\*\* since.*until the undo of stop is done/,
    ],
    ['asked to roll back the live stack', rolledBack([], AT), /the restored site answers/],
    ['rolled back from within the downtime', rolledBack([]), /the site is DOWN/],
  ])('%s', (_, sentence, expected) => expect(sentence).toMatch(expected))
})

describe('a question in a downtime that only people may answer who are away', () => {
  const asked = { approvers: ['Mara', 'Jo'], expires: AT }
  const wayOut = { run: 'shop-1', guard: [], canUndo: true }

  it('says that nobody else may, what happens at its time, that the site stays down, and what anyone may do', () => {
    expect(ifNobodyAnswers(asked, wayOut)).toBe(
      'If Mara or Jo cannot answer: nobody else may. The site stays down meanwhile; at 2026-11-21 23:20 UTC it only asks again. ' +
        'Anyone may end the run (reinstate cancel shop-1): what it did is rolled back.',
    )
    expect(ifNobodyAnswers({ ...asked, otherwise: 'the run stops' }, { ...wayOut, guard: ['lead'] })).toMatch(
      /at 2026-11-21 23:20 UTC the run stops\. .*: it asks lead whether to roll back\.$/,
    )
  })

  it('offers no cancel where that helps nobody', () => {
    for (const without of [undefined, { ...wayOut, canUndo: false }])
      expect(ifNobodyAnswers(asked, without)).toMatch(/only asks again\.$/)
  })
})

describe('data', () => {
  const step: ResolvedStep = {
    ...{ step: 'copy', title: 'Copy', kind: 'volume-restore', host: 'server', needs: [], fields: {} },
    ...{ timeoutSeconds: 60, maxAttempts: 1, backoffSeconds: 1, idempotent: true },
  }
  const entry = (of: Partial<ResolvedStep>): JournalEntry => ({
    ...{ phase: 'work', step: { ...step, ...of }, priorState: null, signature: '', outputs: {} },
  })
  const mails = entry({ step: 'mail', title: 'Mail', cannotUndo: 'mails are sent' })

  it('can be put back, or says which step cannot', () => {
    expect(dataInWords([])).toBe('Data: nothing was changed.')
    expect(dataInWords([entry({})])).toMatch(/can put back everything/)
    expect(dataInWords([entry({}), mails])).toMatch(/but not mail \(mails are sent\)/)
    expect(dataInWords([mails])).toMatch(/can put back nothing.*: mail \(mails are sent\)/)
  })

  it('of a rollback › one line for each step, newest first, and what stays', () => {
    const [first, second] = undoLines([entry({}), mails])
    expect(first).toMatch(/^- mail on server: \*\*is not undone\*\*; the plan says why: mails are sent/)
    expect(second).toMatch(/^- copy on server: .*Copy/)
  })
})
