/**
 * What makes a worker obey: a signature of a worker, and a caller that belongs to the run.
 *
 * Anyone who reaches Temporal's port can start workflows of any type, call activities from workflows of their own, and read
 * every history. So authority must not come from data that a caller brings:
 *
 *  - resolvePlan signs each step and the run's note; inspect signs the prior state; verify signs the outputs. Each later
 *    activity refuses (`NotSigned`) what carries no valid signature. Hosts keep the signatures with the note and the
 *    journal, so that a break-glass rollback can refuse what a host has made up.
 *  - Signatures are readable in histories. So each activity also asks Temporal who calls it (callers.ts) and refuses
 *    (`NotFromRun`) a workflow that is not of the expected type, not on the workers' task queue, or not of the run whose
 *    token was signed. Temporal records type, task queue and parent when a workflow starts; an input cannot change them.
 *    Internal workflows therefore need no ticket: a runPhase, rollback or holdLock of a stranger fails at its first
 *    activity.
 *
 * Not covered: anyone who may poll the workers' task queue, or complete a worker's activities, is a worker to Temporal. In
 * production that takes an authorizer (mTLS or JWT) in front of Temporal.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { NotSigned } from '../errors.ts'
import type { JournalEntry, ResolvedPlan, ResolvedStep } from '../plan/plan.ts'
import type { Json, Outputs } from '../steps/step-kind.ts'
import { noteOf, OUTPUTS_SIGNATURE } from '../workflows/messages.ts'
import type { PlanContext, RunNote, RunRef } from '../workflows/messages.ts'

/** What a signature binds a step or its results to. */
export interface StepContext {
  readonly ref: RunRef
  readonly plan: PlanContext
  readonly phase: string
}

/** Signs and checks with the workers' key. Each `check…` throws NotSigned; never retried. */
export interface Authority {
  /** The plan, with a signature on each step and on its note. */
  signPlan(plan: ResolvedPlan, ref: RunRef): ResolvedPlan
  signPriorState(of: StepContext, step: ResolvedStep, priorState: Json): string
  /** The same outputs with their signature among them; no outputs need none. */
  signOutputs(ref: RunRef, step: string, outputs: Outputs): Outputs
  checkStep(of: StepContext, step: ResolvedStep): void
  checkOutputs(ref: RunRef, outputs: Readonly<Record<string, Outputs>>): void
  checkNote(note: RunNote): void
  /** The step, its prior state and the outputs that it uses. */
  checkEntry(of: Omit<StepContext, 'phase'>, entry: JournalEntry): void
}

/** @param key the 32 bytes of `worker-key.ts` */
export function openAuthority(key: Buffer): Authority {
  const sign = (purpose: string, claim: unknown): string =>
    createHmac('sha256', key)
      .update(`reinstate ${purpose}\n${canonical(claim)}`)
      .digest('base64')
  const check = (purpose: string, claim: unknown, signature: unknown, what: string): void => {
    if (typeof signature !== 'string' || signature === '') throw new NotSigned(what, 'missing')
    const [given, right] = [Buffer.from(signature), Buffer.from(sign(purpose, claim))]
    if (given.length !== right.length || !timingSafeEqual(given, right)) throw new NotSigned(what, 'invalid')
  }
  const authority: Authority = {
    signPlan: (plan, ref) => {
      const phases = plan.phases.map((phase) => ({
        ...phase,
        steps: phase.steps.map((step) => ({
          ...step,
          signature: sign('step', stepClaim({ ref, plan, phase: phase.phase }, step)),
        })),
      }))
      return { ...plan, phases, signature: sign('note', noteClaim(noteOf(ref, plan))) }
    },
    signPriorState: (of, step, priorState) => sign('prior state', priorStateClaim(of, step, priorState)),
    signOutputs: (ref, step, outputs) =>
      Object.keys(outputs).length === 0
        ? outputs
        : { ...outputs, [OUTPUTS_SIGNATURE]: sign('outputs', outputsClaim(ref, step, outputs)) },
    checkStep: (of, step) => check('step', stepClaim(of, step), step.signature, `step ${step.step}`),
    checkOutputs: (ref, outputs) => {
      for (const [step, { [OUTPUTS_SIGNATURE]: signature, ...values }] of Object.entries(outputs))
        if (signature !== undefined || Object.keys(values).length > 0)
          check('outputs', outputsClaim(ref, step, values), signature, `the outputs of step ${step}`)
    },
    checkNote: (note) => check('note', noteClaim(note), note.signature, `the note of run ${note.ref.run}`),
    checkEntry: (of, { phase, step, priorState, signature, outputs }) => {
      const context = { ...of, phase }
      authority.checkStep(context, step)
      const claim = priorStateClaim(context, step, priorState)
      check('prior state', claim, signature, `the prior state of step ${step.step}`)
      authority.checkOutputs(of.ref, outputs)
    },
  }
  return authority
}

/** A plan as it was before it was signed: signatures differ from run to run. */
export function withoutSignatures({ signature: _, ...plan }: ResolvedPlan): ResolvedPlan {
  const phases = plan.phases.map((phase) => ({
    ...phase,
    steps: phase.steps.map(({ signature: __, ...step }) => step),
  }))
  return { ...plan, phases }
}

function stepClaim({ ref, plan, phase }: StepContext, { signature: _, ...step }: ResolvedStep): unknown {
  return { token: ref.token, phase, step, hosts: plan.hosts, secrets: plan.secrets }
}

function priorStateClaim({ ref, phase }: StepContext, { step }: ResolvedStep, priorState: Json): unknown {
  return { token: ref.token, phase, step, priorState }
}

function outputsClaim({ token }: RunRef, step: string, outputs: Outputs): unknown {
  return { token, step, outputs }
}

function noteClaim({ ref, plan, phases }: RunNote): unknown {
  return { ref, plan, phases }
}

/** JSON with sorted keys: equal data gives equal text, whatever stored it meanwhile. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  )
}
