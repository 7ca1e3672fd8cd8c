import type { Choice, Decision, OpenQuestion, QuestionsMemo, RecordedAnswer } from '../../workflows/status.ts'

/** A question as version 0.2 wrote it: choices without what they do, and nothing of what happened. */
type OldQuestion = Omit<OpenQuestion, 'choices' | 'happened' | 'impact' | 'advice' | 'approvers'> & {
  readonly choices: readonly Choice[]
}

/** The open decisions and the last answer in a run's memo, which the run wrote. Only the run itself has their details. */
export function questionsIn(memo: Readonly<Record<string, unknown>> | undefined): {
  readonly decisions: readonly Decision[]
  readonly answer?: RecordedAnswer
} {
  const { decisions = [], answer } = (memo ?? {}) as Partial<QuestionsMemo>
  return {
    decisions: (decisions as (OpenQuestion | OldQuestion)[]).map(whole),
    ...(answer ? { answer } : {}),
  }
}

function whole(question: OpenQuestion | OldQuestion): Decision {
  const choices = question.choices.map((one) => (typeof one === 'string' ? { choice: one, does: '' } : one))
  const unknown = { happened: '', impact: [], advice: { text: '' }, approvers: [], shows: [] }
  return { ...unknown, ...question, choices }
}
