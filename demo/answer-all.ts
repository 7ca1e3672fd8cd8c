import type { Decision } from '../src/workflows/messages.ts'
import { exitCodes } from '../src/cli/exit-codes.ts'
import { decisionLines } from '../src/cli/rendering/decision-lines.ts'
import type { Ground } from './ground.ts'
import { say } from './say.ts'

/**
 * Follows a run to its end, saying yes to whatever can be approved (gates, what a person is asked to attest) and
 * printing what that was. A step that failed is nobody's yes: it is left as it is. Answers the CLI's exit code.
 */
export async function answerAll({ ask, reinstate }: Ground, run: string, begun: number): Promise<number> {
  let code = begun
  while (code === exitCodes.waits) {
    const decisions = await openIn(ask, run)
    const approvable = decisions.filter(({ choices }) => choices.some(({ choice }) => choice === 'approve'))
    if (decisions.length > 0 && approvable.length === 0) return code
    for (const decision of approvable) {
      say(
        ['', 'yes to:', ...decisionLines(decision, new Date())]
          .map((line) => `  ${line}`.trimEnd())
          .join('\n'),
      )
      const seal = decision.seal === undefined ? [] : ['--seal', decision.seal]
      await reinstate(
        ...['decide', run, decision.decision, 'approve', '--reason', 'npm run demo -- --yes'],
        ...seal,
      )
    }
    code = await reinstate('status', run, '--follow')
  }
  return code
}

async function openIn(ask: Ground['ask'], run: string): Promise<readonly Decision[]> {
  // The CLI's own JSON, of the same version.
  const story = JSON.parse((await ask('status', run, '--json')).out) as {
    readonly status: { readonly decisions: readonly Decision[] }
  }
  return story.status.decisions
}
