import type { Decision } from '../src/workflows/status.ts'
import { exitCodes } from '../src/cli/exit-codes.ts'
import type { Fixture } from './fixture.ts'
import { say } from './say.ts'

/**
 * Runs a plan and approves everything that can be approved: gates and attestations. Prints what it approves. Does not answer
 * for a failed step. Returns the CLI's exit code.
 */
export async function runAnsweringAll(
  { ask, reinstate }: Fixture,
  run: string,
  words: readonly string[],
): Promise<number> {
  let code = await reinstate('run', ...words, '--id', run, '--yes')
  while (code === exitCodes.waits) {
    const decisions = await openIn(ask, run)
    const approvable = decisions.filter(({ choices }) => choices.some(({ choice }) => choice === 'approve'))
    if (decisions.length > 0 && approvable.length === 0) return code
    for (const { decision, title, digest } of approvable) {
      say(`\n  yes to: ${title} (${decision})`)
      const named = digest === undefined ? [] : ['--digest', digest]
      await reinstate('decide', run, decision, 'approve', '--reason', 'npm run demo -- --yes', ...named)
    }
    code = await reinstate('status', run, '--follow', '--yes')
  }
  return code
}

async function openIn(ask: Fixture['ask'], run: string): Promise<readonly Decision[]> {
  // The CLI's JSON, of the same version.
  const story = JSON.parse((await ask('status', run, '--json')).out) as {
    readonly status: { readonly decisions: readonly Decision[] }
  }
  return story.status.decisions
}
