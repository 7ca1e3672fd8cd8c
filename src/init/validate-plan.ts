import { basename } from 'node:path'
import { ReinstateError, problemLine } from '../errors.ts'
import { examine } from '../plan/resolve/resolve.ts'
import { kinds } from '../steps/index.ts'

/** The plan that init would write is invalid: something on the host has a name that no plan can hold. */
export class PlanNotMade extends ReinstateError {
  override readonly name = 'PlanNotMade'
  constructor(problems: readonly string[]) {
    super(
      `this stack has names that no plan can hold; nothing was written\n${problems.map((line) => `  ${line}`).join('\n')}`,
      { problems },
    )
  }
}

/**
 * Checks the texts of a plan's folder, by file name, like `reinstate check`; warnings pass.
 * @throws PlanNotMade
 */
export function validatePlan(texts: ReadonlyMap<string, string>, hosts: readonly string[]): void {
  const bytes = (name: string) => new TextEncoder().encode(texts.get(name) ?? '')
  const file = 'plan.yaml'
  const { problems } = examine(
    {
      file,
      bytes: bytes(file),
      read: (name) =>
        texts.has(name)
          ? { bytes: bytes(name) }
          : { problem: { code: 'file-missing', message: `there is no file "${name}" in the folder of the plan` } },
      absolute: (name) => name,
      shown: (name) => basename(name),
    },
    { kinds, inputs: {}, runId: 'check', inventory: hosts },
  )
  const problem = problems.filter(({ severity }) => severity !== 'warning')
  if (problem.length > 0) throw new PlanNotMade(problem.map(problemLine))
}
