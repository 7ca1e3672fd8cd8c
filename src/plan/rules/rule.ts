import type { Problem } from '../../errors.ts'
import type { Path } from '../../diagnostics/places.ts'
import type { Traits } from '../../steps/step-kind.ts'
import type { PlacedEffect } from '../scope/effects.ts'

/**
 * Something that a plan must not do although each of its words is right. One file beside this one and one line in
 * index.ts. It never throws, whatever a plan holds: what it cannot read it passes over.
 */
export interface Rule {
  /** `R` and three digits; never given to another rule, since plans name it in `allow`. */
  readonly id: `R${string}`
  /** The same in words, such as late-gate. */
  readonly name: string
  /** An error refuses the plan wherever it is resolved; a warning is shown by check. */
  readonly severity: 'error' | 'warning'
  /** What it finds, in one sentence. */
  readonly title: string
  /** What goes wrong otherwise. */
  readonly why: string
  /** What to do about it. */
  readonly fix: string
  /** Lines of a plan, each found in the plans that the tests hold it with. */
  readonly example: { readonly wrong: string; readonly right: string }
  find(plan: PlanView): readonly RuleFinding[]
}

/** What a rule found, at a step or a phase. */
export interface RuleFinding {
  readonly at: StepView | PhaseView
  /** Which of its fields; the step or phase itself unless said. */
  readonly field?: string
  /** Words within that field, or within the file. */
  readonly text?: string
  readonly file?: FileView
  readonly message: string
  readonly hint?: string
  /** Default: the rule's. A warning where the rule only followed a value through the text of a script. */
  readonly severity?: 'error' | 'warning'
}

/** What rules see of a plan: repeated steps written out, inputs filled in where they are known. */
export interface PlanView {
  readonly phases: readonly PhaseView[]
  /** In the order of the file. */
  readonly steps: readonly StepView[]
  /** Whether the first is over before the second begins. */
  before(first: StepView, second: StepView): boolean
  phaseBefore(first: PhaseView, second: PhaseView): boolean
}

export interface PhaseView {
  readonly id: string
  /** As in the plan file, without the value of `each`. */
  readonly base: string
  readonly at: Path
  /** Somebody is asked before it begins. */
  readonly gated: boolean
  /** Who may open its gate; empty where there is none, or anyone may. */
  readonly approvers: readonly string[]
  readonly steps: readonly StepView[]
}

export interface StepView {
  readonly id: string
  /** As in the plan file, without the value of `each`. */
  readonly base: string
  readonly title: string
  readonly phase: string
  readonly gated: boolean
  readonly host: string
  /** What its kind declares of itself. Rules ask for these, and never for the name of a kind. */
  readonly traits: Traits
  readonly at: Path
  /** As the kind gets them; what only the run knows is a word such as ‹outputs.url of web›. */
  readonly values: Readonly<Record<string, unknown>>
  /** What it says itself, and of a command what its script plainly does. */
  readonly effects: readonly PlacedEffect[]
  /** What it says itself. */
  readonly declared: readonly PlacedEffect[]
  readonly cannotUndo?: string
  /** Files beside the plan that are embedded in it. */
  readonly files: readonly FileView[]
  /** Variables of its environment that hold secrets. */
  readonly secretVariables: readonly string[]
}

export interface FileView {
  readonly name: string
  /** As people see it. */
  readonly shown: string
  readonly text: string
  /** What it holds if it is YAML. */
  readonly yaml?: { readonly value: unknown }
  /** Why nobody can read it, although it should be YAML. */
  readonly broken: readonly Problem[]
}
