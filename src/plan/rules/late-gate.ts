import type { Rule } from './rule.ts'
import { actsOn, DOES } from './resources.ts'

export const lateGate: Rule = {
  id: 'R002',
  name: 'late-gate',
  severity: 'error',
  title: 'A gate stands after the act that it should guard',
  why: 'Whoever is asked whether the switch may begin finds the old stack stopped already: the question comes when nothing is left to decide.',
  fix: 'Move the step that stops, changes or takes away what serves into the gated phase, or give its own phase a gate.',
  example: {
    wrong: `- phase: prepare
  steps:
    - { step: stop-old, kind: containers-stop, projects: [shop] }`,
    right: `- phase: switch
  gate: { approvers: anyone, within: 4 hours }
  steps:
    - { step: stop-old, kind: containers-stop, projects: [shop] }`,
  },
  find: (plan) =>
    plan.steps.flatMap((step) => {
      const act = step.gated ? undefined : actsOn(step, plan)
      const own = plan.phases.find(({ id }) => id === step.phase)
      if (!act || !own || plan.phases.some((phase) => phase.gated && plan.phaseBefore(phase, own))) return []
      const late = plan.phases.find((phase) => phase.gated && plan.phaseBefore(own, phase))
      if (!late) return []
      return {
        at: step,
        message: `${step.id} ${DOES[act.how]} ${act.what} ${act.name} before anybody is asked; the gate of phase ${late.id} comes too late for it`,
        hint: `move it into phase ${late.id}, or give phase ${own.id} a gate`,
      }
    }),
}
