import { ApplicationFailure } from '@temporalio/common'
import { SecretMissing, StepRefused } from '../errors.ts'
import type { Binding, Host, Hosts } from '../host/host.ts'
import { valuesOf } from '../plan/values/fill-in.ts'
import { readSecrets } from '../plan/files/read-secrets.ts'
import type { JournalEntry } from '../plan/plan.ts'
import { MissingSecret } from '../shell/secret.ts'
import type { Secret } from '../shell/secret.ts'
import { truncate } from '../steps/format.ts'
import { shapeOf } from '../steps/step-kind.ts'
import type { AnyStepKind, Blocked, Inspection, Json, JsonObject, Verified } from '../steps/step-kind.ts'
import type { Inspected, StepRequest } from '../workflows/messages.ts'
import type { Activities } from './activities.ts'
import { withHeartbeats } from './binding.ts'
import type { WithBinding } from './binding.ts'
import { keepVerifying, withoutReceipts } from './hold.ts'
import { keep, restore } from './prior-state.ts'

const MAX_PRIOR_STATE_BYTES = 4096

export interface StepDependencies {
  readonly hosts: Hosts
  readonly kinds: ReadonlyMap<string, AnyStepKind>
  /** How hosts are bound. Default: with the heartbeats of an activity. */
  readonly withBinding?: WithBinding
  /** The secrets of a plan for a step with these fields. Default: from the plan's file on this machine. */
  readonly secretsOf?: SecretsOf
}

/** The activities of a step, which trust their requests: guard.ts checks these, and signs what they give. */
export interface StepActivities extends Pick<Activities, 'apply' | 'verify' | 'hold' | 'undo'> {
  inspect(request: StepRequest): Promise<Blocked | Inspected>
}

export type SecretsOf = (
  source: StepRequest['plan']['secrets'],
  fields: JsonObject,
) => Promise<ReadonlyMap<string, Secret>>

/** The five activities that serve all kinds. */
export function stepActivities({
  hosts,
  kinds,
  withBinding: whileBound = withHeartbeats,
  secretsOf = secretsFromFile,
}: StepDependencies): StepActivities {
  const within = async <Result>(
    request: StepRequest & { readonly priorState?: unknown },
    how: { readonly attempt: StepRequest['attempt'] | `undo-${number}`; readonly journal?: string },
    work: (kind: AnyStepKind, fields: Record<string, unknown>, host: Host, bound: Binding) => Promise<Result>,
  ): Promise<Result> => {
    const { step, plan, ref, phase, outputs } = request
    const kind = kinds.get(step.kind)
    if (!kind)
      throw new StepRefused(
        `this worker does not know the kind ${step.kind}: its version is older than the plan's`,
      )
    const secrets = await secretsOf(plan.secrets, step.fields)
    const fields = valuesOf(kind, step.fields, { outputs, secrets })
    const known = [...secrets.values()].filter((secret) => !(secret instanceof MissingSecret))
    const binding = { ref, phase, step: step.step, secrets: known, planHosts: plan.hosts, ...how }
    return await whileBound(binding, async (bound) => {
      const host = hosts.bind(step.host, bound)
      return await work(kind, fields, withTimeout(host, step.timeoutSeconds), bound)
    })
  }

  return {
    inspect: (request) =>
      within(request, { attempt: request.attempt }, async (kind, fields, host) => {
        const inspected = changes(kind, request)
          ? await kind.inspect(fields, host)
          : await inspectionOfCheck(kind, fields, host)
        if ('blockedOn' in inspected) return inspected
        const { priorState, ...rest } = inspected
        const bytes = JSON.stringify(priorState).length
        if (bytes > MAX_PRIOR_STATE_BYTES) {
          throw ApplicationFailure.nonRetryable(
            `the prior state of kind ${kind.kind} has ${bytes} bytes, more than 4 KiB`,
            'Defect',
          )
        }
        const isUndone = kind.shape === 'change' && request.step.cannotUndo === undefined
        return {
          priorState: keep(kind, priorState),
          ...rest,
          ...(isUndone && rest.changes.length > 0
            ? { undoes: truncate(kind.undoes(fields, priorState), 300) }
            : {}),
        }
      }),
    apply: (request) => {
      const { phase, step, priorState, signature, outputs, attempt } = request
      // With the run's note it is enough to undo the step without Temporal. It is durable on the host before the first
      // command starts.
      const entry: JournalEntry = { phase, step, priorState, signature, outputs }
      const journal = JSON.stringify(entry)
      return within(request, { attempt, journal }, async (kind, fields, host) => {
        if (changes(kind, request)) await kind.apply(fields, restore(kind, priorState), host)
      })
    },
    verify: (request) =>
      within(request, { attempt: request.attempt }, (kind, fields, host) =>
        kind.verify ? kind.verify(fields, host) : Promise.resolve(NOTHING_TO_VERIFY),
      ),
    hold: ({ tally, ...request }) =>
      within(request, { attempt: request.attempt }, (kind, fields, host, binding) => {
        const { step, hold } = request.step
        const { verify } = kind
        if (!hold || !verify) throw new StepRefused(`step ${step} has no hold`)
        const asked = withoutReceipts(host)
        return keepVerifying(() => verify(fields, asked), { step, hold, tally, binding })
      }),
    undo: ({ earlierAttempts = 0, ...request }) =>
      within(
        request,
        { attempt: `undo-${earlierAttempts + request.attempt}` },
        async (kind, fields, host, { signal }) => {
          const leftovers = changes(kind, request)
            ? await kind.undo(fields, restore(kind, request.priorState), host)
            : []
          const { ref, phase, step } = request
          await hosts.markUndone(step.host, { runToken: ref.token, phase, step: step.step }, signal)
          return leftovers
        },
      ),
  }
}

type ChangingKind = Extract<AnyStepKind, { readonly shape: 'change' }>

/** Whether the step changes anything: a kind may have steps that only verify. */
function changes(kind: AnyStepKind, { step }: StepRequest): kind is ChangingKind {
  return shapeOf(kind, step.fields) === 'change'
}

/** A check has no changes; it may be blocked. A step of a person or of the clock has nothing to inspect. */
async function inspectionOfCheck(
  kind: AnyStepKind,
  fields: Record<string, unknown>,
  host: Host,
): Promise<Inspection<Json>> {
  const found = kind.shape === 'check' ? await kind.inspect?.(fields, host) : undefined
  if (found && 'blockedOn' in found) return found
  const takesSeconds = kind.takesSeconds?.(fields)
  return {
    ...{ priorState: null, changes: [], because: 'a check changes nothing' },
    ...(takesSeconds !== undefined && { takesSeconds }),
    ...found,
  }
}

const NOTHING_TO_VERIFY: Verified = { summary: 'done by a person or the clock', strength: 'stated' }

/** Caps the timeout of each command with that of the step; a measurement gets at least the step's. */
function withTimeout(host: Host, timeoutSeconds: number): Host {
  return {
    name: host.name,
    ownerLabel: host.ownerLabel,
    originals: host.originals,
    ask: (question) => host.ask(question),
    test: (question) => host.test(question),
    askSecret: (question) => host.askSecret(question),
    other: (name) => host.other(name),
    measure: (name, question, progress) =>
      host.measure(
        name,
        { ...question, timeoutSeconds: Math.max(question.timeoutSeconds, timeoutSeconds) },
        progress,
      ),
    run: (name, command, progress) =>
      host.run(
        name,
        { ...command, timeoutSeconds: Math.min(command.timeoutSeconds, timeoutSeconds) },
        progress,
      ),
  }
}

/** All secrets of the plan, also for a step that names none: they are redacted from its output. */
const secretsFromFile: SecretsOf = async (source, fields) => {
  if (!source) return new Map<string, Secret>()
  try {
    return await readSecrets(source.file, source.require)
  } catch (error) {
    // Before the step that gathers the secrets there is nothing to redact.
    const needsNone = source.madeBy !== undefined && !JSON.stringify(fields).includes('secrets.')
    if (error instanceof SecretMissing && needsNone) return new Map<string, Secret>()
    throw error
  }
}
