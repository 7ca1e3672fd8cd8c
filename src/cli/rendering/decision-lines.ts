import { needsApprover, needsDigest } from '../../workflows/answers.ts'
import type { Decision } from '../../workflows/status.ts'
import { cellsOf, padded } from './cells.ts'
import { plainLines } from './markdown.ts'
import { between, dateAndClock } from './time.ts'

/** A decision in full: since when it waits, what it shows, and the effect of each answer. */
export function decisionLines(decision: Decision, now: Date): string[] {
  const { decision: id, title, since, expires, otherwise, timesAsked, approvers, shows, choices } = decision
  const guarded = choices.filter(({ choice }) => needsApprover(decision, choice)).map(({ choice }) => choice)
  const width = Math.max(...choices.map(({ choice }) => cellsOf(choice)))
  return [
    `decide: ${title}`,
    `  ${id}, has waited ${between(since, now)}${timesAsked > 1 ? `, asked ${timesAsked} times` : ''}`,
    ...(expires === undefined
      ? []
      : [`  until ${dateAndClock(expires)}, then: ${otherwise ?? 'it asks again'}`]),
    ...(guarded.length > 0
      ? [`  approvers: ${approvers.join(', ')} (${guarded.join(', ')}); names are not verified`]
      : []),
    '',
    ...plainLines(shows).map((line) => `  ${line}`.trimEnd()),
    '',
    ...choices.map(({ choice, does }) => `  ${padded(choice, width)}  ${does}`),
  ]
}

/** One command for each choice, ready to type. */
export function decisionCommands(run: string, asked: Decision): string[] {
  const { decision, choices, digest } = asked
  return choices.map(({ choice }) => {
    const option = needsDigest(asked, choice) ? ` --digest ${digest}` : ''
    return `reinstate decide ${run} ${decision} ${choice}${option}`
  })
}
