import type { Rule } from './rule.ts'

export const oneApprover: Rule = {
  id: 'R044',
  name: 'one-approver',
  severity: 'warning',
  title: 'One person alone may approve',
  why: 'Whoever starts a run cannot open its gates where approvers are named: with one name there, that person cannot start the run, and nobody can go on while the person is away.',
  fix: 'Name a second person, or write anyone.',
  example: {
    wrong: `gate: { approvers: [ann], within: 4 hours }`,
    right: `gate: { approvers: [ann, bob], within: 4 hours }`,
  },
  find: ({ phases, steps }) => [
    ...phases.flatMap((phase) => {
      const [only, ...others] = phase.approvers
      if (only === undefined || others.length > 0) return []
      return {
        at: phase,
        field: 'gate',
        text: only,
        message: `only ${only} may approve phase ${phase.id}, and not in a run that ${only} started`,
        hint: 'name a second person',
      }
    }),
    ...steps.flatMap((step) => {
      const { by } = step.values
      if (!step.traits.asksPerson || !Array.isArray(by) || by.length !== 1) return []
      const only = String(by[0])
      return {
        at: step,
        field: 'by',
        message: `only ${only} may say ${step.id}, also of a run that ${only} started`,
        hint: 'name a second person',
      }
    }),
  ],
}
