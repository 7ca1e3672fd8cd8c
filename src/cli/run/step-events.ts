import type { HeartbeatDetails, HoldTally } from '../../host/host.ts'
import type { ResolvedHold } from '../../plan/plan.ts'
import type { Evidence } from '../../steps/step-kind.ts'
import { holdProgress, holdText, isHeld } from '../../workflows/hold.ts'
import type {
  InspectResult,
  PhaseRequest,
  StepRequest,
  Attestation,
  AttestationRequest,
} from '../../workflows/messages.ts'
import { progressText, tenthsOf } from '../rendering/progress.ts'
import { between } from '../rendering/time.ts'
import { runEvent } from './events.ts'
import type { EventName, RunEvent, Untimed } from './events.ts'
import { firstValue, isObject, isoTimeOf, saidBy, summaryOf } from './payloads.ts'
import type { Event, PendingActivity } from './payloads.ts'

/** The names of activities, as people call that work. */
const WORK: Readonly<Record<string, string>> = {
  inspect: 'inspection',
  apply: 'apply',
  verify: 'verification',
  undo: 'undo',
  hold: 'hold',
}

/** Activities that get a line although they belong to no step: they can take long. */
const LONG: readonly string[] = ['previewSteps', 'lockFree']

/**
 * Events of a workflow's activities and of attestations that a phase requests. `of` returns undefined for other events.
 */
export function stepEvents(phase: () => PhaseRequest | undefined) {
  const scheduled = new Map<string, Event>()
  /** When an attempt of a step began, by the step's name. */
  const begun = new Map<string, string>()
  const reportedOf = new Map<string, Reported>()
  /** Steps, by name, whose last apply has an unknown outcome. */
  const unknown = new Set<string>()

  const begins = (event: Event): readonly Untimed[] => {
    scheduled.set(String(event.eventId), event)
    const step = stepIn(event)
    const type = typeOf(event)
    if (type === 'attestation') {
      const { by, name, title } = attestedIn(event)
      // The file that it is about may have been inspected before.
      const began = begun.has(name) ? 'waiting' : 'started'
      begun.set(name, begun.get(name) ?? isoTimeOf(event))
      return [{ ...by, event: began, message: `${name}: ${title}; waits for an attestation` }]
    }
    if (!step)
      return LONG.includes(type)
        ? [{ role: 'reinstate', event: 'waiting', message: summaryOf(event) ?? type }]
        : []
    const { by, name, title } = step
    if (type === 'apply') unknown.delete(name)
    if (type === 'undo') return [{ ...by, event: 'undoing', message: `${name}: undo: ${title}` }]
    if (begun.has(name)) return []
    begun.set(name, isoTimeOf(event))
    return [{ ...by, event: 'started', message: `${name}: ${title}` }]
  }

  const attestedIn = (schedule: Event) => {
    // Scheduled by a phase of this project.
    const { request } = firstValue(schedule.activityTaskScheduledEventAttributes?.input) as {
      readonly request: AttestationRequest
    }
    return { ...stepOfPhase(phase(), request.step, request.attempt), ...request }
  }

  /** How an attestation ended; a cancelled one is asked for again, or its phase has ended. */
  const attested = (event: Event, schedule: Event): readonly Untimed[] => {
    const result = firstValue(event.activityTaskCompletedEventAttributes?.result)
    if (!isObject(result)) return []
    const { by: who, isTrue, reason } = result as unknown as Attestation
    const { by, name, statement } = attestedIn(schedule)
    const at = isoTimeOf(event)
    const text = `${statement}${reason === undefined ? '' : ` (${reason})`}`
    if (!isTrue) return [{ ...by, event: 'failed', message: `${name}: rejected by ${who}: ${text}` }]
    const took = between(begun.get(name) ?? at, at)
    return [{ ...by, event: 'verified', message: `${name}: done in ${took}: stated: ${who}: ${text}` }]
  }

  const ends = (event: Event, schedule: Event): readonly Untimed[] => {
    if (typeOf(schedule) === 'attestation') return attested(event, schedule)
    const step = stepIn(schedule)
    if (!step) return []
    const { by, name, isAttested } = step
    const ended = (ends: EventName, said: string, why?: string) => [
      { ...by, event: ends, message: `${name}: ${said}`, ...(why !== undefined && { why }) },
    ]
    const type = typeOf(schedule)
    const work = WORK[type] ?? type
    if (event.activityTaskCanceledEventAttributes) return ended('cancelled', `${work} cancelled`)
    const failure =
      event.activityTaskFailedEventAttributes?.failure ?? event.activityTaskTimedOutEventAttributes?.failure
    if (failure) {
      const why = saidBy(failure.cause ?? failure)
      if (type === 'apply' && failure.applicationFailureInfo?.type === 'OutcomeUnknown') unknown.add(name)
      return ended('failed', `${work} failed: ${why}`, why)
    }
    const result = firstValue(event.activityTaskCompletedEventAttributes?.result)
    const at = isoTimeOf(event)
    switch (type) {
      case 'inspect':
        return ended('inspected', foundBy(result as InspectResult))
      case 'apply':
        return ended('applied', `applied in ${between(isoTimeOf(schedule), at)}; verification is next`)
      case 'verify': {
        const { strength, summary } = result as Evidence
        // This reads the file that a person is shown; it does not verify the step.
        if (isAttested) return ended('inspected', summary)
        // As in the run: what is only stated does not settle an unknown outcome.
        if (unknown.has(name) && strength === 'stated')
          return ended('inspected', `verification does not tell what it did: ${summary}`)
        if (step.hold)
          return ended('inspected', `${strength}: ${summary}; from now on ${holdText(step.hold)}`)
        return ended('verified', `done in ${between(begun.get(name) ?? at, at)}: ${strength}: ${summary}`)
      }
      case 'hold': {
        const tally = result as HoldTally
        if (!step.hold) return []
        const said = holdProgress(tally, step.hold)
        return isHeld(tally, step.hold)
          ? ended('verified', `done in ${between(begun.get(name) ?? at, at)}: ${said}`)
          : ended('progress', said)
      }
      case 'undo':
        return ended('undone', 'undone')
      default:
        return []
    }
  }

  /** An attempt of an activity that begins after others failed for reasons of the infrastructure. */
  const goesOn = ({ activityTaskStartedEventAttributes: started }: Event): readonly Untimed[] => {
    const step = stepIn(scheduled.get(String(started?.scheduledEventId)))
    if (!step || !started?.lastFailure) return []
    const message = `${step.name}: retrying after: ${saidBy(started.lastFailure)}`
    return [{ ...step.by, event: 'waiting', message }]
  }

  const of = (event: Event): readonly Untimed[] | undefined => {
    if (event.activityTaskScheduledEventAttributes) return begins(event)
    if (event.activityTaskStartedEventAttributes) return goesOn(event)
    const ended =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes ??
      event.activityTaskCanceledEventAttributes
    if (!ended) return undefined
    const schedule = scheduled.get(String(ended.scheduledEventId))
    return schedule ? ends(event, schedule) : []
  }

  const now = (pending: readonly PendingActivity[]): readonly RunEvent[] =>
    pending.flatMap((activity) => {
      const id = activity.activityId ?? ''
      const schedule = [...scheduled.values()].find(
        (event) => event.activityTaskScheduledEventAttributes?.activityId === id,
      )
      if (!schedule) return []
      const { reported, events } = reportPending(activity, reportedOf.get(id) ?? { tenths: 0 }, schedule)
      reportedOf.set(id, reported)
      return events
    })

  return { of, now }
}

/** What was already reported of a running activity. */
interface Reported {
  readonly tenths: number
  readonly unreachableSince?: string | undefined
  readonly failure?: string | undefined
}

/** Progress of a long copy in tenths, an unreachable host, its return, and the last failure: each once. */
function reportPending(
  { heartbeatDetails, lastFailure }: PendingActivity,
  before: Reported,
  schedule: Event,
): { readonly reported: Reported; readonly events: readonly RunEvent[] } {
  // Written by activities of this project only.
  const beat = (firstValue(heartbeatDetails) ?? {}) as HeartbeatDetails
  const { unreachableSince: since } = beat
  const now = new Date()
  const step = stepIn(schedule)
  const about = step?.name ?? summaryOf(schedule) ?? typeOf(schedule)
  const host = step ? `host ${step.host}` : 'a host'
  const report = (event: EventName, said: string, at = now.toISOString()) =>
    runEvent(at, { ...(step?.by ?? { role: 'reinstate' }), event, message: `${about}: ${said}` })
  // While the host is unreachable, the last failure adds nothing.
  const failure = since === undefined ? (lastFailure?.message ?? undefined) : before.failure
  const tenths = Math.max(tenthsOf(beat), before.tenths)
  const cutBefore = before.unreachableSince
  return {
    reported: { tenths, unreachableSince: since, failure },
    events: [
      ...(since !== undefined && since !== cutBefore
        ? [report('unreachable', `${host} is unreachable; retrying`, since)]
        : []),
      ...(since === undefined && cutBefore !== undefined
        ? [report('waiting', `${host} answers again, after ${between(cutBefore, now)}`)]
        : []),
      ...(failure && failure !== before.failure ? [report('unreachable', failure)] : []),
      ...(tenths > before.tenths ? [report('progress', progressText(beat, now))] : []),
    ],
  }
}

interface StepOfActivity {
  readonly by: { readonly role: string; readonly phase: string; readonly step: string }
  /** With its attempt: `restore-data/copy-db (attempt 2)`. */
  readonly name: string
  readonly title: string
  readonly host: string
  readonly isAttested: boolean
  readonly hold?: ResolvedHold
}

/** The request of inspect, apply, verify and undo; other activities have no step. */
function stepIn(schedule: Event | undefined): StepOfActivity | undefined {
  const request = firstValue(schedule?.activityTaskScheduledEventAttributes?.input)
  if (!isObject(request) || !isObject(request['step'])) return undefined
  const { plan, phase, step, attempt } = request as unknown as StepRequest
  const { title, host, role, doneBy, hold } = step
  return {
    by: { role: role ?? plan.plan, phase, step: step.step },
    name: nameOf(phase, step.step, attempt),
    title: host === '' ? title : `${title} (on ${host})`,
    host,
    isAttested: doneBy !== undefined,
    ...(hold && { hold }),
  }
}

/** A step of a phase that has no activity. */
export function stepOfPhase(
  phase: PhaseRequest | undefined,
  step: string,
  attempt = phase?.attempts[step] ?? 1,
) {
  const planned = phase?.phase.steps.find((one) => one.step === step)
  const of = phase?.phase.phase ?? ''
  return {
    by: { role: planned?.role ?? phase?.plan.plan ?? 'reinstate', phase: of, step },
    name: nameOf(of, step, attempt),
    isWait: planned?.doneBy?.who === 'clock',
  }
}

function nameOf(phase: string, step: string, attempt: number): string {
  return `${phase}/${step}${attempt > 1 ? ` (attempt ${attempt})` : ''}`
}

function typeOf(schedule: Event): string {
  return schedule.activityTaskScheduledEventAttributes?.activityType?.name ?? ''
}

function foundBy(inspected: InspectResult): string {
  if ('blockedOn' in inspected) return `blocked on: ${inspected.text}`
  if (inspected.changes.length > 0) return inspected.changes.join('; ')
  return `nothing to do: ${inspected.because ?? 'already in the wanted state'}`
}
