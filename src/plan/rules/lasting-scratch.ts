import { hasRunId } from './resources.ts'
import type { Rule } from './rule.ts'

export const lastingScratch: Rule = {
  id: 'R055',
  name: 'lasting-scratch',
  severity: 'error',
  title: 'A project is scratch, and its name does not hold the id of the run',
  why: 'An undo of a scratch project removes its volumes. A project of a fixed name serves on after the run, and a rollback would remove what was written to it.',
  fix: 'Write ${{ run.id }} in project:, or remove scratch:.',
  example: {
    wrong: `project: shop-test`,
    right: `project: shop-test-\${{ run.id }}`,
  },
  find: (plan) =>
    plan.steps.flatMap((step) => {
      const { scratch, project } = step.values
      if (scratch !== true || typeof project !== 'string' || hasRunId(project, plan)) return []
      return {
        at: step,
        field: 'project',
        message: `${step.id} has scratch: true, and project ${project} may outlive the run`,
        hint: 'write ${{ run.id }} in project:',
      }
    }),
}
