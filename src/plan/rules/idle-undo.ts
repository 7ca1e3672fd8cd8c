import type { Rule } from './rule.ts'

// Words that say so are commands too, which no host has.
const IDLE = /^\s*(true|:|exit 0|none|nothing|no|n\/a|-|echo\b[^|&;>\n]*)\s*$/i

export const idleUndo: Rule = {
  id: 'R029',
  name: 'idle-undo',
  severity: 'warning',
  title: 'An undo that does nothing',
  why: 'A rollback reports that the step was undone, and nothing was: a leftover that nobody is told of.',
  fix: 'Write what undoes it, or cannotUndo with the reason, which the rollback then names.',
  example: {
    wrong: `undo: "true"`,
    right: `cannotUndo: what was sent cannot be called back`,
  },
  find: ({ steps }) =>
    steps.flatMap((step) => {
      const { undo } = step.values
      if (!step.traits.runsScript || typeof undo !== 'string') return []
      if (!IDLE.test(undo)) return []
      return {
        at: step,
        field: 'undo',
        message: `the undo of ${step.id} does nothing`,
        hint: 'write cannotUndo with the reason',
      }
    }),
}
