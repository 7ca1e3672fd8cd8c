import { NotFromRun, NotSigned } from '../errors.ts'
import type { RunRef, StepRequest } from '../workflows/messages.ts'
import type { Activities } from './activities.ts'
import type { Authority } from './authority.ts'
import type { Caller } from './callers.ts'
import type { StepActivities } from './steps.ts'

/** What an activity asks before it does anything. */
interface Rule<Request> {
  /** The types of workflow that call it. */
  readonly from: readonly string[]
  /** The run to which the caller must belong; absent where any of these workflows may ask. */
  readonly run?: (request: Request) => RunRef | undefined
  /** @throws NotSigned */
  readonly check?: (request: Request, authority: Authority) => void
}
type Rules = { readonly [Name in keyof Activities]: Rule<Parameters<Activities[Name]>[0]> }

const ref = ({ ref: run }: { readonly ref: RunRef }) => run
/** A preview has no run. Its token is random, so what is signed for it can never be applied. */
const refUnlessPreview = ({ ref: run }: { readonly ref: RunRef }) => (run.run === 'preview' ? undefined : run)
const checkStep = ({ step, outputs, ...of }: StepRequest, authority: Authority) => {
  authority.checkStep(of, step)
  authority.checkOutputs(of.ref, outputs)
}
const BEFORE_A_RUN = ['runPlan', 'previewPlan']
/** Workflows without a run of their own: each rolls back the closed run that it names, whose signatures it brings. */
const ROLLBACK_RUN = 'rollbackRun'
/** The workflows that ask people. */
const ASKS = ['runPlan', 'rollback', 'clearPhases', ROLLBACK_RUN]
const LOCK_OF_ROLLBACK_RUN = 'holdLock of rollbackRun'
const NOTIFY_OF_ROLLBACK_RUN = 'notify of rollbackRun'
const OF_ANY_RUN = [ROLLBACK_RUN, LOCK_OF_ROLLBACK_RUN, NOTIFY_OF_ROLLBACK_RUN]

const RULES: Rules = {
  inspect: { from: ['runPhase'], run: ref, check: checkStep },
  apply: {
    from: ['runPhase'],
    run: ref,
    check: (request, authority) => authority.checkEntry(request, request),
  },
  verify: { from: ['runPhase'], run: ref, check: checkStep },
  hold: { from: ['runPhase'], run: ref, check: checkStep },
  undo: {
    from: ['rollback', 'clearPhases', ROLLBACK_RUN],
    run: ref,
    check: (request, authority) => authority.checkEntry(request, request),
  },
  resolvePlan: { from: BEFORE_A_RUN, run: refUnlessPreview },
  checkHost: { from: BEFORE_A_RUN, run: refUnlessPreview },
  previewSteps: {
    from: BEFORE_A_RUN,
    run: refUnlessPreview,
    check: ({ phases, outputs, ...of }, authority) => {
      for (const { phase, steps } of phases)
        for (const step of steps) authority.checkStep({ ...of, phase }, step)
      authority.checkOutputs(of.ref, outputs)
    },
  },
  identify: { from: BEFORE_A_RUN },
  lockHolder: { from: ['runPlan', ROLLBACK_RUN] },
  lockFree: { from: ['runPlan', ROLLBACK_RUN] },
  takeHostLock: {
    from: ['runPlan', ROLLBACK_RUN],
    run: ref,
    check: ({ host, stack, ref: { run, token }, note }, authority) => {
      authority.checkNote(note)
      const isOfNote = note.ref.token === token && note.ref.run === run
      if (!isOfNote || note.plan.stack !== stack || !note.plan.hosts.includes(host))
        throw new NotSigned(`the lock ${stack} on ${host} for run ${run}`, 'invalid')
    },
  },
  releaseHostLock: { from: ['holdLock', LOCK_OF_ROLLBACK_RUN], run: ref },
  runClosed: { from: ['holdLock', LOCK_OF_ROLLBACK_RUN], run: (request) => request },
  holderClosed: { from: ['runPlan', ROLLBACK_RUN] },
  lockReleased: { from: ['runPlan'], run: ref },
  otherHolders: { from: ['runPlan'], run: ref },
  digest: { from: ASKS },
  verifySignature: { from: ASKS },
  attestationRequests: { from: ['runPlan'] },
  attestation: { from: ['runPhase'], run: ref },
  childNotices: { from: ['runPlan'] },
  runNews: { from: ['notify', NOTIFY_OF_ROLLBACK_RUN], run: ref },
  deliver: { from: ['notify', NOTIFY_OF_ROLLBACK_RUN], run: ref },
  ownerOf: { from: ['runPlan'] },
  join: { from: ['runPlan'] },
  readRun: { from: [ROLLBACK_RUN] },
}

interface Guard {
  readonly authority: Authority
  readonly caller: () => Promise<Caller | undefined>
}

/**
 * Returns the activities behind two checks: the caller (callers.ts), and the signatures on the request (authority.ts).
 * Signs the results that later activities rely on. @throws NotFromRun · NotSigned; never retried
 */
export function guarded(
  activities: Omit<Activities, 'inspect'> & StepActivities,
  { authority, caller }: Guard,
): Activities {
  const signing: Activities = {
    ...activities,
    inspect: async (request) => {
      const inspected = await activities.inspect(request)
      if ('blockedOn' in inspected) return inspected
      const signature = authority.signPriorState(request, request.step, inspected.priorState)
      return { ...inspected, signature }
    },
    verify: async (request) => {
      const { outputs, ...evidence } = await activities.verify(request)
      if (outputs === undefined) return evidence
      return { ...evidence, outputs: authority.signOutputs(request.ref, request.step.step, outputs) }
    },
    resolvePlan: async (request) => authority.signPlan(await activities.resolvePlan(request), request.ref),
  }
  const guard = (name: keyof Activities) => {
    // An activity and its rule have the same request, which the compiler cannot see for all names at once.
    const { from, run, check } = RULES[name] as Rule<never>
    const activity = signing[name] as (request: never) => Promise<unknown>
    return async (request: never) => {
      const found = await caller()
      if (found === undefined || !from.includes(found.type))
        throw new NotFromRun(name, found?.type ?? 'a workflow that no worker carries out')
      const belongsTo = run?.(request)
      const isOfAnyRun = OF_ANY_RUN.includes(found.type)
      if (
        belongsTo &&
        !isOfAnyRun &&
        (found.run?.token !== belongsTo.token || found.run.run !== belongsTo.run)
      )
        throw new NotFromRun(name, `a ${found.type} that does not belong to run ${belongsTo.run}`)
      check?.(request, authority)
      return await activity(request)
    }
  }
  const names = Object.keys(RULES) as (keyof Activities)[]
  return Object.fromEntries(names.map((name) => [name, guard(name)])) as unknown as Activities
}
