import type { AnyStepKind, Values } from '../../steps/step-kind.ts'

/** All that a kind has against fields which are well one by one. */
export function objectionsOf(kind: AnyStepKind, values: Values<AnyStepKind['fields']>): readonly string[] {
  const objection = kind.objection?.(values) ?? []
  return typeof objection === 'string' ? [objection] : objection
}
