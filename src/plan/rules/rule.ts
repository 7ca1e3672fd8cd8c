import type { Problem } from '../../errors.ts'
import type { Path } from '../../diagnostics/places.ts'
import type { Traits } from '../../steps/step-kind.ts'
import type { Approvers } from '../plan.ts'
import type { PlacedEffect } from '../scope/effects.ts'

/** A check for mistakes that valid fields can still contain. It never throws: it skips what it cannot read. */
export interface Rule {
  /** `R` and three digits. Plans name it in `allow`, so an id is never reused. */
  readonly id: `R${string}`
  /** The name, such as late-gate. */
  readonly name: string
  /** An error refuses the plan; a warning is shown by check. */
  readonly severity: 'error' | 'warning'
  /** What it finds, in one sentence. */
  readonly title: string
  /** What goes wrong otherwise. */
  readonly why: string
  /** What to do about it. */
  readonly fix: string
  /** Lines of the rule's test plans. */
  readonly example: { readonly wrong: string; readonly right: string }
  find(plan: PlanView): readonly RuleFinding[]
}

/** A violation, at a step or a phase. */
export interface RuleFinding {
  readonly at: StepView | PhaseView
  /** Default: the step or phase itself. */
  readonly field?: string
  /** The text within that field or file. */
  readonly text?: string
  readonly file?: FileView
  /** Of the text in the file, where it may occur more than once. */
  readonly offset?: number
  readonly message: string
  readonly hint?: string
  /** Default: the rule's. A warning if the rule only traced a value through the text of a script. */
  readonly severity?: 'error' | 'warning'
}

/** A plan as rules see it: repetitions expanded, known inputs filled in. */
export interface PlanView {
  /** What `${{ run.id }}` was filled in with. */
  readonly runId: string
  readonly phases: readonly PhaseView[]
  /** In the order of the file. */
  readonly steps: readonly StepView[]
  /** Whether the first ends before the second starts. */
  before(first: StepView, second: StepView): boolean
  phaseBefore(first: PhaseView, second: PhaseView): boolean
  /** The id of the phase that clears what the first did before the second starts; undefined where none does. */
  clearedBy(first: StepView, second: StepView): string | undefined
}

/** `approvers`: who may approve; empty without a gate, or if anyone may. */
export interface PhaseView extends Approvers {
  readonly id: string
  /** As in the plan file, without the value of `each`. */
  readonly base: string
  readonly at: Path
  /** Whether it has a gate. */
  readonly gated: boolean
  /** Ids of the phases whose changes are undone once it is done. */
  readonly clears: readonly string[]
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
  /** What its kind declares about all of its steps. Rules ask these, never the name of a kind. */
  readonly traits: Traits
  readonly at: Path
  /** As the kind gets them, with placeholders such as ‹outputs.url of web› for what only the run knows. */
  readonly values: Readonly<Record<string, unknown>>
  /** Its fields as written in the plan file, before any lookup is filled in. */
  readonly written: Readonly<Record<string, unknown>>
  /** Declared effects, and those of a command's script. */
  readonly effects: readonly PlacedEffect[]
  /** Declared effects only. */
  readonly declared: readonly PlacedEffect[]
  readonly cannotUndo?: string
  /** The files embedded in it. */
  readonly files: readonly FileView[]
  /** Variables of its environment that hold secrets. */
  readonly secretVariables: readonly string[]
}

export interface FileView {
  readonly name: string
  /** The path as shown to people. */
  readonly shown: string
  readonly text: string
  /** The content of a YAML file. */
  readonly yaml?: { readonly value: unknown }
  /** Why a YAML file cannot be read. */
  readonly broken: readonly Problem[]
}
