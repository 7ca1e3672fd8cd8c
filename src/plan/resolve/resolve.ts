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
import { headOf, type HeadOptions } from './plan-header.ts'
import { withoutSecrets } from '../files/inline-secrets.ts'
import { reportSize, withOwnIds } from './limits.ts'
import { isCalled, needsOf, reportDowntime } from '../order/order.ts'
import type { ResolvedPhase, ResolvedPlan, SecretSource } from '../plan.ts'
import type { PlanFolder } from '../files/open-plan.ts'
import { reportReferences } from './references.ts'
import { resolveStep } from './resolve-step.ts'
import { isWhole, type StepResolution } from './step-resolution.ts'
import type { PlanHead } from '../schema/shape.ts'
import { reportBrokenCompose, viewOf } from './lint-view.ts'

export interface Resolving extends HeadOptions {
  readonly kinds: ReadonlyMap<string, AnyStepKind>
}

/** What a plan says, as far as it could be written out, and all that is wrong with it. */
export interface Examined {
  /** Whole only where nothing that is wrong is an error; undefined where the file is not even YAML. */
  readonly plan?: ResolvedPlan
  readonly problems: readonly Problem[]
  /** What the plan allows itself, with its reasons. */
  readonly allowed?: readonly Allowed[]
}

/** Reads and checks an opened plan and writes everything out. @throws PlanRefused with all that is wrong; never retried */
export function resolve(folder: PlanFolder, resolving: Resolving): ResolvedPlan {
  const { plan, problems } = examine(folder, resolving)
  const errors = errorsToReport(problems)
  if (!plan || errors.length > 0) throw new PlanRefused(errors)
  return plan
}

/** The same for who wants to know everything. Never throws for what stands in a plan. */
export function examine(folder: PlanFolder, resolving: Resolving): Examined {
  const document = readPlanYaml(folder.file, folder.bytes)
  // A document that has a value is a map.
  const raw = document.value as JsonObject | undefined
  if (!raw) return { problems: document.problems }
  const findings = gather(folder.file, document.places)
  const remembered = remembering(folder)
  const resolved = resolveDocument(raw, { ...resolving, folder: remembered.folder, findings })
  const embedded = reportEmbeddedSecrets(remembered.read, { folder, findings })
  const secrets = [...document.secrets, ...embedded]
  return {
    ...resolved,
    problems: sortedProblems([...document.problems, ...besides({ ...document, secrets }, findings.all())]),
  }
}

/** Problems of texts that have none yet; no message quotes a secret. */
function besides(
  { problems, secrets, reported }: ReadDocument,
  others: readonly Problem[],
): readonly Problem[] {
  const [own] = problems
  return others
    .filter(({ file, line, column }) => file !== own?.file || !reported.has(`${line}:${column}`))
    .map((problem) => withoutSecrets(problem, secrets))
}

type ResolveContext = Resolving & { readonly folder: PlanFolder; readonly findings: Diagnostics }

function resolveDocument(raw: JsonObject, around: ResolveContext): Required<Omit<Examined, 'problems'>> {
  const { folder, findings, kinds } = around
  const { head, scope, hostNames } = headOf(raw, around)
  const { hosts = [], defaults = {} } = head
  const drafts = withOwnIds(draftPhases(head.phases ?? [], scope, findings), findings)

  const phaseOf = (name: string): string | undefined =>
    drafts.find(({ steps }) => steps.some((step) => isCalled(step, name)))?.id
  const order = {
    phases: needsOf(drafts, { what: 'phase', findings }),
    steps: new Map(drafts.map(({ id, steps }) => [id, needsOf(steps, { what: 'step', findings, phaseOf })])),
  }
  reportReferences(drafts, { order, kinds, findings })

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
        findings,
      }),
    )
    return { draft, steps: steps.filter((step) => step !== undefined) }
  })
  reportSize(
    resolved.flatMap(({ steps }) => steps.filter(isWhole)),
    findings,
  )
  const view = viewOf(resolved, { order, folder })
  reportBrokenCompose(view, findings)
  const allowed = applyRules(view, allowancesOf(head, drafts), findings)

  reportDowntime(head, order.steps, findings)

  const { plan = '', title = '', stack = plan, secrets, downtime } = head
  const written = {
    plan,
    title,
    stack,
    hosts,
    inputs: scope.inputs,
    ...(secrets ? { secrets: secretSource(secrets, folder.absolute(secrets.file)) } : {}),
    ...(downtime ? { downtime } : {}),
    phases: resolved.map(({ draft, steps }) =>
      resolvedPhase(draft, order.phases.get(draft.id) ?? [], steps.filter(isWhole)),
    ),
  }
  return { plan: written, allowed }
}

function allowancesOf({ allow = [] }: PlanHead, drafts: readonly PhaseDraft[]): Allowances {
  const steps = drafts.flatMap((phase) => phase.steps)
  return {
    plan: allow,
    steps: new Map(steps.map(({ id, at, head }) => [id, { at, allow: head.allow ?? [] }])),
  }
}

function resolvedPhase(
  draft: PhaseDraft,
  needs: readonly string[],
  steps: readonly StepResolution[],
): ResolvedPhase {
  const { title = draft.base, gate, onFailure = 'ask' } = draft.head
  return {
    phase: draft.id,
    title,
    needs,
    ...(gate
      ? {
          gate: {
            approvers: gate.approvers,
            ...(gate.note === undefined ? {} : { note: gate.note }),
            withinSeconds: gate.within,
            otherwise: gate.otherwise,
          },
        }
      : {}),
    onFailure,
    steps: steps.map(({ step }) => step),
  }
}

function secretSource(
  { require, madeBy }: { readonly require: readonly string[]; readonly madeBy?: string | undefined },
  file: string,
): SecretSource {
  return { file, require, ...(madeBy === undefined ? {} : { madeBy }) }
}
