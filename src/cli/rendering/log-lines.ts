/** One thing that happened in a run, as its history has it. */
export interface LogEntry {
  /** ISO time. */
  readonly at: string
  /** Who answers for it: a step's role, a person, or reinstate itself. */
  readonly role: string
  readonly status: LogStatus
  readonly message: string
  readonly step?: string
}

export type LogStatus =
  | 'STARTED'
  | 'LOOKED'
  | 'RUNNING'
  | 'RAN'
  | 'VERIFIED'
  | 'FAILED'
  | 'CANCELLED'
  | 'UNDOING'
  | 'UNDONE'
  | 'WAITING'
  | 'DECIDED'
  | 'DONE'

/** `[Auditor] [2026-11-21T10:02:11Z]: [VERIFIED] restore-data/copy-db: 312 files equal`, oldest first. */
export function logLines(entries: readonly LogEntry[]): string[] {
  return inOrder(entries).map(
    ({ at, role, status, message }) =>
      `[${role}] [${at.slice(0, 19)}Z]: [${status}] ${message.replaceAll('\n', ' | ')}`,
  )
}

export function inOrder(entries: readonly LogEntry[]): LogEntry[] {
  return [...entries].sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
}
