/** The commands that answer a decision. Pure. */
import { answersInOrder, needsApprover, needsDigest, needsReason, PLACEHOLDER_REASON } from './answers.ts'
import type { Choice, Decision } from './status.ts'

type Asked = Pick<Decision, 'decision' | 'kind' | 'choices' | 'approvers' | 'signed' | 'digest' | 'advice'>

/** One command for each choice, ready to type, the recommended one first. */
export function decisionCommands(run: string, asked: Asked): string[] {
  return answersInOrder(asked).map(({ choice }) => decisionCommand(run, asked, choice))
}

/** Where only approvers may answer, the command has a place for the name: the login name may be another. */
export function decisionCommand(run: string, asked: Asked, choice: Choice): string {
  const { decision, digest } = asked
  const named = needsApprover(asked, choice) ? ' --by NAME' : ''
  const shown = needsDigest(asked, choice) ? ` --digest ${digest}` : ''
  const why = needsReason(asked, choice) ? ` --reason ${PLACEHOLDER_REASON}` : ''
  return `reinstate decide ${run} ${decision} ${choice}${named}${shown}${why}`
}
