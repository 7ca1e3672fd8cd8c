/** What an approver signs, and when a signature is too old. Pure. */
import type { Choice, Decision, DecisionAnswer } from './status.ts'

/** The namespace of `ssh-keygen -Y`: a signature for anything else is no decision. */
export const SIGNATURE_NAMESPACE = 'reinstate-decision'

/** By how much the clocks of an approver and of Temporal may differ. */
const CLOCK_MINUTES = 10

/**
 * The text that is signed: every part of an answer, and the token of the workflow that asked. So a signature counts for no
 * other run, decision, choice, digest or name.
 */
export function statementOf(token: string, answer: Omit<DecisionAnswer, 'signature'>): string {
  const { decision, choice, by, digest = '', reason = '', signedAt = '' } = answer
  return `reinstate decision\n${JSON.stringify({ token, decision, choice, by, digest, reason, signedAt })}\n`
}

/** Why the time of a signature does not fit: it must lie between the question and now, but for the difference of clocks. */
export function objectionToTime(
  { signature, signedAt = '' }: Pick<DecisionAnswer, 'signature' | 'signedAt'>,
  { since, now }: { readonly since: string; readonly now: string },
): string | undefined {
  if (signature === undefined) return undefined
  const at = Date.parse(signedAt)
  const slack = CLOCK_MINUTES * 60_000
  if (Number.isNaN(at)) return 'signedAt is missing, or is no time'
  if (at < Date.parse(since) - slack)
    return `it was signed at ${signedAt}, more than ${CLOCK_MINUTES} minutes before this was asked (${since})`
  if (at > Date.parse(now) + slack)
    return `it was signed at ${signedAt}, more than ${CLOCK_MINUTES} minutes after now (${now}): set the clock of the machine that signed it`
  return undefined
}

/** The command that prints a signed answer, in lines that fit the Temporal UI. It needs no connection. */
export function signCommand(run: string, { decision, digest, token }: Decision, choice: Choice): string[] {
  return [
    `reinstate sign ${run} ${decision} \\`,
    `  --choice ${choice} --digest ${digest} \\`,
    `  --token ${token} --by 'YOUR NAME'`,
  ]
}
