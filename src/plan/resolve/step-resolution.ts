import type { AnyStepKind, Values } from '../../steps/step-kind.ts'
import type { ResolvedStep } from '../plan.ts'
import type { StepDraft } from './draft.ts'
import type { StepEffects } from '../scope/effects.ts'

/** A step of a plan file, written out. */
export interface StepResolution {
  readonly step: ResolvedStep
  readonly kind: AnyStepKind
  /** Something was wrong with it, which was told of: it is there as far as rules can see it. */
  readonly inPart?: true
  readonly placed: StepEffects & { readonly draft: StepDraft }
  readonly fileBytes: number
  /** As far as they are known. */
  readonly values: Values<AnyStepKind['fields']>
}

export function isWhole({ inPart }: StepResolution): boolean {
  return inPart === undefined
}
