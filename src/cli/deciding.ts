import type { Temporal } from '../embedded/connection.ts'
import type { Choice, Decision } from '../workflows/status.ts'
import { sendAnswer } from './answer.ts'
import { BadInput } from './exit-codes.ts'
import type { Following } from './follow.ts'
import { decisionLines } from './rendering/decision-lines.ts'
import { askLine, note, print } from './terminal.ts'

type Decide = Following['decide']

/** Asks whoever sits at the terminal; an empty answer leaves the decision to others and goes on following. */
export function decideHere(temporal: () => Temporal, by: string): Decide {
  return async ({ decision, workflowId }, gone) => {
    print(['', ...decisionLines(decision, new Date()), ''])
    const choices = decision.choices.map(({ choice }) => choice)
    for (;;) {
      const typed = await askLine(`${choices.join(', ')} (or Enter to leave it to others)? `, gone)
      if (typed === undefined) {
        print(['', 'answered elsewhere'])
        return 'answered'
      }
      if (typed === '') return 'wait'
      const choice = chosen(typed, choices)
      if (choice === undefined) continue
      try {
        await sendAnswer(temporal(), workflowId, { ...sealed(decision, choice), choice, by })
        return 'answered'
      } catch (error) {
        if (!(error instanceof BadInput)) throw error
        note(error.message)
      }
    }
  }
}

/** Approves gates as whoever started the run, printing what is approved; anything else is for people. */
export function approveGates(temporal: () => Temporal, by: string, otherwise: Decide): Decide {
  return async (open, gone) => {
    const { decision, workflowId } = open
    if (decision.kind !== 'gate') return await otherwise(open, gone)
    note([`${by} approves, by --yes:`, ...decisionLines(decision, new Date())].join('\n'))
    try {
      await sendAnswer(temporal(), workflowId, {
        ...sealed(decision, 'approve'),
        choice: 'approve',
        by,
        reason: '--yes',
      })
      return 'answered'
    } catch (error) {
      if (!(error instanceof BadInput)) throw error
      note(error.message)
      return await otherwise(open, gone)
    }
  }
}

/** Nobody is there: the run waits, and this command ends and says so. */
export const leaveToOthers: Decide = () => Promise.resolve('leave')

/** The decision and, for an approval, the seal of what was shown here. */
export function sealed(
  { decision, seal }: Decision,
  choice: Choice,
): { readonly decision: string; readonly seal?: string } {
  return choice === 'approve' && seal !== undefined ? { decision, seal } : { decision }
}

/** The choice meant by a word or its beginning; undefined where it fits none or several. */
export function chosen(typed: string, choices: readonly Choice[]): Choice | undefined {
  const word = typed.trim().toLowerCase().replaceAll(' ', '-')
  const fitting = choices.filter((choice) => choice.startsWith(word))
  return choices.find((choice) => choice === word) ?? (fitting.length === 1 ? fitting[0] : undefined)
}
