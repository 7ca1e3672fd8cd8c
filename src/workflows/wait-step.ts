import { sleep } from '@temporalio/workflow'
import type { ResolvedStep } from '../plan/plan.ts'
import type { DoneBy } from '../steps/step-kind.ts'
import type { StepResult } from './messages.ts'
import type { StepDependencies } from './run-step.ts'
import { cut } from './text.ts'

type Clock = Extract<DoneBy, { readonly who: 'clock' }>

/** Waits on a durable timer; returns at once if the time is past. Only a cancellation ends it early. */
export async function waitOut(
  step: ResolvedStep,
  clock: Clock,
  { note }: Pick<StepDependencies, 'note'>,
): Promise<StepResult> {
  const startedAt = new Date()
  const milliseconds = 'until' in clock ? Date.parse(clock.until) - startedAt.getTime() : clock.seconds * 1000
  const until = new Date(startedAt.getTime() + milliseconds).toISOString()
  const result = { step: step.step, outputs: {} }
  if (milliseconds <= 0) {
    const summary = `${until} was past when this step began`
    return { ...result, nothingToDo: 'the time is past', evidence: { summary, strength: 'observed' } }
  }
  note(step.step, { state: 'running', startedAt: startedAt.toISOString(), waitsFor: `until ${until}` })
  await sleep(milliseconds, { summary: cut(`until ${until}: ${step.title}`, 180) })
  const seconds = Math.round(milliseconds / 1000)
  return {
    ...result,
    evidence: {
      summary: `waited from ${startedAt.toISOString()} until ${until}`,
      strength: 'observed',
      facts: { seconds },
    },
  }
}
