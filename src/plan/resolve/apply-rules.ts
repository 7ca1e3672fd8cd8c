import type { Problem } from '../../errors.ts'
import type { Diagnostics, ProblemText } from '../../diagnostics/diagnostics.ts'
import { didYouMean } from '../../diagnostics/suggestions.ts'
import { placeAt, type Path } from '../../diagnostics/places.ts'
import { rules } from '../rules/index.ts'
import type { RuleFinding, PlanView, Rule } from '../rules/rule.ts'

/** Rules that a plan or a step is allowed to violate, each with a reason. */
export type Allow = readonly { readonly rule: string; readonly because: string }[]

export interface Allowances {
  readonly plan: Allow
  /** By step id, with the path of the step in the file. */
  readonly steps: ReadonlyMap<string, { readonly allow: Allow; readonly at: Path }>
}

/** A rule violation that the plan allows. */
export interface Allowed extends Problem {
  readonly because: string
}

/** Applies every rule. Returns the violations that the plan allows; reports all others, and every unused `allow`. */
export function applyRules(
  view: PlanView,
  allowances: Allowances,
  diagnostics: Diagnostics,
): readonly Allowed[] {
  const used = new Set<string>()
  const allowed: Allowed[] = []
  for (const rule of rules)
    for (const found of rule.find(view)) {
      const because = reasonFor(rule, found)
      if (because === undefined) report(rule, found, diagnostics)
      else report(rule, found, { ...diagnostics, ...keeping(because) })
    }
  for (const [at, allow] of everyAllow())
    for (const [index, { rule }] of allow.entries()) reportUseless(rule, [...at, 'allow', index, 'rule'])
  return allowed

  function reasonFor({ id }: Rule, { at }: RuleFinding): string | undefined {
    const own = 'traits' in at ? allowances.steps.get(at.id) : undefined
    const byStep = own?.allow.find(({ rule }) => rule === id)
    const by = byStep ?? allowances.plan.find(({ rule }) => rule === id)
    if (by) used.add(key(byStep && own ? own.at : [], id))
    return by?.because
  }

  /** Diagnostics that collect into `allowed` instead of reporting. */
  function keeping(because: string): Pick<Diagnostics, 'at' | 'atText' | 'inFile'> {
    const keep = ({ code, message }: ProblemText, place: Pick<Problem, 'file' | 'line' | 'column'>): void =>
      void allowed.push({ ...place, code, message, because })
    return {
      at: (path, wrong) => keep(wrong, diagnostics.place(path)),
      atText: (path, _text, wrong) => keep(wrong, diagnostics.place(path)),
      inFile: (file, place, wrong) => keep(wrong, { file, ...place }),
    }
  }

  function everyAllow(): readonly (readonly [Path, Allow])[] {
    return [
      [[], allowances.plan],
      ...[...allowances.steps.values()].map(({ at, allow }) => [at, allow] as const),
    ]
  }

  function reportUseless(rule: string, at: Path): void {
    const ids = rules.map(({ id }) => id)
    const byName = rules.find(({ name }) => name === rule)
    if (!ids.some((id) => id === rule))
      diagnostics.at(at, {
        code: 'unknown-rule',
        message: `there is no rule "${rule}"`,
        ...(byName ? { hint: `its id is ${byName.id}` } : didYouMean(rule, ids)),
      })
    else if (!used.has(key(at.slice(0, -3), rule)))
      diagnostics.at(at, {
        code: 'unused-allow',
        message: `${rule} is not violated here`,
        hint: 'remove it, so that it does not allow a later violation',
        severity: 'warning',
      })
  }
}

function report(rule: Rule, found: RuleFinding, diagnostics: Diagnostics): void {
  const { at, field, text, file, message, hint } = found
  const offset = found.offset ?? file?.text.indexOf(text ?? '') ?? 0
  const wrong: ProblemText = {
    code: rule.id,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...((found.severity ?? rule.severity) === 'warning' ? { severity: 'warning' } : {}),
  }
  if (file) diagnostics.inFile(file.shown, placeAt(file.text, Math.max(0, offset)), wrong)
  else {
    const path = [...at.at, field ?? ('traits' in at ? 'step' : 'phase')]
    if (text === undefined) diagnostics.at(path, wrong)
    else diagnostics.atText(path, text, wrong)
  }
}

function key(at: Path, rule: string): string {
  return `${at.map(String).join('/')} ${rule}`
}
