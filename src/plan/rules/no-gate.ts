import type { RuleFinding, PlanView, Rule, StepView } from './rule.ts'
import { effectsIn } from './script-effects.ts'
import { foundIn, scriptsOf } from './sources.ts'
import { isOwn } from './resources.ts'

export const noGate: Rule = {
  id: 'R001',
  name: 'no-gate',
  severity: 'error',
  title: 'A step removes something for good, and nobody is asked before',
  why: 'What cannot be undone must be seen by a person first: a list of things to remove is written weeks before it is carried out. Where a script names the thing by a variable, this is a warning.',
  fix: 'Give its phase a gate, or use a kind that can be undone: quarantine instead of removing.',
  example: {
    wrong: `- phase: clean-up
  steps:`,
    right: `- phase: clean-up
  gate: { approvers: anyone, within: 1 day }
  steps:`,
  },
  find: (plan) =>
    plan.steps.flatMap((step) => {
      if (step.cannotUndo === undefined || step.gated) return []
      const hint = `give phase ${step.phase} a gate`
      const removed = step.declared.find(({ how }) => how === 'deletes')
      if (!removed) return removedByScript(step, plan, hint)
      return {
        at: step,
        message: `${step.id} removes ${removed.what} ${removed.name} for good, and nobody is asked before`,
        hint,
      }
    }),
}

/** What a command says in its script and not in effects. */
function removedByScript(step: StepView, plan: PlanView, hint: string): readonly RuleFinding[] {
  return scriptsOf(step, ['script'])
    .filter(({ field }) => field !== undefined)
    .flatMap((source) =>
      effectsIn(source)
        .filter(
          ({ how, what, name }) =>
            how === 'deletes' && !isOwn({ how, what, name, host: step.host }, step, plan),
        )
        .map(({ what, name, text }) => {
          const message = `${step.id} removes ${what} ${name} for good, and nobody is asked before`
          const found = foundIn(source, text, message, hint)
          // What a variable holds is known only by following it through the text.
          return /[$`]/.test(name) ? { ...found, severity: 'warning' } : found
        }),
    )
}
