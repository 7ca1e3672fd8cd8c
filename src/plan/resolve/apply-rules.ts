import type { Problem } from '../../errors.ts'
import type { Diagnostics, ProblemText } from '../../diagnostics/diagnostics.ts'
import { didYouMean } from '../../diagnostics/suggestions.ts'
import { placeAt, type Path } from '../../diagnostics/places.ts'
import { rules } from '../rules/index.ts'
import type { RuleFinding, PlanView, Rule } from '../rules/rule.ts'

/** Rules that a plan, or one of its steps, silences, each with a reason. */
export type Allow = readonly { readonly rule: string; readonly because: string }[]

export interface Allowances {
  readonly plan: Allow
  /** By step, with the way to where it is written. */
  readonly steps: ReadonlyMap<string, { readonly allow: Allow; readonly at: Path }>
}

/** What a rule found and the plan allows. */
export interface Allowed extends Problem {
  readonly because: string
}

/** Holds a plan against every rule. Gives what it allows itself; tells of the rest, and of what allows nothing. */
export function applyRules(
  view: PlanView,
  allowances: Allowances,
  findings: Diagnostics,
): readonly Allowed[] {
  const used = new Set<string>()
  const allowed: Allowed[] = []
  for (const rule of rules)
    for (const found of rule.find(view)) {
      const because = reasonFor(rule, found)
      if (because === undefined) report(rule, found, findings)
      else report(rule, found, { ...findings, ...keeping(because) })
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

  /** Diagnostics whose places are kept here instead of being told. */
  function keeping(because: string): Pick<Diagnostics, 'at' | 'atText' | 'inFile'> {
    const keep = ({ code, message }: ProblemText, place: Pick<Problem, 'file' | 'line' | 'column'>): void =>
      void allowed.push({ ...place, code, message, because })
    return {
      at: (path, wrong) => keep(wrong, findings.place(path)),
      atText: (path, _text, wrong) => keep(wrong, findings.place(path)),
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
      findings.at(at, {
        code: 'unknown-rule',
        message: `there is no rule "${rule}"`,
        ...(byName ? { hint: `its id is ${byName.id}` } : didYouMean(rule, ids)),
      })
    else if (!used.has(key(at.slice(0, -3), rule)))
      findings.at(at, {
        code: 'unused-allow',
        message: `${rule} finds nothing here that would have to be allowed`,
        hint: 'take it out, so that it allows nothing new later',
        severity: 'warning',
      })
  }
}

function report(rule: Rule, found: RuleFinding, findings: Diagnostics): void {
  const { at, field, text, file, message, hint } = found
  const wrong: ProblemText = {
    code: rule.id,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...((found.severity ?? rule.severity) === 'warning' ? { severity: 'warning' } : {}),
  }
  if (file) findings.inFile(file.shown, placeAt(file.text, Math.max(0, file.text.indexOf(text ?? ''))), wrong)
  else {
    const path = [...at.at, field ?? ('traits' in at ? 'step' : 'phase')]
    if (text === undefined) findings.at(path, wrong)
    else findings.atText(path, text, wrong)
  }
}

function key(at: Path, rule: string): string {
  return `${at.map(String).join('/')} ${rule}`
}
