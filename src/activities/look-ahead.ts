import { createHash } from 'node:crypto'
import { ReinstateError, SecretMissing } from '../errors.ts'
import { outputsIn } from '../plan/fill-in.ts'
import type { ResolvedPhase, ResolvedStep } from '../plan/plan.ts'
import type { StepPreview } from '../workflows/messages.ts'
import type { Activities } from './activities.ts'

const AT_ONCE = 8

type Request = Parameters<Activities['lookAhead']>[0]

/** Looks at every step of the phases, a few at once, with the very `look` that the run will use. */
export async function lookAhead(
  { ref, plan, phases, outputs }: Request,
  look: Activities['look'],
): Promise<{ readonly steps: readonly StepPreview[]; readonly seal: string }> {
  const all = phases.flatMap((phase) => phase.steps.map((step) => ({ phase, step })))
  const steps: StepPreview[] = []
  for (let from = 0; from < all.length; from += AT_ONCE) {
    const some = all.slice(from, from + AT_ONCE).map(async ({ phase, step }) => {
      const request = { ref, plan, phase: phase.phase, step, generation: 1, outputs }
      return await preview({ phase, step, look: () => look(request), outputs, madeBy: plan.secrets?.madeBy })
    })
    steps.push(...(await Promise.all(some)))
  }
  return { steps, seal: sealOf(steps) }
}

/** Ten characters over what is shown: an approval that names them approves just this. */
export function sealOf(steps: readonly StepPreview[]): string {
  return createHash('sha256').update(JSON.stringify(steps)).digest('hex').slice(0, 10)
}

async function preview({
  phase: { phase },
  step: resolved,
  look,
  outputs,
  madeBy,
}: {
  readonly phase: ResolvedPhase
  readonly step: ResolvedStep
  readonly look: () => ReturnType<Activities['look']>
  readonly outputs: Request['outputs']
  readonly madeBy: string | undefined
}): Promise<StepPreview> {
  const { step, title, host, cannotUndo, fields } = resolved
  const shown = { phase, step, title, host, changes: [], ...(cannotUndo === undefined ? {} : { cannotUndo }) }
  const unknown = outputsIn(fields).find(({ step: id }) => !(id in outputs))
  if (unknown) return { ...shown, later: `the output ${unknown.output} of step ${unknown.step}` }
  try {
    const looked = await look()
    if ('later' in looked) return { ...shown, later: looked.later }
    if (looked.changes.length > 0) return { ...shown, changes: looked.changes }
    return { ...shown, nothingToDo: looked.because ?? 'it is as it should be' }
  } catch (error) {
    if (error instanceof SecretMissing && madeBy !== undefined) {
      return { ...shown, later: `the secrets that step ${madeBy} gathers` }
    }
    // What stops one step must not hide what stops another. No connection is another matter: it stops all.
    if (error instanceof ReinstateError && error.name !== 'HostUnreachable')
      return { ...shown, refused: error.message }
    throw error
  }
}
