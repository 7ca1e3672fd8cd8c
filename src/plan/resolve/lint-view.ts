import type { AnyStepKind, Values } from '../../steps/step-kind.ts'
import { readEmbeddedYaml } from '../files/yaml.ts'
import { decode } from '../../diagnostics/characters.ts'
import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import type { PhaseDraft } from './draft.ts'
import { allBefore, type Needs } from '../order/graph.ts'
import { clearedBefore } from '../scope/cleared.ts'
import type { PlanFolder } from '../files/plan-folder.ts'
import type { PlanOrder } from './references.ts'
import type { StepResolution } from './resolve-step.ts'
import { effectsIn } from '../rules/script-effects.ts'
import { scriptsOf, textsIn } from '../rules/sources.ts'
import type { PlacedEffect } from '../scope/effects.ts'
import type { FileView, PhaseView, PlanView, StepView } from '../rules/rule.ts'
import { Secret } from '../../shell/secret.ts'

export interface ResolvedDraft {
  readonly draft: PhaseDraft
  readonly steps: readonly StepResolution[]
}

/** Returns what rules see of a plan; of an invalid step, what is known. */
export function viewOf(
  resolved: readonly ResolvedDraft[],
  {
    order,
    clears,
    folder,
    runId,
  }: {
    readonly order: PlanOrder
    readonly clears: Needs
    readonly folder: PlanFolder
    readonly runId: string
  },
): PlanView {
  const files = new Map<string, FileView>()
  const phases = resolved.map(({ draft, steps }): PhaseView => ({
    id: draft.id,
    base: draft.base,
    at: draft.at,
    gated: draft.isGated,
    ...(draft.header.gate?.approvers ?? { approvers: [] }),
    clears: clears.get(draft.id) ?? [],
    steps: steps.map((step) => stepView(step, draft, (name, text) => fileView(name, text))),
  }))

  function fileView(name: string, text: string): FileView {
    const key = `${name}\0${text}`
    const known = files.get(key) ?? readFile(name, text)
    files.set(key, known)
    return known
  }

  function readFile(name: string, text: string): FileView {
    const shown = folder.shown(name)
    if (!/\.ya?ml$/.test(name)) return { name, shown, text, broken: [] }
    const { value, broken } = readEmbeddedYaml(shown, text)
    return { name, shown, text, broken, ...(value === undefined ? {} : { yaml: { value } }) }
  }

  const phaseBefore = new Map(phases.map(({ id }) => [id, allBefore(order.phases, id)]))
  const cleared = new Map(phases.map(({ id }) => [id, clearedBefore(id, { needs: order.phases, clears })]))
  const stepBefore = new Map(
    [...order.steps.values()].flatMap((needs) =>
      [...needs.keys()].map((id) => [id, allBefore(needs, id)] as const),
    ),
  )
  return {
    runId,
    phases,
    steps: phases.flatMap(({ steps }) => steps),
    before: (first, second) =>
      first.phase === second.phase
        ? stepBefore.get(second.id)?.has(first.id) === true
        : phaseBefore.get(second.phase)?.has(first.phase) === true,
    clearedBy: (first, second) => cleared.get(second.phase)?.get(first.phase),
    phaseBefore: (first, second) => phaseBefore.get(second.id)?.has(first.id) === true,
  }
}

/** Reports embedded Compose files that Compose could not read: rules would silently skip them. */
export function reportBrokenCompose({ steps }: PlanView, diagnostics: Diagnostics): void {
  const started = new Set(
    steps.flatMap(({ values }) => [...textsIn(values['file']), ...textsIn(values['overrides'])]),
  )
  for (const { files, values } of steps)
    for (const { name, shown, broken } of files) {
      const isCompose = /(^|[./_-])compose[^/]*$/.test(name) || started.has(String(values['path']))
      if (!isCompose) continue
      for (const { line, column, ...wrong } of broken) diagnostics.inFile(shown, { line, column }, wrong)
    }
}

function stepView(
  { step, kind, placed, values }: StepResolution,
  { id, isGated }: PhaseDraft,
  file: (name: string, text: string) => FileView,
): StepView {
  const view = {
    id: step.step,
    base: placed.draft.base,
    title: step.title,
    phase: id,
    gated: isGated,
    host: step.host,
    at: placed.draft.at,
    values,
    written: placed.draft.written,
    traits: kind.traits ?? {},
    effects: placed.effects,
    declared: placed.effects,
    ...(step.cannotUndo === undefined ? {} : { cannotUndo: step.cannotUndo }),
    files: contentsIn(values).flatMap(({ name, base64 }) => {
      const decoded = decode(name, base64Bytes(base64))
      return 'text' in decoded ? [file(name, decoded.text)] : []
    }),
    secretVariables: secretsIn(values),
  }
  return { ...view, effects: [...placed.effects, ...scriptEffects(view)] }
}

/** The effects of a command's script that have a plain name and are not declared in the plan. */
function scriptEffects(step: StepView): readonly PlacedEffect[] {
  if (!step.traits.runsScript) return []
  return scriptsOf(step, ['script']).flatMap((source) =>
    source.field === undefined
      ? []
      : effectsIn(source)
          .filter(({ what, name }) => (what === 'path' ? /^\/[^$*?[\]{}]+$/ : /^\w[\w.-]*$/).test(name))
          .filter(({ what, name }) => !step.declared.some((one) => one.what === what && one.name === name))
          .map(({ how, what, name }) => ({ how, what, name, host: step.host })),
  )
}

function contentsIn(value: unknown): readonly { readonly name: string; readonly base64: string }[] {
  if (typeof value !== 'object' || value === null || value instanceof Secret) return []
  if (
    'base64' in value &&
    'name' in value &&
    typeof value.base64 === 'string' &&
    typeof value.name === 'string'
  )
    return [{ name: value.name, base64: value.base64 }]
  return Object.values(value).flatMap(contentsIn)
}

function secretsIn({ environment }: Values<AnyStepKind['fields']>): readonly string[] {
  if (typeof environment !== 'object' || environment === null) return []
  return Object.entries(environment).flatMap(([name, value]) => (value instanceof Secret ? [name] : []))
}

function base64Bytes(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}
