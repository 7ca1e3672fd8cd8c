import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  setHandler,
} from '@temporalio/workflow'
import type { Board } from './board.ts'
import { onHost, wordAbout } from './messages.ts'
import type { Word, WordWanted } from './messages.ts'
import { wordGiven, wordWanted } from './signals.ts'

export interface Attestations {
  /** Takes back what a phase has asked and nobody has answered: the phase is over. */
  readonly withdraw: (phase: string) => void
}

interface Asked {
  readonly phase: string
  readonly scope: CancellationScope
  word?: Word
}

/**
 * Sets the handler through which phases ask for somebody's word: to be called in a run's first lines. A question that
 * comes again is not asked again; one that is answered already gets the same answer.
 */
export function openAttestations({ decisions }: Board): Attestations {
  const asked = new Map<string, Asked>()

  const askPeople = async (wanted: WordWanted, entry: Asked): Promise<void> => {
    const { choice, by, reason } = await decisions.ask(questionOf(wanted))
    entry.word = {
      about: wordAbout(wanted),
      isSo: choice === 'approve',
      by,
      at: new Date().toISOString(),
      ...(reason === undefined ? {} : { reason }),
    }
    await tell(wanted.workflowId, entry.word)
  }

  setHandler(
    wordWanted,
    (wanted) => {
      const about = wordAbout(wanted)
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
  generation,
  phase,
  title,
  statement,
  mayBe,
  withinSeconds,
  success,
  artefact,
}: WordWanted) {
  return {
    decision: `attest/${step}~${generation}`,
    kind: 'attest',
    title: `is it so: ${statement}?`,
    phase,
    step,
    approvers: mayBe,
    // Whoever says it names what they were shown.
    ...(artefact === undefined ? {} : { seal: artefact.sha256.slice(0, 10) }),
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

async function tell(workflowId: string, word: Word): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(wordGiven, word)
  } catch {
    // The phase is over. One that was reset asks again, and gets this word then.
  }
}
