import type { RecordedAnswer } from '../../workflows/status.ts'
import { isObject } from '../payloads.ts'
import { between } from '../rendering/time.ts'
import type { Story } from '../story.ts'
import type { ReportedDecision } from './report.ts'
import { utc } from './utc.ts'

/** Who answered what, when and by which way; also what was sent and ignored, and why. Oldest first. */
export function decisionsIn({ status, rollBacks }: Story): readonly ReportedDecision[] {
  const answers = [...status.answers, ...rollBacks.flatMap((rollBack) => rollBack.status.answers)]
  return answers.map(reported)
}

function reported({ at, via, answer, taken, why, asked }: RecordedAnswer): ReportedDecision {
  const { decision, choice, by, reason } = isObject(answer) ? answer : {}
  const text = (value: unknown, otherwise: string) => (typeof value === 'string' ? value : otherwise)
  const told = {
    at: utc(at),
    question: asked?.title ?? text(decision, 'no decision was named'),
    answer: text(choice, typeof answer === 'string' ? answer : JSON.stringify(answer)),
    by: text(by, 'not said'),
    via,
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(asked ? { waited: between(asked.since, at) } : {}),
  }
  return taken ? told : { ...told, ignored: why ?? 'it did not fit' }
}
