import {
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  setHandler,
  sleep,
} from '@temporalio/workflow'
import type { ResolvedPhase, ResolvedStep } from '../plan/plan.ts'
import type { DoneBy } from '../steps/step-kind.ts'
import { pollingActivities, stepActivities } from './activity-options.ts'
import type { Request } from './decisions.ts'
import type { RunDisplay } from './display.ts'
import { ignoreCancellation } from './watch-child.ts'
import { attestationSubject, onHost } from './messages.ts'
import type { Attestation, AttestationRequest, RunRef, StepResult } from './messages.ts'
import { stepRequest } from './run-step.ts'
import type { StepDependencies } from './run-step.ts'
import { attestationRequestsQuery, attestationsQuery } from './signals.ts'
import { escaped } from './text.ts'

type Person = Extract<DoneBy, { readonly who: 'person' }>

// A phase needs a person's confirmation, and all decisions are taken in the run. Neither may believe a signal, whose sender
// nobody knows: the run reads what its own phases wait for, the phase reads what its own run was answered.

/** In the run: asks for the attestations that its phases wait for. */
export interface RunAttestations {
  /** Reads what this workflow of a phase waits for, until `stop` is called for the phase. */
  readonly watch: (phase: ResolvedPhase, workflowId: string) => void
  /** Withdraws the phase's unanswered requests. */
  readonly stop: (phase: ResolvedPhase) => void
}

/** Sets the handler through which phases read attestations. Call it in a run's first lines. */
export function openAttestations({ token }: RunRef, { decisions }: RunDisplay): RunAttestations {
  const given: Attestation[] = []
  const scopes = new Map<string, CancellationScope>()
  setHandler(attestationsQuery, () => ({ token, given }), {
    description: 'What people have attested; read by the phases of this run',
  })

  const ask = async (request: AttestationRequest): Promise<void> => {
    const { choice, by, reason } = await decisions.ask(questionOf(request))
    const isTrue = choice === 'approve'
    const at = new Date().toISOString()
    given.push({
      ...{ subject: attestationSubject(request), isTrue, by, at },
      ...(reason === undefined ? {} : { reason }),
    })
  }
  const watch = async (phase: ResolvedPhase, workflowId: string): Promise<void> => {
    const known = given.map(({ subject }) => subject)
    const { attestationRequests } = pollingActivities(`attestations that ${phase.phase} waits for`)
    for (;;) {
      for (const request of await attestationRequests({ workflowId, known })) {
        known.push(attestationSubject(request))
        // Not awaited: the phase may wait for several.
        void ask(request).catch(ignoreCancellation)
      }
    }
  }
  const stop = ({ phase }: ResolvedPhase) => scopes.get(phase)?.cancel()

  return {
    watch: (phase, workflowId) => {
      stop(phase)
      if (!phase.steps.some(({ doneBy }) => doneBy?.who === 'person')) return
      const scope = new CancellationScope()
      scopes.set(phase.phase, scope)
      void scope.run(() => again(() => watch(phase, workflowId))).catch(ignoreCancellation)
    },
    stop,
  }
}

/** In a phase: waits for attestations. */
export interface PhaseAttestations {
  /** @throws NotAttested where the statement is false, or the file has changed since; never retried. */
  readonly attest: (step: ResolvedStep, person: Person, phase: StepDependencies) => Promise<StepResult>
}

/** Sets the handler through which the run reads the phase's requests. Call it in a phase's first lines. */
export function openRequests(): PhaseAttestations {
  const open = new Map<string, AttestationRequest>()
  setHandler(attestationRequestsQuery, () => [...open.values()], {
    description: 'The attestations that this phase waits for; read by its run',
  })

  return {
    attest: async (step, person, dependencies) => {
      const { request: of, note } = dependencies
      const attempt = of.attempts[step.step] ?? 1
      note(step.step, { state: 'inspecting', startedAt: new Date().toISOString(), attempt })
      const read = async () => {
        if (person.artefact === undefined) return undefined
        const { verify } = stepActivities(step, of.taskQueues)
        const { facts } = await verify(stepRequest(step, attempt, dependencies))
        return { path: person.artefact, host: step.host, sha256: String(facts?.['sha256']) }
      }
      const artefact = await read()
      const request: AttestationRequest = {
        ...{ phase: of.phase.phase, step: step.step, attempt, title: step.title },
        statement: person.statement,
        mayBe: person.mayBe,
        withinSeconds: person.withinSeconds,
        ...(step.success === undefined ? {} : { success: step.success }),
        ...(artefact === undefined ? {} : { artefact }),
      }
      note(step.step, {
        state: 'running',
        waitsFor: `a person who attests it; the page of run ${of.ref.run} asks`,
      })
      open.set(step.step, request)
      const { attestation } = pollingActivities(`attestation: ${person.statement}`)
      const { by, at, isTrue, reason } = await attestation({ ref: of.ref, request }).finally(() =>
        open.delete(step.step),
      )
      const because = reason === undefined ? '' : ` (${reason})`
      if (!isTrue) throw notAttested(`${by} says that this is not true: ${person.statement}${because}`)
      if (artefact && (await read())?.sha256 !== artefact.sha256)
        throw notAttested(`${artefact.path} has changed since it was shown to ${by}`)
      const shown = artefact ? `; shown: ${artefact.path}, sha256 ${artefact.sha256}` : ''
      return {
        step: step.step,
        outputs: {},
        evidence: {
          summary: `${by} attested at ${at}: ${person.statement}${because}${shown}`,
          strength: 'stated',
          facts: { by, at, ...(artefact ? { artefact: artefact.path, sha256: artefact.sha256 } : {}) },
        },
      }
    },
  }
}

function questionOf(request: AttestationRequest): Request {
  const { step, attempt, phase, title, statement, mayBe, withinSeconds, success, artefact } = request
  const about =
    artefact && `It is about ${escaped(artefact.path)}${onHost(artefact.host)}, sha256 ${artefact.sha256}.`
  return {
    decision: `attest/${step}~${attempt}`,
    kind: 'attest',
    title: `is this true: ${statement}?`,
    happened: `No program can tell whether it is true. Step "${step}" waits for a person who has seen it.`,
    advice: {
      text: 'Find out whether it is true. Approve it only if you have seen that it is. Reject it if it is not: the run then asks what to do.',
    },
    ...{ phase, step, approvers: mayBe, withinSeconds, onExpiry: 'ask-again' },
    shows: [
      `**${escaped(title)}**`,
      '',
      `> ${escaped(statement)}`,
      ...(about === undefined ? [] : ['', about]),
      ...(success === undefined ? [] : ['', `Success criterion: ${escaped(success)}`]),
      '',
      'No program verifies this. The report names who attested it.',
    ],
    choices: [
      { choice: 'approve', does: 'you attest that it is true; the run continues' },
      { choice: 'reject', does: 'it is not true; the step fails, and the run asks what to do' },
    ],
  }
}

/** Starts a poll again where its activity failed for a defect: a run must not fail because it could not ask. */
async function again(poll: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await poll()
    } catch (error) {
      if (isCancellation(error)) throw error
      await sleep('1 minute')
    }
  }
}

function notAttested(why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(why, 'NotAttested')
}
