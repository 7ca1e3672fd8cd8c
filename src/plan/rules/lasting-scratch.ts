import { hasRunId } from './resources.ts'
import type { Rule } from './rule.ts'

export const lastingScratch: Rule = {
  id: 'R055',
  name: 'lasting-scratch',
  severity: 'error',
  title: 'A project or a restored volume is scratch, and its name does not hold the id of the run',
  why: 'An undo of a scratch project removes its volumes, and that of a scratch volume the volume. What has a fixed name may serve on after the run, and a rollback would remove what was written to it.',
  fix: 'Write ${{ run.id }} in its name, or remove scratch:.',
  example: {
    wrong: `project: shop-test`,
    right: `project: shop-test-\${{ run.id }}`,
  },
  find: (plan) =>
    plan.steps.flatMap((step) => {
      if (step.values['scratch'] !== true) return []
      return ['project', 'volume', 'path'].flatMap((field) => {
        const name = step.values[field]
        if (typeof name !== 'string' || hasRunId(name, plan)) return []
        return {
          at: step,
          field,
          message: `${step.id} has scratch: true, and ${field} ${name} may outlive the run`,
          hint: `write \${{ run.id }} in ${field}:`,
        }
      })
    }),
}
