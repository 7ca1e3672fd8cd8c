import pino from 'pino'
import type { Logger } from 'pino'

export type Log = Logger

/** Writes one JSON object a line to stdout, where the container engine collects it. */
export function createLog(facts: Readonly<Record<string, string>>): Log {
  return pino({
    base: facts,
    timestamp: pino.stdTimeFunctions.isoTime,
    messageKey: 'message',
    formatters: { level: (label) => ({ level: label }) },
  })
}

/** The reason of an error, for a log line or an answer. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error)
}
