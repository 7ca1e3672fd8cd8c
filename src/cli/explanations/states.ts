import { RUN_STATES } from '../../workflows/run-states.ts'
import type { RunState } from '../../workflows/run-states.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Page } from './page.ts'

/** The states of a run, from the table that all surfaces use. */
export const statePages: readonly Page[] = Object.entries(RUN_STATES).map(
  ([id, { means, isOpen, changes, exit }]) => ({
    id,
    title: means.replace(/\.$/, ''),
    why: `Commands that show it exit with ${exit === 'refusal' ? 'the status of its cause' : exitCodes[exit]}.`,
    // The table gives each state these keys.
    fix: nextOf(id as RunState, { isOpen, changes }),
  }),
)

function nextOf(
  state: RunState,
  { isOpen, changes }: Pick<(typeof RUN_STATES)[RunState], 'isOpen' | 'changes'>,
): string {
  if (state === 'waiting-for-decision') return '`reinstate status RUN` shows the question and each answer.'
  if (isOpen) return 'Nothing. `reinstate status RUN --follow` shows how it goes on.'
  if (changes === 'undone') return 'Nothing. `reinstate show RUN` names what the rollback left.'
  if (changes === 'nothing') return '`reinstate show RUN` names the cause.'
  return state === 'done' ? 'Nothing.' : '`reinstate rollback RUN` undoes what was done.'
}
