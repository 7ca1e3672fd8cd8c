/** The text that an approver signs, and the limits on the time of a signature. Pure. */
import { needsReason, PLACEHOLDER_REASON } from './answers.ts'
import type { Choice, Decision, DecisionAnswer } from './status.ts'

/** The namespace of `ssh-keygen -Y`: a signature for anything else is no decision. */
export const SIGNATURE_NAMESPACE = 'reinstate-decision'

/** The difference that is allowed between the clocks of an approver and of Temporal. */
const CLOCK_MINUTES = 10

/**
 * The text that is signed: every part of an answer, and the token of the workflow that asked. The signature is therefore
 * invalid for any other run, decision, choice, digest or name.
 */
export function statementOf(token: string, answer: Omit<DecisionAnswer, 'signature'>): string {
  const { decision, choice, by, digest = '', reason = '', signedAt = '' } = answer
  return `reinstate-decision\n${JSON.stringify({ token, decision, choice, by, digest, reason, signedAt })}\n`
}

/** Why the time of a signature is refused: it must be between the question and now, give or take the clock difference. */
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
export function signCommand(run: string, asked: Decision, choice: Choice): string[] {
  const { decision, digest, token } = asked
  const why = needsReason(asked, choice) ? [`  --reason '${PLACEHOLDER_REASON}' \\`] : []
  return [
    `reinstate sign ${run} ${decision} \\`,
    `  --choice ${choice} --digest ${digest} \\`,
    ...why,
    `  --token ${token} --by 'YOUR NAME'`,
  ]
}
