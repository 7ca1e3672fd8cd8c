import { decisionCommands } from '../../workflows/answer-command.ts'
import { meaningOf } from '../../workflows/run-states.ts'
import type { RunState } from '../../workflows/run-states.ts'
import type { Decision } from '../../workflows/status.ts'

/** One event of a run: `logs` and followers print it, the timeline of a report shows it. */
export interface RunEvent {
  /** ISO time. */
  readonly at: string
  /** Who is responsible: the step's role (default: the plan), a person, or reinstate. */
  readonly role: string
  readonly event: EventName
  /** The event's status, one of five. */
  readonly status: EventStatus
  readonly message: string
  readonly phase?: string
  readonly step?: string
  readonly decision?: string
  /** Of a failure: the message without the names of step and work. */
  readonly why?: string
  /** For a decision: Temporal's identity of the client that sent the answer. */
  readonly identity?: string
}

/** BLOCKED: it failed, was stopped, or its host cannot be reached. NEEDS_REVIEW: it waits for a person. */
export type EventStatus = 'STARTED' | 'IN_PROGRESS' | 'COMPLETED' | 'BLOCKED' | 'NEEDS_REVIEW'

const STATUSES = {
  started: 'STARTED',
  inspected: 'IN_PROGRESS',
  progress: 'IN_PROGRESS',
  applied: 'IN_PROGRESS',
  verified: 'COMPLETED',
  undoing: 'IN_PROGRESS',
  undone: 'COMPLETED',
  waiting: 'IN_PROGRESS',
  asked: 'NEEDS_REVIEW',
  expired: 'NEEDS_REVIEW',
  answered: 'IN_PROGRESS',
  decided: 'COMPLETED',
  done: 'COMPLETED',
  failed: 'BLOCKED',
  unreachable: 'BLOCKED',
  cancelled: 'BLOCKED',
  ignored: 'NEEDS_REVIEW',
} as const satisfies Readonly<Record<string, EventStatus>>

export type EventName = keyof typeof STATUSES

export type Untimed = Omit<RunEvent, 'at' | 'status'>

/** The events that report the present state of a run, by state. */
const OF_EXIT = {
  done: 'done',
  failed: 'failed',
  waits: 'asked',
  notProven: 'done',
  refusal: 'failed',
} as const

/** The present state of a run, after all that happened. */
export function presentEvent({ run, state, endedAt }: PresentState, now: Date): RunEvent {
  const { isOpen, exit, means } = meaningOf(state)
  const event = isOpen && exit === 'done' ? 'waiting' : OF_EXIT[exit]
  return runEvent(endedAt ?? now.toISOString(), ours(event, `${run} is ${state}: ${means}`))
}

/** The same, then how each open question is answered: they are the last lines of a log, and need no worker. */
export function presentEvents(
  present: PresentState & { readonly open: readonly Decision[] },
  now: Date,
): RunEvent[] {
  const { run, open } = present
  const last = presentEvent(present, now)
  const answers = open.map((asked) => {
    const { decision } = asked
    const commands = decisionCommands(run, asked).join(' | ')
    return runEvent(last.at, { ...ours('asked', `${decision}, to answer: ${commands}`), decision })
  })
  return [last, ...answers]
}

interface PresentState {
  readonly run: string
  readonly state: RunState
  readonly endedAt?: string
}

/** An event of reinstate itself. */
export function ours(event: EventName, message: string): Untimed {
  return { role: 'reinstate', event, message }
}

/** Adds the time and the status. */
export function runEvent(at: string, untimed: Untimed): RunEvent {
  return { at, ...untimed, status: STATUSES[untimed.event] }
}

/** `[Auditor] [2026-11-21T10:02:11Z]: [COMPLETED] migrate/n8n-rows: proven: 312 files equal`: one line, whatever it holds. */
export function eventLine({ at, role, status, message }: RunEvent): string {
  return `[${role}] [${at.slice(0, 19)}Z]: [${status}] ${message.trimEnd().replaceAll('\n', ' | ')}`
}

/** Oldest first. */
export function inOrder(events: readonly RunEvent[]): RunEvent[] {
  return [...events].sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
}

/**
 * The events since the run last began to wait, if that wait has been answered: earlier events were already followed. Empty if no
 * decision was made.
 */
export function sinceLastDecision(events: readonly RunEvent[]): readonly RunEvent[] {
  const open = new Set<string>()
  let waited: number | undefined
  let from = events.length
  events.forEach(({ event, decision = '' }, index) => {
    if (event === 'asked') {
      if (open.size === 0) waited = index
      open.add(decision)
    }
    if (event === 'decided') {
      open.delete(decision)
      from = (waited ?? index - 1) + 1
    }
  })
  return events.slice(from)
}
