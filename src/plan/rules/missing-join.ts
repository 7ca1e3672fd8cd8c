import type { Rule } from './rule.ts'

export const missingJoin: Rule = {
  id: 'R004',
  name: 'missing-join',
  severity: 'error',
  title: 'A gate opens although a phase written above it may still run',
  why: 'An approval covers what was proven before it. What is still running is not in it, and may fail after the switch.',
  fix: 'Name every phase that must be over in needs of the gated phase.',
  example: {
    wrong: `- phase: switch
  needs: [database]`,
    right: `- phase: switch
  needs: [database, files]`,
  },
  find: ({ phases, phaseBefore }) =>
    phases.flatMap((phase, index) => {
      if (!phase.gated) return []
      const open = phases
        .slice(0, index)
        .filter((above) => !phaseBefore(above, phase) && !phaseBefore(phase, above))
      if (open.length === 0) return []
      const names = open.map(({ id }) => id).join(', ')
      return {
        at: phase,
        message: `the gate of phase ${phase.id} does not wait for ${names}`,
        hint: `add ${names} to its needs`,
      }
    }),
}
