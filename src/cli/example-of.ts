import { readFileSync } from 'node:fs'
import { packageFolder } from '../config.ts'

/** The example of a kind, a step as it is written in a plan: docs/kinds/KIND.yaml. */
export function exampleOf(kind: string): string {
  return readFileSync(packageFolder('docs', 'kinds', `${kind}.yaml`), 'utf8').trimEnd()
}

/** A whole plan: docs/plan.example.yaml. */
export function planExample(): string {
  return readFileSync(packageFolder('docs', 'plan.example.yaml'), 'utf8').trimEnd()
}
