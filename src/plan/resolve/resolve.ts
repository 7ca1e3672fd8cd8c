import { PlanRefused, type Problem } from '../../errors.ts'
import { remembering, reportEmbeddedSecrets } from '../files/embedded-files.ts'
import { applyRules, type Allowances, type Allowed } from './apply-rules.ts'
import type { AnyStepKind, JsonObject } from '../../steps/step-kind.ts'
import type { ReadDocument } from '../../diagnostics/yaml-document.ts'
import { readPlanYaml } from '../files/yaml.ts'
import { draftPhases, type PhaseDraft } from './draft.ts'
import {
  diagnostics as gather,
  sortedProblems,
  errorsToReport,
  type Diagnostics,
} from '../../diagnostics/diagnostics.ts'
import { parseHeader, type HeaderOptions } from './plan-header.ts'
import { withoutSecrets } from '../files/inline-secrets.ts'
import { reportSize, withUniqueIds } from './limits.ts'
import { isCalled, needsOf, reportDowntime } from '../order/order.ts'
import type { Criterion, ResolvedPhase, ResolvedPlan, SecretSource } from '../plan.ts'
import type { PlanFolder } from '../files/plan-folder.ts'
import { criteriaOf } from '../order/criteria.ts'
import { reportBesideUnlocked } from '../order/unlocked.ts'
import { withConcurrency } from '../order/concurrency.ts'
import { clearsOf, reportClearedDowntime } from '../order/clears.ts'
import { reportReferences } from './references.ts'
import { resolveStep } from './resolve-step.ts'
import { isWhole, type StepResolution } from './resolve-step.ts'
import type { PlanHeader } from '../schema/shape.ts'
import { reportBrokenCompose, viewOf } from './lint-view.ts'

export interface ResolveOptions extends HeaderOptions {
  readonly kinds: ReadonlyMap<string, AnyStepKind>
}

/** The result of resolving a plan file: the plan as far as possible, and all problems. */
export interface Examination {
  /** Complete only if no problem is an error; undefined if the file is not YAML. */
  readonly plan?: ResolvedPlan
  readonly problems: readonly Problem[]
  /** Rule violations that the plan allows, with its reasons. */
  readonly allowed?: readonly Allowed[]
  /** How many steps are not in `plan`, because they depend on inputs without a value or have errors. */
  readonly leftOut?: number
}

/** Reads, checks and resolves an opened plan. @throws PlanRefused with all errors; never retried */
export function resolve(folder: PlanFolder, options: ResolveOptions): ResolvedPlan {
  const { plan, problems } = examine(folder, options)
  const errors = errorsToReport(problems)
  if (!plan || errors.length > 0) throw new PlanRefused(errors)
  return plan
}

/** Like {@link resolve}, but returns every problem. Never throws for the content of a plan. */
export function examine(folder: PlanFolder, options: ResolveOptions): Examination {
  const document = readPlanYaml(folder.file, folder.bytes)
  // A document that has a value is a map.
  const raw = document.value as JsonObject | undefined
  if (!raw) return { problems: document.problems }
  const diagnostics = gather(folder.file, document.places)
  const remembered = remembering(folder)
  const resolved = resolveDocument(raw, { ...options, folder: remembered.folder, diagnostics })
  const embedded = reportEmbeddedSecrets(remembered.read, { folder, diagnostics })
  const secrets = [...document.secrets, ...embedded]
  return {
    ...resolved,
    problems: sortedProblems([
      ...document.problems,
      ...unreported({ ...document, secrets }, diagnostics.all()),
    ]),
  }
}

/** Drops problems of texts that are reported already, and hides secrets in messages. */
function unreported(
  { problems, secrets, reported }: ReadDocument,
  others: readonly Problem[],
): readonly Problem[] {
  const [own] = problems
  return others
    .filter(({ file, line, column }) => file !== own?.file || !reported.has(`${line}:${column}`))
    .map((problem) => withoutSecrets(problem, secrets))
}

type ResolveContext = ResolveOptions & { readonly folder: PlanFolder; readonly diagnostics: Diagnostics }

function resolveDocument(raw: JsonObject, context: ResolveContext): Required<Omit<Examination, 'problems'>> {
  const { folder, diagnostics, kinds } = context
  const { header, scope, hostNames } = parseHeader(raw, context)
  const { hosts = [], defaults = {} } = header
  const drafts = withUniqueIds(draftPhases(header.phases ?? [], scope, diagnostics), diagnostics)

  const phaseOf = (name: string): string | undefined =>
    drafts.find(({ steps }) => steps.some((step) => isCalled(step, name)))?.id
  const order = {
    phases: needsOf(drafts, { what: 'phase', diagnostics }),
    steps: new Map(
      drafts.map(({ id, steps }) => [id, needsOf(steps, { what: 'step', diagnostics, phaseOf })]),
    ),
  }
  const clears = clearsOf(drafts, order.phases, diagnostics)
  reportBesideUnlocked(drafts, order.phases, diagnostics)
  reportReferences(drafts, { order, kinds, diagnostics })

  const resolved = drafts.map((draft) => {
    const needs = order.steps.get(draft.id)
    const steps = draft.steps.map((step) =>
      resolveStep(step, {
        phase: draft.id,
        needs: needs?.get(step.id) ?? [],
        hosts,
        hostNames,
        defaults,
        kinds,
        folder,
        diagnostics,
      }),
    )
    return { draft, steps: steps.filter((step) => step !== undefined) }
  })
  reportSize(
    resolved.map(({ draft, steps }) => ({ draft, steps: steps.filter(isWhole) })),
    scope.inputs,
    diagnostics,
  )
  const view = viewOf(resolved, { order, clears, folder, runId: scope.runId })
  reportBrokenCompose(view, diagnostics)
  const allowed = applyRules(view, allowancesOf(header, drafts), diagnostics)

  reportDowntime(header, order, diagnostics)
  reportClearedDowntime(header, { steps: order.steps, clears, diagnostics })

  const { plan = '', title = '', stack = plan, secrets, downtime, approvers: guardedBy, notify } = header
  const phases = resolved.map(({ draft, steps }) =>
    resolvedPhase(draft, {
      needs: order.phases.get(draft.id) ?? [],
      clears: clears.get(draft.id) ?? [],
      criteria: criteriaOf(draft, drafts, { needs: order.phases, diagnostics }),
      steps: steps.filter(isWhole),
    }),
  )
  const written = {
    plan,
    title,
    stack,
    hosts,
    inputs: scope.inputs,
    ...(secrets ? { secrets: secretSource(secrets, scope.secretsFile ?? '') } : {}),
    ...(downtime === 'none' ? { noDowntime: true as const } : downtime ? { downtime } : {}),
    ...(guardedBy ? { guardedBy } : {}),
    ...(notify ? { notify } : {}),
    phases: header.concurrency ? withConcurrency(phases, header.concurrency, diagnostics) : phases,
  }
  const steps = resolved.flatMap((phase) => phase.steps)
  return { plan: written, allowed, leftOut: steps.length - steps.filter(isWhole).length }
}

function allowancesOf({ allow = [] }: PlanHeader, drafts: readonly PhaseDraft[]): Allowances {
  const steps = drafts.flatMap((phase) => phase.steps)
  return {
    plan: allow,
    steps: new Map(steps.map(({ id, at, header }) => [id, { at, allow: header.allow ?? [] }])),
  }
}

function resolvedPhase(
  draft: PhaseDraft,
  {
    needs,
    clears,
    criteria,
    steps,
  }: {
    readonly needs: readonly string[]
    readonly clears: readonly string[]
    readonly criteria: readonly Criterion[]
    readonly steps: readonly StepResolution[]
  },
): ResolvedPhase {
  const { title = draft.base, gate, onFailure = 'ask' } = draft.header
  return {
    phase: draft.id,
    title,
    needs,
    ...(gate
      ? {
          gate: {
            ...gate.approvers,
            ...(gate.note === undefined ? {} : { note: gate.note }),
            ...(criteria.length > 0 && { criteria }),
            withinSeconds: gate.within,
            otherwise: gate.otherwise,
            ...(gate.unlocked && { unlocked: true as const }),
          },
        }
      : {}),
    onFailure,
    ...(clears.length > 0 && { clears }),
    steps: steps.map(({ step }) => step),
  }
}

function secretSource(
  { require, madeBy }: { readonly require: readonly string[]; readonly madeBy?: string | undefined },
  file: string,
): SecretSource {
  return { file, require, ...(madeBy === undefined ? {} : { madeBy }) }
}
