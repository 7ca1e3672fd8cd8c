import type { Logger, LogLevel as SdkLevel, LogMetadata } from '@temporalio/common'
import { LogTimestamp } from '@temporalio/worker/lib/logger.js'
import { pino } from 'pino'
import type { DestinationStream, Logger as Pino } from 'pino'
import type { LogLevel } from '../config.ts'
import { KNOWN_TOKENS } from '../shell/known-tokens.ts'

export type { Pino }

/** The log of a worker. `sdk`: for lines that bring their time along. */
export interface Log {
  readonly log: Pino
  readonly sdk: Pino
}

/**
 * Logs to stdout: one JSON object a line, or one readable line if stdout is a terminal. What is logged comes from histories
 * and errors, where secrets are replaced; tokens of known forms are replaced here too.
 */
export function openLog(level: LogLevel, isTerminal = process.stdout.isTTY): Log {
  const stdout = pino.destination({ dest: 1, sync: true })
  const destination: DestinationStream = {
    write: (line) => {
      const shown = line.replace(KNOWN_TOKENS, '‹secret›')
      stdout.write(isTerminal ? readable(shown) : shown)
    },
  }
  const formatters = { level: (label: string) => ({ level: label }) }
  const options = { level, base: null, formatters }
  return {
    log: pino({ ...options, timestamp: pino.stdTimeFunctions.isoTime }, destination),
    sdk: pino({ ...options, timestamp: false }, destination),
  }
}

/** `12:34:56 info step applied  run=shop-1 step=copy`. */
export function readable(line: string): string {
  // Written by pino.
  const { level, time, msg, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${shownValue(value)}`)
  const clock = String(time).slice(11, 19)
  return `${clock} ${String(level).padEnd(5)} ${[String(msg), ...(rest.length > 0 ? [` ${rest.join(' ')}`] : [])].join(' ')}\n`
}

function shownValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)
}

/** What the SDK logs, in the same log. Own lines say what became of an activity or a run: the SDK's are for debugging. */
export function sdkLogger(log: Pino): Logger {
  const write = (level: SdkLevel, message: string, meta: LogMetadata = {}) => {
    const { sdkComponent, namespace: _, runId: __, error, ...fields } = meta
    const isOwn = sdkComponent === 'workflow'
    const isDetail =
      sdkComponent === 'worker' && (level === 'INFO' || /^(Activity|Workflow) failed/.test(message))
    log[isDetail ? 'debug' : LEVELS[level]](
      {
        time: timeOf(meta),
        ...withoutLongOnes(fields),
        ...(!isOwn && { sdkComponent }),
        ...(error !== undefined && { error: error instanceof Error ? error.message : String(error) }),
      },
      message,
    )
  }
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  }
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const

/** When it happened: the SDK hands lines on in batches, 100 ms late. */
function timeOf(meta: LogMetadata): string {
  const nanoseconds: unknown = meta[LogTimestamp]
  const at = typeof nanoseconds === 'bigint' ? Number(nanoseconds / 1_000_000n) : Date.now()
  return new Date(at).toISOString()
}

/** Task tokens and contexts of spans say nothing to people. */
function withoutLongOnes(fields: LogMetadata): Record<string, unknown> {
  const { taskToken: _, spanContexts: __, ...rest } = fields
  return Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? String(value) : (value as unknown),
    ]),
  )
}
