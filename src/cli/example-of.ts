import { readFileSync } from 'node:fs'
import { packageFolder } from '../config.ts'

/** Returns the example step of a kind: docs/kinds/KIND.yaml. */
export function exampleOf(kind: string): string {
  return readFileSync(packageFolder('docs', 'kinds', `${kind}.yaml`), 'utf8').trimEnd()
}

/** Returns the example plan: docs/plan.example.yaml. */
export function planExample(): string {
  return readFileSync(packageFolder('docs', 'plan.example.yaml'), 'utf8').trimEnd()
}
