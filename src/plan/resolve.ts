import { PlanRefused, type Problem } from '../errors.ts'
import { remembering, reportCarriedSecrets } from './carried-secrets.ts'
import { applyRules, type Allowances, type Allowed } from './apply-rules.ts'
import type { AnyStepKind, Json, JsonObject } from '../steps/step-kind.ts'
import { readDocument, type ReadDocument } from './document.ts'
import { draftPhases, type PhaseDraft } from './draft.ts'
import { fillNow, type Scope } from './fill-now.ts'
import { findings as gather, inOrder, refusing, type Findings } from './findings.ts'
import { withoutSecrets } from './inline-secrets.ts'
import { valuesOfInputs } from './inputs.ts'
import { reportSize, withOwnIds } from './limits.ts'
import { reportDowntime } from './downtime.ts'
import { didYouMean } from './nearest.ts'
import { needsOf } from './order.ts'
import type { ResolvedPhase, ResolvedPlan, SecretSource } from './plan.ts'
import type { PlanFolder } from './read-files.ts'
import { reportReferences } from './references.ts'
import { reportBrokenCompose } from './broken-compose.ts'
import { resolveStep } from './resolve-step.ts'
import { isWhole, type StepResolution } from './step-resolution.ts'
import { parseShape, planShape, type PlanHead } from './shape.ts'
import { viewOf } from './view.ts'

export interface Resolving {
  readonly kinds: ReadonlyMap<string, AnyStepKind>
  readonly inputs: Readonly<Record<string, string>>
  readonly runId: string
  /** Names of the inventory; where they are given, a plan's hosts must be among them. */
  readonly inventory?: readonly string[]
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
  const errors = refusing(problems)
  if (!plan || errors.length > 0) throw new PlanRefused(errors)
  return plan
}

/** The same for who wants to know everything. Never throws for what stands in a plan. */
export function examine(folder: PlanFolder, resolving: Resolving): Examined {
  const document = readDocument(folder.file, folder.bytes)
  // A document that has a value is a map.
  const raw = document.value as JsonObject | undefined
  if (!raw) return { problems: document.problems }
  const findings = gather(folder.file, document.places)
  const remembered = remembering(folder)
  const resolved = resolveDocument(raw, { ...resolving, folder: remembered.folder, findings })
  const carried = reportCarriedSecrets(remembered.read, { folder, findings })
  const secrets = [...document.secrets, ...carried]
  return {
    ...resolved,
    problems: inOrder([...document.problems, ...besides({ ...document, secrets }, findings.all())]),
  }
}

/** All but what is said of a text that was told of already; and no secret is quoted. */
function besides({ problems, secrets, told }: ReadDocument, others: readonly Problem[]): readonly Problem[] {
  const [own] = problems
  return others
    .filter(({ file, line, column }) => file !== own?.file || !told.has(`${line}:${column}`))
    .map((problem) => withoutSecrets(problem, secrets))
}

type Around = Resolving & { readonly folder: PlanFolder; readonly findings: Findings }

function resolveDocument(raw: JsonObject, around: Around): Required<Omit<Examined, 'problems'>> {
  const { folder, findings, kinds } = around
  const { head, scope, hostNames } = headOf(raw, around)
  const { hosts = [], defaults = {} } = head
  const drafts = withOwnIds(draftPhases(head.phases ?? [], scope, findings), findings)

  const phaseOf = (name: string): string | undefined =>
    drafts.find(({ steps }) => steps.some(({ id, base }) => id === name || base === name))?.id
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

/** The plan without its phases. Inputs are read first: the rest may name them. */
function headOf(
  raw: JsonObject,
  { inputs, runId, findings, inventory }: Around,
): { head: PlanHead; scope: Scope; hostNames: readonly string[] } {
  const silent: Findings = { ...findings, at() {}, atKey() {}, atText() {} }
  const first = parseShape(planShape, raw, { at: [], findings: silent, later: () => false })
  // What is declared wrongly is declared: what names it is right.
  const inputNames = namesIn(raw['inputs'])
  if (runId.includes('${{'))
    findings.at([], { code: 'bad-run-id', message: 'the id of the run cannot hold a lookup' })
  const scope = {
    inputs: valuesOfInputs({ declared: first.inputs ?? {}, names: inputNames }, inputs, findings),
    inputNames,
    secretNames: namesIn(namedIn(raw['secrets'], 'require')),
    runId,
    renamed: new Map<string, string>(),
  }
  const fillable = Object.fromEntries(
    Object.entries(raw).filter(([key]) => key !== 'phases' && key !== 'inputs'),
  )
  const { value, references, refused } = fillNow(fillable, [], scope, findings)
  for (const { lookup, path, written } of references)
    if (lookup.is !== 'input')
      findings.atText(path, written, { code: 'lookup-too-early', message: 'is needed before this is known' })
  const filled = { ...raw, ...(value as Record<string, Json>) }
  const later = (path: readonly PropertyKey[]): boolean =>
    [...references.map((one) => one.path), ...refused].some(([key]) => key === path[0])
  const head = parseShape(planShape, filled, { at: [], findings, later })
  const hostNames = namesIn(filled['hosts'])
  for (const host of head.hosts ?? [])
    if (inventory && !inventory.includes(host))
      findings.at(['hosts', hostNames.indexOf(host)], {
        code: 'unknown-host',
        message: `the inventory has no host "${host}"`,
        ...didYouMean(host, inventory),
      })
  return { head, scope, hostNames }
}

/** The names of a map, or the texts of a list. */
function namesIn(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return value.filter((item) => typeof item === 'string')
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}

function namedIn(value: Json | undefined, key: string): Json | undefined {
  // Neither a list nor null is a map.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)[key]
    : undefined
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
