import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  setHandler,
} from '@temporalio/workflow'
import type { RunDisplay } from './display.ts'
import { onHost, attestationSubject } from './messages.ts'
import type { Attestation, AttestationRequest } from './messages.ts'
import { attested, attestationRequested } from './signals.ts'

export interface Attestations {
  /** Takes back what a phase has asked and nobody has answered: the phase is over. */
  readonly withdraw: (phase: string) => void
}

interface Asked {
  readonly phase: string
  readonly scope: CancellationScope
  word?: Attestation
}

/**
 * Sets the handler through which phases ask for somebody's word: to be called in a run's first lines. A question that
 * comes again is not asked again; one that is answered already gets the same answer.
 */
export function openAttestations({ decisions }: RunDisplay): Attestations {
  const asked = new Map<string, Asked>()

  const askPeople = async (wanted: AttestationRequest, entry: Asked): Promise<void> => {
    const { choice, by, reason } = await decisions.ask(questionOf(wanted))
    entry.word = {
      about: attestationSubject(wanted),
      isSo: choice === 'approve',
      by,
      at: new Date().toISOString(),
      ...(reason === undefined ? {} : { reason }),
    }
    await tell(wanted.workflowId, entry.word)
  }

  setHandler(
    attestationRequested,
    (wanted) => {
      const about = attestationSubject(wanted)
      const known = asked.get(about)
      if (known?.word) void tell(wanted.workflowId, known.word)
      if (known) return
      const entry: Asked = { phase: wanted.phase, scope: new CancellationScope() }
      asked.set(about, entry)
      // Not waited for: a question that nobody has answered must not keep a run open that has come to its end.
      entry.scope
        .run(() => askPeople(wanted, entry))
        .catch((error: unknown) => {
          if (!isCancellation(error)) throw error
        })
    },
    { description: "A step of a phase needs somebody's word; sent by the phase" },
  )

  return {
    withdraw: (phase) => {
      for (const [about, entry] of asked) {
        if (entry.phase !== phase || entry.word) continue
        asked.delete(about)
        entry.scope.cancel()
      }
    },
  }
}

function questionOf({
  step,
  attempt,
  phase,
  title,
  statement,
  mayBe,
  withinSeconds,
  success,
  artefact,
}: AttestationRequest) {
  return {
    decision: `attest/${step}~${attempt}`,
    kind: 'attest',
    title: `is it so: ${statement}?`,
    phase,
    step,
    approvers: mayBe,
    // Whoever says it names what they were shown.
    ...(artefact === undefined ? {} : { digest: artefact.sha256.slice(0, 10) }),
    withinSeconds,
    onExpiry: 'ask-again',
    shows: [
      `**${title}**`,
      '',
      `> ${statement}`,
      ...(artefact
        ? ['', `It is about \`${artefact.path}\`${onHost(artefact.host)}, sha256 \`${artefact.sha256}\`.`]
        : []),
      ...(success === undefined ? [] : ['', `It is done when: ${success}`]),
      '',
      'No machine looks at this: the report names whoever says it.',
    ],
    choices: [
      { choice: 'approve', does: 'it is so, on your word; the run goes on' },
      { choice: 'reject', does: 'it is not so: the step fails, and the run asks what to do' },
    ],
  } as const
}

async function tell(workflowId: string, word: Attestation): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(attested, word)
  } catch {
    // The phase is over. One that was reset asks again, and gets this word then.
  }
}
