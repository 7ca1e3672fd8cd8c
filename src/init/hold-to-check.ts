import { basename } from 'node:path'
import { ReinstateError, problemLine } from '../errors.ts'
import { examine } from '../plan/resolve/resolve.ts'
import { kinds } from '../steps/index.ts'

/** What init would write is no plan: something on the host has a name that no plan can hold. */
export class PlanNotMade extends ReinstateError {
  override readonly name = 'PlanNotMade'
  constructor(problems: readonly string[]) {
    super(
      `no plan can be made of this stack as its parts are called; nothing was written\n${problems.map((line) => `  ${line}`).join('\n')}`,
      { problems },
    )
  }
}

/**
 * Holds the texts of a plan's folder, by their names, against what `reinstate check` holds them against; warnings pass.
 * @throws PlanNotMade
 */
export function holdToCheck(texts: ReadonlyMap<string, string>, hosts: readonly string[]): void {
  const bytes = (name: string) => new TextEncoder().encode(texts.get(name) ?? '')
  const file = 'plan.yaml'
  const { problems } = examine(
    {
      file,
      bytes: bytes(file),
      read: (name) =>
        texts.has(name)
          ? { bytes: bytes(name) }
          : { wrong: { code: 'file-missing', message: `there is no file "${name}" beside the plan` } },
      absolute: (name) => name,
      shown: (name) => basename(name),
    },
    { kinds, inputs: {}, runId: 'check', inventory: hosts },
  )
  const wrong = problems.filter(({ severity }) => severity !== 'warning')
  if (wrong.length > 0) throw new PlanNotMade(wrong.map(problemLine))
}
