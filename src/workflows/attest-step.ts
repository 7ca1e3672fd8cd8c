import {
  ApplicationFailure,
  condition,
  getExternalWorkflowHandle,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import type { ResolvedStep } from '../plan/plan.ts'
import type { DoneBy } from '../steps/step-kind.ts'
import { stepActivities } from './activity-options.ts'
import { attestationSubject } from './messages.ts'
import type { PhaseRequest, StepResult, Attestation, AttestationRequest } from './messages.ts'
import { stepRequest } from './run-step.ts'
import type { StepDependencies } from './run-step.ts'
import { attested, attestationRequested } from './signals.ts'
import { cut } from './cut.ts'

type Person = Extract<DoneBy, { readonly who: 'person' }>

const FIRST_SENT_AGAIN_SECONDS = 60
const LAST_SENT_AGAIN_SECONDS = 3600

export interface Words {
  /** Asks the run for somebody's word and waits for it. @throws NotAttested where it is not so; never retried. */
  readonly ask: (step: ResolvedStep, person: Person, phase: StepDependencies) => Promise<StepResult>
}

/** Sets the handler through which people's words come: to be called in a phase's first lines. */
export function openWords({ parent, phase: { phase }, attempts }: PhaseRequest): Words {
  const words = new Map<string, Attestation>()
  setHandler(attested, (word) => void words.set(word.about, word), {
    description: 'What a person said about a step; sent by the run',
  })

  /** The run decides, for all decisions live there; it is told again until its answer has come. */
  const wordAt = async (wanted: AttestationRequest): Promise<Attestation> => {
    const about = attestationSubject(wanted)
    const summary = cut(`somebody's word: ${wanted.statement}`, 180)
    for (let seconds = FIRST_SENT_AGAIN_SECONDS; ; seconds = Math.min(seconds * 2, LAST_SENT_AGAIN_SECONDS)) {
      await tell(parent, wanted)
      await condition(() => words.has(about), `${seconds} seconds`, { summary })
      const word = words.get(about)
      if (word) return word
    }
  }

  return {
    ask: async (step, person, surroundings) => {
      const attempt = attempts[step.step] ?? 1
      const { note } = surroundings
      note(step.step, { state: 'inspecting', startedAt: new Date().toISOString(), attempt })
      const sumOf = async () => {
        if (person.artefact === undefined) return undefined
        const { facts } = await stepActivities(step).verify(stepRequest(step, attempt, surroundings))
        return { path: person.artefact, host: step.host, sha256: String(facts?.['sha256']) }
      }
      const artefact = await sumOf()
      note(step.step, { state: 'running', waitsFor: `somebody's word, asked for by ${parent}` })
      const word = await wordAt({
        workflowId: workflowInfo().workflowId,
        phase,
        step: step.step,
        attempt,
        title: step.title,
        statement: person.statement,
        mayBe: person.mayBe,
        withinSeconds: person.withinSeconds,
        ...(step.success === undefined ? {} : { success: step.success }),
        ...(artefact === undefined ? {} : { artefact }),
      })
      const { by, at, isSo, reason } = word
      const said = reason === undefined ? '' : ` (${reason})`
      if (!isSo) throw notAttested(`${by} says that it is not so: ${person.statement}${said}`)
      if (artefact && (await sumOf())?.sha256 !== artefact.sha256)
        throw notAttested(`${artefact.path} is another file than the one that ${by} was shown`)
      return {
        step: step.step,
        outputs: {},
        evidence: {
          summary:
            `${by} said at ${at}: ${person.statement}${said}` +
            (artefact ? `; shown: ${artefact.path}, sha256 ${artefact.sha256}` : ''),
          strength: 'stated',
          facts: { by, at, ...(artefact ? { artefact: artefact.path, sha256: artefact.sha256 } : {}) },
        },
      }
    },
  }
}

async function tell(run: string, wanted: AttestationRequest): Promise<void> {
  try {
    await getExternalWorkflowHandle(run).signal(attestationRequested, wanted)
  } catch {
    // The run is closed, which ends this phase too; or the phase is cancelled, which the wait that follows tells.
  }
}

function notAttested(why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(why, 'NotAttested')
}
