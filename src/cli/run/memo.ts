import type { Decision, QuestionsMemo, RecordedAnswer } from '../../workflows/status.ts'

/** The open decisions and the last answer in a run's memo, which the run wrote. Only the run itself has their details. */
export function questionsIn(memo: Readonly<Record<string, unknown>> | undefined): {
  readonly decisions: readonly Decision[]
  readonly answer?: RecordedAnswer
} {
  const { decisions = [], answer } = (memo ?? {}) as Partial<QuestionsMemo>
  return {
    decisions: decisions.map((question) => ({ ...question, shows: [] })),
    ...(answer ? { answer } : {}),
  }
}
