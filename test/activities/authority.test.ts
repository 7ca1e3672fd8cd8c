import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { openAuthority, withoutSignatures } from '../../src/activities/authority.ts'
import type { JournalEntry, ResolvedPlan, ResolvedStep } from '../../src/plan/plan.ts'
import { noteOf } from '../../src/workflows/messages.ts'

const authority = openAuthority(randomBytes(32))
const ref = { run: 'shop-1', token: 'token-1' }
const step: ResolvedStep = {
  ...{ step: 'copy', title: 'Copy', kind: 'command', host: 'server', needs: [], idempotent: false },
  ...{ fields: { script: 'true', undo: 'false' }, timeoutSeconds: 60, maxAttempts: 1, backoffSeconds: 1 },
}
const plan: ResolvedPlan = {
  ...{ plan: 'shop', title: 'Shop', stack: 'shop', hosts: ['server'], inputs: {} },
  secrets: { file: '/srv/shop.env', require: ['PASSWORD'] },
  phases: [{ phase: 'one', title: 'One', needs: [], onFailure: 'ask', steps: [step] }],
}
const signed = authority.signPlan(plan, ref)
const signedStep = signed.phases[0]?.steps[0] ?? step
const context = { ref, plan, phase: 'one' }
const outputs = { earlier: authority.signOutputs(ref, 'earlier', { id: '42' }) }
const entry: JournalEntry = {
  ...{ phase: 'one', step: signedStep, priorState: { was: 'there' }, outputs },
  signature: authority.signPriorState(context, step, { was: 'there' }),
}
const refused = (check: () => void) => {
  try {
    check()
  } catch (error) {
    return error
  }
  return undefined
}

describe('a signature of a worker', () => {
  it('holds after a journey as JSON, whatever the order of keys', () => {
    const { step: one, ...rest } = JSON.parse(JSON.stringify(entry)) as JournalEntry
    const turned = Object.fromEntries(Object.entries(one).reverse()) as unknown as ResolvedStep
    authority.checkEntry(context, { ...rest, step: turned })
    authority.checkNote(JSON.parse(JSON.stringify(noteOf(ref, signed))) as ReturnType<typeof noteOf>)
  })

  it.each<[what: string, check: () => void]>([
    ['another run', () => authority.checkStep({ ...context, ref: { ...ref, token: 'other' } }, signedStep)],
    ['another phase', () => authority.checkStep({ ...context, phase: 'two' }, signedStep)],
    ['another host', () => authority.checkStep(context, { ...signedStep, host: 'here' })],
    ['other fields', () => authority.checkStep(context, { ...signedStep, fields: { script: 'id' } })],
    [
      'another secrets file',
      () =>
        authority.checkStep(
          { ...context, plan: { ...plan, secrets: { file: '/etc/shadow', require: [] } } },
          signedStep,
        ),
    ],
    [
      'further hosts',
      () => authority.checkStep({ ...context, plan: { ...plan, hosts: ['a', 'b'] } }, signedStep),
    ],
    ['another prior state', () => authority.checkEntry(context, { ...entry, priorState: null })],
    ['other outputs', () => authority.checkOutputs(ref, { earlier: { ...outputs.earlier, id: '43' } })],
    ["another step's outputs", () => authority.checkOutputs(ref, { other: outputs.earlier })],
    ['outputs without a signature', () => authority.checkOutputs(ref, { earlier: { id: '42' } })],
    ['another note', () => authority.checkNote({ ...noteOf(ref, signed), ref: { ...ref, run: 'other' } })],
    ['another key', () => openAuthority(randomBytes(32)).checkStep(context, signedStep)],
    ['none', () => authority.checkStep(context, step)],
  ])('does not cover %s', (_, check) => {
    expect(refused(check)).toMatchObject({ name: 'NotSigned' })
  })

  it('is not needed for outputs that hold nothing', () => {
    expect(authority.signOutputs(ref, 'earlier', {})).toEqual({})
    authority.checkOutputs(ref, { earlier: {} })
  })

  it('is no part of what a preview compares', () => {
    expect(withoutSignatures(signed)).toEqual(plan)
  })
})
