import { allBefore, type Needs } from '../order/graph.ts'

/**
 * What is undone before a phase begins: the phases that phases before it clear, each with the phase that clears it.
 * `clears`: what each phase clears, by id.
 */
export function clearedBefore(
  phase: string,
  { needs, clears }: { readonly needs: Needs; readonly clears: Needs },
): ReadonlyMap<string, string> {
  return new Map(
    [...allBefore(needs, phase)].flatMap((by) =>
      (clears.get(by) ?? []).map((cleared) => [cleared, by] as const),
    ),
  )
}
