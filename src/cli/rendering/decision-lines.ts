import { decisionCommand } from '../../workflows/answer-command.ts'
import { answersInOrder, needsApprover } from '../../workflows/answers.ts'
import { approversText, quorumLines } from '../../workflows/quorum.ts'
import { unlockedLines, whenExpired } from '../../workflows/details.ts'
import type { Decision } from '../../workflows/status.ts'
import { plainLines } from '../../workflows/text.ts'
import { between, dateAndClock } from './time.ts'

/**
 * A decision in the order in which it is read: what happened, visitors and data, what to do now with the commands to type, what
 * a rollback would undo, details.
 */
export function decisionLines(run: string, asked: Decision, now: Date): string[] {
  const { title, happened, impact, advice, undoes = [], shows } = asked
  return [
    `decide: ${title}`,
    ...whenAndWho(asked, now),
    ...part('What happened', [happened]),
    ...part('Visitors and data', impact),
    ...part('What to do now', [advice.text]),
    ...answersInOrder(asked).flatMap((choice) => ['', ...choiceLines(run, asked, choice)]),
    ...part('What a rollback undoes, newest first', undoes),
    ...part('Details', shows),
  ]
}

function whenAndWho(asked: Decision, now: Date): string[] {
  const { decision, since, expires, otherwise, timesAsked, choices } = asked
  const guarded = choices.filter(({ choice }) => needsApprover(asked, choice)).map(({ choice }) => choice)
  const again = timesAsked > 1 ? `, asked ${timesAsked} times` : ''
  return [
    `  ${decision}, has waited ${between(since, now)}${again}${expires === undefined ? '' : whenExpired(dateAndClock(expires), otherwise)}`,
    ...(guarded.length > 0 ? [`  approvers of ${guarded.join(', ')}: ${approversText(asked)}`] : []),
    ...quorumLines(asked).map((line) => `  ${line}`),
    ...unlockedLines(asked).map((line) => `  ${line}`),
  ]
}

function part(title: string, lines: readonly string[]): string[] {
  const plain = plainLines(lines.filter((line, index) => line !== '' || index > 0))
  if (plain.join('').trim() === '') return []
  return ['', `  ${title}`, ...plain.map((line) => `    ${line}`.trimEnd())]
}

function choiceLines(run: string, asked: Decision, { choice, does }: Decision['choices'][number]): string[] {
  const mark = choice === asked.advice.choice ? ' (recommended)' : ''
  return [`    ${choice}${mark}: ${does}`, `      ${decisionCommand(run, asked, choice)}`]
}
