import type { Rule } from './rule.ts'

export const noGate: Rule = {
  id: 'R001',
  name: 'no-gate',
  severity: 'error',
  title: 'A step removes something for good, and nobody is asked before',
  why: 'What cannot be undone must be seen by a person first: a list of things to remove is written weeks before it is carried out.',
  mend: 'Give its phase a gate, or use a kind that can be undone: quarantine instead of removing.',
  example: {
    wrong: `- phase: clean-up
  steps:`,
    right: `- phase: clean-up
  gate: { approvers: anyone, within: 1 day }
  steps:`,
  },
  find: ({ steps }) =>
    steps.flatMap((step) => {
      const removed = step.touches.find(({ how }) => how === 'removes')
      if (step.cannotUndo === undefined || !removed || step.gated) return []
      return {
        at: step,
        message: `${step.id} removes ${removed.what} ${removed.name} for good, and nobody is asked before`,
        hint: `give phase ${step.phase} a gate`,
      }
    }),
}
