import { isMap, isSeq } from 'yaml'
import type { Document, YAMLMap } from 'yaml'

/** The phases of a plan's document, in order. @throws TypeError */
export function phasesOf(document: Document): YAMLMap[] {
  const phases = document.get('phases')
  if (!isSeq(phases)) throw new TypeError('the plan has no list of phases')
  return phases.items.filter(isMap)
}

/** Adds a step `breaks` that fails once all others of `phase` are done; then all is rolled back, unless people are asked. */
export function failAtTheEndOf(
  document: Document,
  phase: string,
  onFailure: 'ask' | 'rollback' = 'rollback',
): void {
  const [broken] = phasesOf(document).filter((one) => one.get('phase') === phase)
  const steps = broken?.get('steps')
  if (!broken || !isSeq(steps)) throw new TypeError(`the plan has no phase ${phase}`)
  broken.set('onFailure', onFailure)
  const others = steps.items.map((step) => String((step as YAMLMap).get('step')))
  steps.add(
    document.createNode({
      step: 'breaks',
      kind: 'command',
      needs: others,
      script: 'exit 1',
      cannotUndo: 'it does nothing',
      noProof: 'it fails',
    }),
  )
}
