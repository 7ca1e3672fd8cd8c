import type { PlanView, Rule, RuleFinding, StepView } from './rule.ts'

export const unjudgedLoad: Rule = {
  id: 'R056',
  name: 'unjudged-load',
  severity: 'error',
  title: 'Requests are sent that no later step judges, or a step judges requests that no earlier step began',
  why: 'Requests that nobody judges prove nothing, whatever was answered. A step that judges what was never begun can only fail, after the change.',
  fix: 'Write judges: with the phase and the step that has atMost:, on the same host and before it.',
  example: {
    wrong: `judges: switch/visitor`,
    right: `judges: switch/visitors`,
  },
  find: (plan) => [
    ...plan.steps.flatMap((step) => {
      const { judges } = step.values
      if (!step.traits.sendsLoad || typeof judges !== 'string') return []
      if (plan.steps.some((other) => isJudgedBy(other, step, plan))) return []
      return {
        at: step,
        field: 'judges',
        message: `${step.id} judges ${judges}, and no earlier step of this name begins requests on ${step.host}`,
        hint: beginnersHint(step, plan),
      }
    }),
    ...plan.steps.flatMap((step): readonly RuleFinding[] => {
      if (!begins(step) || plan.steps.some((other) => isJudgedBy(step, other, plan))) return []
      const hint = `add a later step with judges: ${step.phase}/${step.id}`
      return [{ at: step, severity: 'warning', message: `no step judges the requests of ${step.id}`, hint }]
    }),
  ],
}

function begins({ traits, values }: StepView): boolean {
  return traits.sendsLoad === true && values['atMost'] !== undefined
}

function isJudgedBy(first: StepView, judge: StepView, plan: PlanView): boolean {
  return (
    begins(first) &&
    judge.values['judges'] === `${first.phase}/${first.id}` &&
    judge.host === first.host &&
    plan.before(first, judge)
  )
}

function beginnersHint(step: StepView, plan: PlanView): string {
  const names = plan.steps.filter(begins).map(({ phase, id }) => `${phase}/${id}`)
  return names.length === 0
    ? `write a step with atMost: before ${step.base}`
    : `steps that begin requests: ${names.join(', ')}`
}
