/** One thing that happened in a run, as its history has it. */
export interface LogEntry {
  /** ISO time. */
  readonly at: string
  /** Who answers for it: a step's role, else its plan; a person; or reinstate itself. */
  readonly role: string
  readonly event: LogEvent
  /** The same in one of the five words that a person on watch looks for. */
  readonly status: LogStatus
  readonly message: string
  readonly phase?: string
  readonly step?: string
}

/** BLOCKED: it failed, was stopped, or its host cannot be reached. NEEDS_REVIEW: it waits for a person. */
export type LogStatus = 'STARTED' | 'IN_PROGRESS' | 'COMPLETED' | 'BLOCKED' | 'NEEDS_REVIEW'

const STATUSES = {
  started: 'STARTED',
  looked: 'IN_PROGRESS',
  running: 'IN_PROGRESS',
  ran: 'IN_PROGRESS',
  verified: 'COMPLETED',
  undoing: 'IN_PROGRESS',
  undone: 'COMPLETED',
  waiting: 'IN_PROGRESS',
  asked: 'NEEDS_REVIEW',
  unanswered: 'NEEDS_REVIEW',
  answered: 'IN_PROGRESS',
  decided: 'COMPLETED',
  done: 'COMPLETED',
  failed: 'BLOCKED',
  unreachable: 'BLOCKED',
  cancelled: 'BLOCKED',
} as const satisfies Readonly<Record<string, LogStatus>>

export type LogEvent = keyof typeof STATUSES

/** An entry as it is told, with the word of the five that its event stands for. */
export function entry(told: Omit<LogEntry, 'status' | 'at'>): Omit<LogEntry, 'at'> {
  return { ...told, status: STATUSES[told.event] }
}

/** `[Auditor] [2026-11-21T10:02:11Z]: [COMPLETED] migrate/n8n-rows: proven: 312 files equal`, oldest first. */
export function logLines(entries: readonly LogEntry[]): string[] {
  return inOrder(entries).map(roleLine)
}

/** One line, whatever the message holds. */
export function roleLine({ at, role, status, message }: Omit<LogEntry, 'event'>): string {
  return `[${role}] [${at.slice(0, 19)}Z]: [${status}] ${message.replaceAll('\n', ' | ')}`
}

export function inOrder(entries: readonly LogEntry[]): LogEntry[] {
  return [...entries].sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
}
