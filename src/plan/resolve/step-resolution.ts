import { cannotUndo } from '../../steps/step-kind.ts'
import type { AnyStepKind, Effect, JsonObject, Values } from '../../steps/step-kind.ts'
import type { ResolvedStep } from '../plan.ts'
import type { StepDraft } from './draft.ts'
import { placedOn, type StepEffects } from '../scope/effects.ts'
import { shownValues } from '../values/shown-values.ts'

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

/**
 * A step that something is wrong with, as far as rules can see it: what a script does can be told although a field
 * beside it is misspelt. What a kind says of its fields is taken only where they are all that it expects.
 */
export function partialStep(
  kind: AnyStepKind,
  draft: StepDraft,
  known: { readonly host: string | undefined; readonly fields: JsonObject; readonly phase: string },
): StepResolution {
  const { host = '', fields, phase } = known
  const values = shownValues(kind, fields)
  const said = host === '' ? [] : ifItCan(() => kind.effects(values))
  // What a kind made of fields that were not parsed may be no list, or have no name.
  const effects = Array.isArray(said) ? said.filter(isEffect) : []
  const staysBecause = ifItCan(() => cannotUndo(kind, values))
  return {
    kind,
    step: {
      step: draft.id,
      title: draft.head.title ?? draft.id,
      kind: kind.kind,
      host,
      needs: [],
      fields,
      timeoutSeconds: 0,
      maxAttempts: 1,
      backoffSeconds: 0,
      idempotent: false,
      ...(staysBecause === undefined ? {} : { cannotUndo: staysBecause }),
    },
    inPart: true,
    placed: { phase, step: draft.id, host, effects: placedOn(host, effects, fields), draft },
    fileBytes: 0,
    values,
  }
}

function isEffect(effect: unknown): effect is Effect {
  return typeof effect === 'object' && effect !== null && 'name' in effect && typeof effect.name === 'string'
}

/** A kind trusts that its fields were parsed; these were in part. */
function ifItCan<Said>(say: () => Said): Said | undefined {
  try {
    return say()
  } catch {
    return undefined
  }
}
