import type { RecordedAnswer } from '../../workflows/status.ts'
import type { Story } from '../story.ts'
import { outcomeLines, phaseLines } from './report.ts'
import { factLines, openDecisionLines } from './status-lines.ts'
import { dateAndClock } from './time.ts'

/** A run from its beginning: phases, steps, evidence, who decided what, and where it is now. */
export function showLines(story: Story, around: { readonly now: Date; readonly page: string }): string[] {
  const answers = [...story.status.answers, ...story.rollBacks.flatMap(({ status }) => status.answers)]
  return [
    ...story.phases.flatMap(phaseLines),
    ...story.rollBacks.flatMap(({ workflowId, status, undone }) => [
      `rollback ${workflowId}: ${status.state}`,
      ...(undone.length > 0 ? [`  undone: ${undone.join(', ')}`] : []),
      '',
    ]),
    ...(answers.length > 0 ? ['decisions', ...answers.map((answer) => `  ${answerLine(answer)}`), ''] : []),
    ...factLines(story, around),
    ...openDecisionLines(story, around),
    ...(story.endedAt === undefined ? [] : ['', ...outcomeLines(story)]),
  ]
}

/** `2026-11-21 10:02:11 gate/cutover: approve, by dana (update)`. */
export function answerLine({ at, via, answer, taken, why }: RecordedAnswer): string {
  const { decision, choice, by, reason } = isObject(answer) ? answer : {}
  if (!taken || typeof decision !== 'string') {
    return `${dateAndClock(at)} ignored: a ${via}: ${why ?? 'it did not fit'}`
  }
  const said = typeof reason === 'string' ? `: ${reason}` : ''
  return `${dateAndClock(at)} ${decision}: ${String(choice)}, by ${String(by)} (${via})${said}`
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
