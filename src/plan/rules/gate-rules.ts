import type { PlanView, Rule, RuleFinding, StepView } from './rule.ts'
import { effectsIn, removedBySql } from './script-effects.ts'
import { foundIn, scriptsOf } from './sources.ts'
import { actsOn, isOwn } from './resources.ts'
import { migrationIn } from './sql.ts'

export const noGate: Rule = {
  id: 'R001',
  name: 'no-gate',
  severity: 'error',
  title: 'A step deletes something permanently, and no gate comes before it',
  why: 'What cannot be undone must be approved by a person: a list of things to delete is often weeks old. Where a script names the thing by a variable, this is a warning.',
  fix: 'Give its phase a gate, or use a kind that can be undone: quarantine instead of deleting.',
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
      if (!removed) return [...removedByScript(step, plan, hint), ...removedByMigration(step, plan, hint)]
      return {
        at: step,
        message: `${step.id} deletes ${removed.what} ${removed.name} permanently, and no gate comes before it`,
        hint,
      }
    }),
}

/** Finds deletions in a script that the plan does not declare. */
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
          const message = `${step.id} deletes ${what} ${name} permanently, and no gate comes before it`
          const found = foundIn(source, text, message, hint)
          // The value of a variable is only traced through the text.
          return /[$`]/.test(name) ? { ...found, severity: 'warning' } : found
        }),
    )
}

/** Finds deletions in the SQL of a migration; of a database that the plan started, nothing is lost. */
function removedByMigration(step: StepView, plan: PlanView, hint: string): readonly RuleFinding[] {
  const source = migrationIn(step, 'up')
  if (source === undefined || step.effects.every((effect) => isOwn(effect, step, plan))) return []
  return removedBySql(source).map(({ name, text }) =>
    foundIn(source, text, `${step.id} deletes ${name} permanently, and no gate comes before it`, hint),
  )
}

export const lateGate: Rule = {
  id: 'R002',
  name: 'late-gate',
  severity: 'error',
  title: 'A gate comes after the change that it should guard',
  why: 'When the approver is asked about the switch, the old stack is already stopped: nothing is left to decide.',
  fix: 'Move the step that stops, modifies or deletes the live stack into the gated phase, or give its own phase a gate.',
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
        message: `${step.id} ${act.how} ${act.what} ${act.name} before any gate; the gate of phase ${late.id} comes too late`,
        hint: `move it into phase ${late.id}, or give phase ${own.id} a gate`,
      }
    }),
}

export const missingJoin: Rule = {
  id: 'R004',
  name: 'missing-join',
  severity: 'error',
  title: 'A gate does not wait for a phase written above it',
  why: 'An approval covers what was proven before it. A phase that is still running is not covered, and may fail after the switch.',
  fix: 'Add every phase that must end first to the needs of the gated phase.',
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

export const oneApprover: Rule = {
  id: 'R044',
  name: 'one-approver',
  severity: 'warning',
  title: 'Nobody can replace an approver',
  why: 'The person who starts a run cannot approve its gates where approvers are named. If the plan names only as many people as must agree (one, without a quorum), none of them can start the run, and the gate stays closed while one of them is away.',
  fix: 'Name another person, or write anyone.',
  example: {
    wrong: `gate: { approvers: [ann], within: 4 hours }`,
    right: `gate: { approvers: [ann, bob], within: 4 hours }`,
  },
  find: ({ phases, steps }) => [
    ...phases.flatMap((phase) => {
      const { approvers, quorum = 1 } = phase
      const [first] = approvers
      if (first === undefined || approvers.length > quorum) return []
      const message =
        quorum === 1
          ? `only ${first} may approve phase ${phase.id}, and not in a run that ${first} started`
          : `all of ${approvers.join(', ')} have to approve phase ${phase.id}, so none of them may start the run or be away`
      return { at: phase, field: 'gate', text: first, message, hint: 'name another person' }
    }),
    ...steps.flatMap((step) => {
      const { by } = step.values
      if (!step.traits.asksPerson || !Array.isArray(by) || by.length !== 1) return []
      const only = String(by[0])
      return {
        at: step,
        field: 'by',
        message: `only ${only} may confirm ${step.id}, also in a run that ${only} started`,
        hint: 'name another person',
      }
    }),
  ],
}
