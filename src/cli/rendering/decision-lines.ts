import type { Choice, Decision } from '../../workflows/status.ts'
import { cellsOf, padded } from './cells.ts'
import { plainLines } from './markdown.ts'
import { between, dateAndClock } from './time.ts'

/** A decision in full: since when it waits, what it shows, and what each answer does. */
export function decisionLines(decision: Decision, now: Date): string[] {
  const { decision: id, title, since, expires, otherwise, timesAsked, approvers, shows, choices } = decision
  const width = Math.max(...choices.map(({ choice }) => cellsOf(choice)))
  return [
    `decide: ${title}`,
    `  ${id}, has waited ${between(since, now)}${timesAsked > 1 ? `, asked ${timesAsked} times` : ''}`,
    ...(expires === undefined
      ? []
      : [`  until ${dateAndClock(expires)}, then: ${otherwise ?? 'it asks again'}`]),
    ...(approvers.length > 0 ? [`  may decide: ${approvers.join(', ')}`] : []),
    '',
    ...plainLines(shows).map((line) => `  ${line}`.trimEnd()),
    '',
    ...choices.map(({ choice, does }) => `  ${padded(choice, width)}  ${does}`),
  ]
}

/** One command for each choice, to be typed as it stands. */
export function decisionCommands(run: string, { decision, choices, digest }: Decision): string[] {
  return choices.map(
    ({ choice }) => `reinstate decide ${run} ${decision} ${choice}${digestOption(choice, digest)}`,
  )
}

function digestOption(choice: Choice, digest: string | undefined): string {
  return choice === 'approve' && digest !== undefined ? ` --digest ${digest}` : ''
}
