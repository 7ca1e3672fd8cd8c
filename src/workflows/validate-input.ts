/** What anybody who reaches Temporal can send: starts of every workflow, and signals of every name. */
import { setDefaultSignalHandler, workflowInfo } from '@temporalio/workflow'
import { ended } from './failures.ts'
import type { RollbackRunRequest, RunRef, RunRequest } from './messages.ts'
import { cut } from './text.ts'

const MOST_CHARACTERS = 200
const MOST_PLAN_CHARACTERS = 1000

/** Reads the input of `runPlan` and `previewPlan`. The plan itself is validated when it is resolved. @throws BadRequest */
export function readRunRequest(raw: unknown): RunRequest & { readonly audit?: boolean } {
  const { plan, inputs, by, preview, audit } = objectIn(raw, 'plan')
  if (typeof plan !== 'string' || plan === '' || plan.length > MOST_PLAN_CHARACTERS)
    throw badRequest('"plan" must be the name of a plan')
  if (inputs !== undefined && !isObject(inputs))
    throw badRequest('"inputs" must be an object of names and values')
  if (preview !== undefined && !isObject(preview)) throw badRequest('"preview" must be a saved preview')
  return {
    plan,
    ...nameIn(by),
    ...(audit === true && { audit }),
    // Their values are validated against the plan's inputs, and by comparison with a new preview.
    ...(inputs && { inputs: inputs as NonNullable<RunRequest['inputs']> }),
    ...(preview && { preview: preview as unknown as NonNullable<RunRequest['preview']> }),
  }
}

/**
 * Reads the input of `rollbackRun`. Its workflow id must name the run: the rollbacks of a run are found by their ids.
 * @throws BadRequest
 */
export function readRollbackRunRequest(raw: unknown): RollbackRunRequest {
  const { run, by, reason } = objectIn(raw, 'run')
  if (typeof run !== 'string' || run === '' || run.length > MOST_CHARACTERS)
    throw badRequest('"run" must be the id of a run')
  const wanted = `${run}/rollback`
  const { workflowId } = workflowInfo()
  const isNext = workflowId.startsWith(`${wanted}~`) && /^\d+$/.test(workflowId.slice(wanted.length + 1))
  if (workflowId !== wanted && !isNext)
    throw badRequest(`the workflow id of this rollback must be ${wanted}, or ${wanted}~2 and so on`)
  return { run, ...nameIn(by), ...(typeof reason === 'string' && { reason: cut(reason, MOST_CHARACTERS) }) }
}

function readRef(raw: unknown): RunRef {
  const ref = objectIn(raw, 'ref')['ref']
  const { run, token } = isObject(ref) ? ref : {}
  if (typeof run !== 'string' || typeof token !== 'string') throw badRequest('"ref" must name a run')
  return { run, token }
}

/**
 * Reads the run of an internal workflow's input, and refuses a workflow that its run did not start. The server, not the
 * caller, writes the parent into the start of a workflow. It may still be a stranger's workflow of the run's id: activities
 * ask the server who calls them, and compare the first run id of the parent with the token. @throws BadRequest, NotFromRun
 */
export function readRefOfParent(raw: unknown): RunRef {
  const ref = readRef(raw)
  if (workflowInfo().parent?.workflowId !== ref.run) throw notFromRun()
  return ref
}

/** The same for a lock, which the rollback of a closed run starts, too. @throws BadRequest, NotFromRun */
export function readRefOfLock(raw: unknown): RunRef {
  const ref = readRef(raw)
  if (!workflowInfo().parent) throw notFromRun()
  return ref
}

/**
 * Handles every signal that has no handler of its own; without `handle` it drops them. This includes names that Temporal
 * reserves: with a default handler alone, the SDK fails the workflow task for such a signal, and the workflow is blocked
 * for good.
 */
export function handleUnknownSignals(
  handle: (name: string, payload: unknown) => void = () => undefined,
): void {
  const { signalHandlers } = (globalThis as unknown as Sandbox).__TEMPORAL_ACTIVATOR__
  const has = signalHandlers.has.bind(signalHandlers)
  signalHandlers.has = (name) => has(name) || name.startsWith('__temporal_')
  setDefaultSignalHandler((name, ...payload) => handle(name, payload[0]))
}

/** The SDK's state of this workflow. test/security/strange-input.test.ts fails where the SDK changes it. */
interface Sandbox {
  readonly __TEMPORAL_ACTIVATOR__: { readonly signalHandlers: Map<string, unknown> }
}

function nameIn(by: unknown): { readonly by?: string } {
  if (by !== undefined && by !== null && typeof by !== 'string') throw badRequest('"by" must be a name')
  const name = cut((by ?? '').trim(), MOST_CHARACTERS)
  return name === '' ? {} : { by: name }
}

function objectIn(raw: unknown, key: string): Readonly<Record<string, unknown>> {
  if (!isObject(raw)) throw badRequest(`the input must be one JSON object, such as {"${key}": "NAME"}`)
  return raw
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function badRequest(why: string) {
  return ended('BadRequest', `${why}. Nothing was started.`, {})
}

function notFromRun() {
  return ended(
    'NotFromRun',
    'only a run starts this workflow; to start a run: runPlan. Nothing was changed.',
    {},
  )
}
