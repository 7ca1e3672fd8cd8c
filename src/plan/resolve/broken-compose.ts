import type { Findings } from '../findings/findings.ts'
import type { PlanView } from '../rules/rule.ts'
import { textsIn } from '../rules/sources.ts'

/** Tells of Compose files beside the plan that Compose could not read: the rules would silently pass over them. */
export function reportBrokenCompose({ steps }: PlanView, findings: Findings): void {
  const started = new Set(
    steps.flatMap(({ values }) => [...textsIn(values['file']), ...textsIn(values['overrides'])]),
  )
  for (const { files, values } of steps)
    for (const { name, shown, broken } of files) {
      const isCompose = /(^|[./_-])compose[^/]*$/.test(name) || started.has(String(values['path']))
      if (!isCompose) continue
      for (const { line, column, ...wrong } of broken) findings.inFile(shown, { line, column }, wrong)
    }
}
